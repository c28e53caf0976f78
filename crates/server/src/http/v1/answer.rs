//! Answers of v1.1: JSON in the escaped form, or nothing.

use super::escaped_json::escaped;
use axum::http::{StatusCode, header};
use axum::response::{IntoResponse, Response};
use birdhouse_core::error::{Error, Result};

/// A JSON answer in the escaped form.
pub(crate) fn json(status: StatusCode, value: &impl serde::Serialize) -> Result<Response> {
    let body = escaped(value).map_err(|e| Error::Broken(e.into()))?;
    let headers = [
        (header::CONTENT_TYPE, "application/json;charset=utf-8"),
        (header::CONTENT_DISPOSITION, "attachment; filename=json.json"),
    ];
    Ok((status, headers, body).into_response())
}

/// An answer without a body, as recorded: `text/html` and a length of 0.
pub(crate) fn empty(status: StatusCode) -> Response {
    let headers =
        [(header::CONTENT_TYPE, "text/html;charset=utf-8"), (header::CONTENT_LENGTH, "0")];
    (status, headers).into_response()
}
