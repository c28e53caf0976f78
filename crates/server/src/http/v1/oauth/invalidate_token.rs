//! `POST /1.1/oauth/invalidate_token.json`: ends the access token that signs the request.

use crate::app::Shared;
use crate::error::Result;
use crate::http::call::Call;
use crate::http::v1;
use axum::http::StatusCode;
use axum::response::Response;
use serde_json::json;

/// Ends the token; later uses are refused with code 89.
pub async fn handle(app: Shared, call: Call) -> Result<Response> {
    let caller = call.caller.user()?;
    app.store.revoke_token(&caller.token, app.now()).await?;
    app.keyring.forget(&caller.token);
    v1::json(StatusCode::OK, &json!({"access_token": caller.token}))
}
