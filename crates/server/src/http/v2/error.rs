//! Error responses of v2: the problem document, and the headers of each status.
//!
//! Recorded: authentication errors are `application/problem+json` with a `status`; validation
//! errors are `application/json` without one, with the reason in `errors`.

mod table;

use table::InvalidInput;
pub use table::{Problem, problem};

use crate::http::dialect::ErrorContext;
use axum::http::{HeaderName, HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Response};
use birdhouse_core::app::App;
use birdhouse_core::config::Fidelity;
use birdhouse_core::error::Error;
use birdhouse_domain::Fault;
use serde_json::{Map, Value, json};

/// An entry of `errors` for an object that does not exist, in addition to those that do (recorded).
pub fn not_found(app: &App, resource: &str, parameter: &str, value: &str) -> Value {
    json!({
        "value": value,
        "detail": format!("Could not find {resource} with {parameter}: [{value}]."),
        "title": "Not Found Error",
        "resource_type": resource,
        "parameter": parameter,
        "resource_id": value,
        "type": problem_type_url(app, "resource-not-found"),
    })
}

fn problem_type_url(app: &App, kind: &str) -> String {
    if kind.is_empty() {
        return "about:blank".to_owned();
    }
    format!("{}/2/problems/{kind}", app.config.problem_url)
}

/// Renders an error. Internal errors are logged here, once, and reported without their cause.
pub fn render(app: &App, context: &ErrorContext<'_>, error: &Error) -> Response {
    let problem = problem_of(context, error);
    if app.config.fidelity == Fidelity::Strict && problem.status == 413 {
        // Recorded without a body.
        return StatusCode::PAYLOAD_TOO_LARGE.into_response();
    }
    let mut response = respond(app, &problem);
    add_headers(&mut response, context, error);
    response
}

/// The problem that reports an error. An internal one is logged here.
pub(crate) fn problem_of(context: &ErrorContext<'_>, error: &Error) -> Problem {
    let path = context.path;
    match error {
        Error::Refused(fault) => problem(fault),
        Error::Broken(cause) => {
            tracing::error!(path, error = format!("{cause:#}"), "request to {path} failed");
            table::internal_error()
        }
    }
}

/// Adds the headers that a client needs to go on.
pub(crate) fn add_headers(response: &mut Response, context: &ErrorContext<'_>, error: &Error) {
    let path = context.path;
    let is_unauthorized = response.status() == StatusCode::UNAUTHORIZED;
    let mut set = |name: HeaderName, value: &str| {
        if let Ok(value) = HeaderValue::from_str(value) {
            response.headers_mut().insert(name, value);
        }
    };
    match error {
        Error::Refused(Fault::Overloaded) => set(header::RETRY_AFTER, "1"),
        Error::Refused(Fault::UnprocessedTooMany { .. }) => set(header::RETRY_AFTER, "60"),
        Error::Refused(Fault::Unavailable(why)) => {
            tracing::error!(path, why, "request to {path} needs what does not work here");
            set(header::RETRY_AFTER, "60");
        }
        Error::Refused(Fault::MethodNotAllowed { allowed }) if !allowed.is_empty() => {
            set(header::ALLOW, allowed);
        }
        _ if is_unauthorized => {
            set(header::WWW_AUTHENTICATE, "OAuth realm=\"https://api.x.com\", Bearer");
        }
        _ => {}
    }
}

fn respond(app: &App, problem: &Problem) -> Response {
    let mut body = Map::new();
    let is_strict = app.config.fidelity == Fidelity::Strict;
    let has_reason = !is_strict && !problem.reason.is_empty();
    if let Some(InvalidInput { message, parameters }) = &problem.errors {
        body.insert("errors".into(), json!([{"parameters": parameters, "message": message}]));
    }
    body.insert("title".into(), json!(problem.title));
    body.insert("detail".into(), json!(if has_reason { &problem.reason } else { &problem.detail }));
    body.insert("type".into(), json!(problem_type_url(app, problem.kind)));
    let is_validation_error = problem.errors.is_some();
    if !is_validation_error {
        body.insert("status".into(), json!(problem.status));
    }
    let mime = if is_validation_error { super::response::JSON } else { "application/problem+json" };
    let status = StatusCode::from_u16(problem.status).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR);
    let body = Value::Object(body).to_string();
    (status, [(header::CONTENT_TYPE, mime)], body).into_response()
}
