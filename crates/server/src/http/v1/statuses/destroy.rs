//! `POST /1.1/statuses/destroy/:id.json`: deletes a Tweet and returns it (recorded).

use super::{show::tweet_id, view};
use crate::http::read::call::Call;
use crate::http::v1;
use crate::http::v1::render::tweet::{self as render, TweetView};
use axum::http::StatusCode;
use axum::response::Response;
use birdhouse_core::actions::tweets;
use birdhouse_core::error::Result;

/// Deletes a Tweet.
pub async fn handle(call: Call) -> Result<Response> {
    let hydrated = tweets::delete(&call.app, call.caller.user()?, tweet_id(&call)?).await?;
    let view = TweetView { is_written: true, ..view(&call) };
    let body = render::tweet(&hydrated, view, &call.app.config.public_url);
    v1::json(StatusCode::OK, &body)
}
