//! `/birdhouse/v1/settings`: what the caller chose.

use super::{render, schemas};
use crate::http::read::call::Call;
use crate::http::v2::input::body;
use axum::http::StatusCode;
use axum::response::Response;
use birdhouse_core::actions::captions;
use birdhouse_core::error::Result;
use serde_json::json;

/// `GET /birdhouse/v1/settings`.
pub(super) async fn get(call: Call) -> Result<Response> {
    let captions = captions::are_allowed(&call.app, call.caller.user()?).await?;
    render::json(StatusCode::OK, &json!({"captions": captions}))
}

/// `PUT /birdhouse/v1/settings`.
pub(super) async fn put(call: Call) -> Result<Response> {
    let body = body(&call, &schemas::SETTINGS).await?;
    let captions = body["captions"].as_bool().unwrap_or(true);
    captions::allow(&call.app, call.caller.user()?, captions).await?;
    render::json(StatusCode::OK, &json!({"captions": captions}))
}
