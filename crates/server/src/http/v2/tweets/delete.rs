//! `DELETE /2/tweets/:id`: deletes a Tweet of the caller.

use super::super::{input, json};
use crate::http::read::call::Call;
use axum::http::StatusCode;
use axum::response::Response;
use birdhouse_core::actions::tweets;
use birdhouse_core::error::Result;
use birdhouse_domain::TweetId;
use serde_json::json;

/// Deletes a Tweet.
pub async fn handle(call: Call) -> Result<Response> {
    let id = call.segment(1);
    let id = TweetId::parse(id).ok_or_else(|| input::invalid("id", id))?;
    tweets::delete(&call.app, call.caller.user()?, id).await?;
    json(StatusCode::OK, &json!({"data": {"deleted": true}}))
}
