//! `GET /1.1/account/verify_credentials.json`: the calling user. Recorded: the user, the
//! last Tweet without its user, then `suspended` and `needs_phone_verification`.

use crate::http::read::call::Call;
use crate::http::v1::{self, render};
use axum::http::StatusCode;
use axum::response::Response;
use birdhouse_core::actions::tweets::{self, TimelinePage};
use birdhouse_core::actions::users;
use birdhouse_core::error::Result;
use birdhouse_domain::Fault;
use serde_json::json;

/// Returns the caller.
pub async fn handle(call: Call) -> Result<Response> {
    let caller = call.caller.user()?;
    let user = users::by_id(&call.app, caller.user).await?.ok_or(Fault::TokenInvalid)?;
    let mut body = render::user::user(&user, false);
    if !call.is_on("skip_status") {
        let last = TimelinePage { count: 1, since: 0, max: i64::MAX };
        if let Some(hydrated) = tweets::timeline(&call.app, Some(&user), last).await?.first() {
            let mut status = render::tweet::tweet(
                hydrated,
                super::super::statuses::view(&call),
                &call.app.config.public_url,
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
