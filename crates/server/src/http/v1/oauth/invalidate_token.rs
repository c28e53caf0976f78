//! `POST /1.1/oauth/invalidate_token.json`: revokes the access token that signs the request.

use crate::http::read::call::Call;
use crate::http::v1;
use axum::http::StatusCode;
use axum::response::Response;
use birdhouse_core::actions::access::issue;
use birdhouse_core::error::Result;
use serde_json::json;

/// Revokes the token; later uses get code 89.
pub async fn handle(call: Call) -> Result<Response> {
    let caller = call.caller.user()?;
    issue::revoke_token(&call.app, caller).await?;
    v1::json(StatusCode::OK, &json!({"access_token": caller.token}))
}
