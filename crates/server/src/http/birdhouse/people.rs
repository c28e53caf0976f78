//! Users who may describe the caller's media, and users whose suggestions the caller refuses.

use super::render;
use crate::http::read::call::Call;
use axum::http::StatusCode;
use axum::response::{IntoResponse, Response};
use birdhouse_core::actions::{delegates, suggestions};
use birdhouse_core::error::Result;
use birdhouse_domain::UserId;
use serde_json::{Value, json};

/// `GET /birdhouse/v1/delegates`.
pub(super) async fn delegates(call: Call) -> Result<Response> {
    users(&delegates::list(&call.app, call.caller.user()?).await?)
}

/// `PUT /birdhouse/v1/delegates/{username}`.
pub(super) async fn add_delegate(call: Call) -> Result<Response> {
    delegates::add(&call.app, call.caller.user()?, call.segment(2)).await?;
    Ok(StatusCode::NO_CONTENT.into_response())
}

/// `DELETE /birdhouse/v1/delegates/{username}`.
pub(super) async fn remove_delegate(call: Call) -> Result<Response> {
    delegates::remove(&call.app, call.caller.user()?, call.segment(2)).await?;
    Ok(StatusCode::NO_CONTENT.into_response())
}

/// `GET /birdhouse/v1/blocked`.
pub(super) async fn blocked(call: Call) -> Result<Response> {
    users(&suggestions::blocked(&call.app, call.caller.user()?).await?)
}

/// `DELETE /birdhouse/v1/blocked/{username}`.
pub(super) async fn unblock(call: Call) -> Result<Response> {
    suggestions::unblock(&call.app, call.caller.user()?, call.segment(2)).await?;
    Ok(StatusCode::NO_CONTENT.into_response())
}

fn users(all: &[(UserId, String)]) -> Result<Response> {
    let all: Vec<Value> = all.iter().map(render::user).collect();
    render::json(StatusCode::OK, &json!({"users": all}))
}
