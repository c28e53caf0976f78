//! Responses of v1.1: escaped JSON, or no body.

use super::escaped_json::to_escaped_json;
use axum::http::{StatusCode, header};
use axum::response::{IntoResponse, Response};
use birdhouse_core::error::{Error, Result};

/// A response in escaped JSON.
pub(crate) fn json(status: StatusCode, value: &impl serde::Serialize) -> Result<Response> {
    let body = to_escaped_json(value).map_err(|e| Error::Broken(e.into()))?;
    let headers = [
        (header::CONTENT_TYPE, "application/json;charset=utf-8"),
        (header::CONTENT_DISPOSITION, "attachment; filename=json.json"),
    ];
    Ok((status, headers, body).into_response())
}

/// A response without a body: `text/html` with a length of 0 (recorded).
pub(crate) fn empty(status: StatusCode) -> Response {
    let headers =
        [(header::CONTENT_TYPE, "text/html;charset=utf-8"), (header::CONTENT_LENGTH, "0")];
    (status, headers).into_response()
}
