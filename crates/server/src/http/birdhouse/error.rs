//! Errors of our own API: problem details (RFC 9457), each with what is wrong in one sentence.

use crate::http::dialect::ErrorContext;
use crate::http::v2::error::{add_headers, problem_of};
use axum::http::{StatusCode, header};
use axum::response::{IntoResponse, Response};
use birdhouse_core::app::App;
use birdhouse_core::error::Error;
use birdhouse_domain::Fault;
use serde_json::json;

/// Where our own words differ from those of v2: its members have other places.
fn own_words(fault: &Fault) -> Option<(u16, &'static str)> {
    Some(match fault {
        Fault::AltTextMissing => (400, "Send `alt_text`, or `decorative` as true."),
        Fault::AltTextBlank => (400, "`alt_text` is blank; to remove a description, DELETE it."),
        Fault::AltTextInvalid => (400, "The text has a NUL character."),
        Fault::AltTextNotForVideo => (400, "Only images and GIFs are described here."),
        Fault::MediaNotFound => (404, "The media is unknown, expired or not yours to see."),
        Fault::PageNotFound => (404, "There is no such path; /openapi.json lists them."),
        _ => return None,
    })
}

/// Renders an error. Internal errors are logged by `problem_of`, and reported without their cause.
pub(super) fn render(_: &App, context: &ErrorContext<'_>, error: &Error) -> Response {
    let problem = problem_of(context, error);
    let own = match error {
        Error::Refused(fault) => own_words(fault),
        Error::Broken(_) => None,
    };
    let (status, detail) = own.unwrap_or((problem.status, problem.sentence()));
    let status = StatusCode::from_u16(status).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR);
    let title = status.canonical_reason().unwrap_or_default();
    let body = json!({
        "type": "about:blank", "title": title, "status": status.as_u16(), "detail": detail,
    });
    let mime = [(header::CONTENT_TYPE, "application/problem+json")];
    let mut response = (status, mime, body.to_string()).into_response();
    add_headers(&mut response, context, error);
    response
}
