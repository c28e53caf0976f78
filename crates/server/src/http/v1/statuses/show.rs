//! `GET /1.1/statuses/show.json?id=` and `GET /1.1/statuses/show/:id.json`: reads a Tweet.

use super::view;
use crate::http::read::call::Call;
use crate::http::v1::{self, render};
use axum::http::StatusCode;
use axum::response::Response;
use birdhouse_core::actions::tweets;
use birdhouse_core::error::Result;
use birdhouse_domain::{Fault, TweetId};

/// Reads a Tweet.
pub async fn handle(call: Call) -> Result<Response> {
    let hydrated = tweets::read(&call.app, tweet_id(&call)?).await?;
    let body = render::tweet::tweet(&hydrated, view(&call), &call.app.config.public_url);
    v1::json(StatusCode::OK, &body)
}

/// The Tweet id in the path, or else in the parameter `id`.
pub(super) fn tweet_id(call: &Call) -> Result<TweetId> {
    if let Some(id) = TweetId::parse(call.last_segment()) {
        return Ok(id);
    }
    let text = call.get("id").filter(|id| !id.is_empty());
    let id = text.ok_or(Fault::TweetNotFound)?;
    TweetId::parse(id).ok_or_else(|| Fault::TweetNotFound.into())
}
