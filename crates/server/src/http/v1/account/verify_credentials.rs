//! `GET /1.1/account/verify_credentials.json`: who the token speaks for. Recorded: the user, the
//! last Tweet without its user, then `suspended` and `needs_phone_verification`.

use crate::actions::tweets;
use crate::app::Shared;
use crate::error::Result;
use crate::http::call::Call;
use crate::http::v1::{self, render};
use crate::store::tweets::Page;
use axum::http::StatusCode;
use axum::response::Response;
use birdhouse_domain::Fault;
use serde_json::json;

/// Tells who asks.
pub async fn handle(app: Shared, call: Call) -> Result<Response> {
    let caller = call.caller.user()?;
    let user = app.store.user(caller.user).await?.ok_or(Fault::TokenInvalid)?;
    let mut body = render::user::user(&user, false);
    if !call.is_on("skip_status") {
        let last = Page { count: 1, since: 0, max: i64::MAX };
        if let Some(shown) = tweets::timeline(&app, Some(&user), last).await?.first() {
            let mut status = render::tweet::tweet(
                shown,
                super::super::statuses::view(&call),
                &app.config.public_url,
            );
            if let Some(fields) = status.as_object_mut() {
                fields.shift_remove("user");
            }
            body["status"] = status;
        }
    }
    body["suspended"] = json!(false);
    body["needs_phone_verification"] = json!(false);
    if call.is_on("include_email") {
        body["email"] = json!("");
    }
    v1::json(StatusCode::OK, &body)
}
