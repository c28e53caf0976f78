//! `DELETE /2/tweets/:id`: removes the asker's own Tweet.

use super::super::{Asked, input, json};
use crate::actions::tweets;
use crate::error::Result;
use axum::http::StatusCode;
use axum::response::Response;
use birdhouse_domain::TweetId;
use serde_json::json;

/// Removes a Tweet.
pub async fn handle(asked: Asked) -> Result<Response> {
    let given = asked.segment(1);
    let id = TweetId::parse(given).ok_or_else(|| input::invalid("id", given))?;
    tweets::remove(&asked.app, asked.call.caller.user()?, id).await?;
    json(StatusCode::OK, &json!({"data": {"deleted": true}}))
}
