//! Responses of v2.

use axum::http::{StatusCode, header};
use axum::response::{IntoResponse, Response};
use birdhouse_core::error::Result;
use serde_json::Value;

/// Content type of responses.
pub(crate) const JSON: &str = "application/json; charset=utf-8";

/// A JSON response.
#[expect(clippy::unnecessary_wraps, reason = "handlers return its result")]
pub(crate) fn json(status: StatusCode, value: &Value) -> Result<Response> {
    Ok((status, [(header::CONTENT_TYPE, JSON)], value.to_string()).into_response())
}
