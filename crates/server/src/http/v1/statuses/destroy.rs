//! `POST /1.1/statuses/destroy/:id.json`: removes a Tweet and returns it as it was (recorded).

use super::{show::tweet_id, view};
use crate::http::read::call::Call;
use crate::http::v1::{self, render};
use axum::http::StatusCode;
use axum::response::Response;
use birdhouse_core::actions::tweets;
use birdhouse_core::error::Result;

/// Removes a Tweet.
pub async fn handle(call: Call) -> Result<Response> {
    let shown = tweets::delete(&call.app, call.caller.user()?, tweet_id(&call)?).await?;
    let body = render::tweet::tweet(&shown, view(&call), &call.app.config.public_url);
    v1::json(StatusCode::OK, &body)
}
