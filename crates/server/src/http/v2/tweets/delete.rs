//! `DELETE /2/tweets/:id`: removes the asker's own Tweet.

use super::super::{input, json};
use crate::http::read::call::Call;
use axum::http::StatusCode;
use axum::response::Response;
use birdhouse_core::actions::tweets;
use birdhouse_core::error::Result;
use birdhouse_domain::TweetId;
use serde_json::json;

/// Removes a Tweet.
pub async fn handle(call: Call) -> Result<Response> {
    let given = call.segment(1);
    let id = TweetId::parse(given).ok_or_else(|| input::invalid("id", given))?;
    tweets::delete(&call.app, call.caller.user()?, id).await?;
    json(StatusCode::OK, &json!({"data": {"deleted": true}}))
}
