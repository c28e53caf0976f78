//! Errors of v2: the problem document, and the headers that go with a status.
//!
//! Recorded: what authenticates the caller answers `application/problem+json` with a `status`; what
//! validates the request answers `application/json` without one, and reports what is wrong in
//! `errors`.

mod table;

pub use table::{Problem, problem};

use crate::http::dialect::ErrorContext;
use axum::http::{HeaderName, HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Response};
use birdhouse_core::app::App;
use birdhouse_core::config::Fidelity;
use birdhouse_core::error::Error;
use birdhouse_domain::Fault;
use serde_json::{Map, Value, json};

/// An entry of `errors` beside what was found (recorded), for a thing that is not there.
pub fn not_found(app: &App, resource: &str, parameter: &str, value: &str) -> Value {
    json!({
        "value": value,
        "detail": format!("Could not find {resource} with {parameter}: [{value}]."),
        "title": "Not Found Error",
        "resource_type": resource,
        "parameter": parameter,
        "resource_id": value,
        "type": kind_url(app, "resource-not-found"),
    })
}

fn kind_url(app: &App, kind: &str) -> String {
    if kind.is_empty() {
        return "about:blank".to_owned();
    }
    format!("{}/2/problems/{kind}", app.config.problem_url)
}

/// Renders an error. Accidents are logged here, once, and reported without their cause.
pub fn render(app: &App, context: &ErrorContext<'_>, error: &Error) -> Response {
    let path = context.path;
    let (problem, fault) = match error {
        Error::Refused(fault) => (problem(fault), Some(fault)),
        Error::Broken(cause) => {
            tracing::error!(path, cause = format!("{cause:#}"), "request to {path} failed");
            (table::internal_error(), None)
        }
    };
    if app.config.fidelity == Fidelity::Strict && problem.status == 413 {
        // Recorded: no body at all.
        return StatusCode::PAYLOAD_TOO_LARGE.into_response();
    }
    let mut response = respond(app, &problem);
    let mut set = |name: HeaderName, value: &str| {
        if let Ok(value) = HeaderValue::from_str(value) {
            response.headers_mut().insert(name, value);
        }
    };
    match fault {
        Some(Fault::Overloaded) => set(header::RETRY_AFTER, "1"),
        Some(Fault::ProcessingUnavailable(why)) => {
            tracing::error!(path, why, "request to {path} needs what does not work here");
            set(header::RETRY_AFTER, "60");
        }
        Some(Fault::MethodNotAllowed { allowed }) if !allowed.is_empty() => {
            set(header::ALLOW, allowed);
        }
        _ if problem.status == 401 => {
            set(header::WWW_AUTHENTICATE, "OAuth realm=\"https://api.x.com\", Bearer");
        }
        _ => {}
    }
    response
}

fn respond(app: &App, problem: &Problem) -> Response {
    let mut body = Map::new();
    let is_strict = app.config.fidelity == Fidelity::Strict;
    let is_explained = !is_strict && !problem.reason.is_empty();
    if let Some((message, parameters)) = &problem.errors {
        body.insert("errors".into(), json!([{"parameters": parameters, "message": message}]));
    }
    body.insert("title".into(), json!(problem.title));
    body.insert(
        "detail".into(),
        json!(if is_explained { &problem.reason } else { &problem.detail }),
    );
    body.insert("type".into(), json!(kind_url(app, problem.kind)));
    let is_request = problem.errors.is_some();
    if !is_request {
        body.insert("status".into(), json!(problem.status));
    }
    let kind = if is_request { super::answer::JSON } else { "application/problem+json" };
    let status = StatusCode::from_u16(problem.status).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR);
    let body = Value::Object(body).to_string();
    (status, [(header::CONTENT_TYPE, kind)], body).into_response()
}
