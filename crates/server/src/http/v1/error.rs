//! Error responses of v1.1: the body, and the headers of each status.
//!
//! Two body formats were recorded: `{"errors":[{"code":…,"message":…}]}`, and
//! `{"request":…,"error":…}`, which the upload host uses for its own validation.

mod table;

pub use table::{ErrorText, error_text};

use crate::http::dialect::{ErrorContext, ErrorFamily};
use axum::http::{HeaderName, HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Response};
use birdhouse_core::app::App;
use birdhouse_core::config::Fidelity;
use birdhouse_core::error::Error;
use birdhouse_domain::Fault;
use serde_json::{Value, json};

/// Renders an error. Internal errors are logged here, once, and reported without their cause.
pub fn render(app: &App, context: &ErrorContext<'_>, error: &Error) -> Response {
    let path = context.path;
    let fault = match error {
        Error::Refused(fault) => fault,
        Error::Broken(cause) => {
            tracing::error!(path, error = format!("{cause:#}"), "request to {path} failed");
            let text = table::internal_error();
            let context = ErrorContext { family: ErrorFamily::Standard, ..*context };
            return respond(&text, body(app, &text, &context));
        }
    };
    let text = error_text(fault);
    let mut response = respond(&text, body(app, &text, context));
    let mut set = |name: HeaderName, value: String| {
        if let Ok(value) = HeaderValue::from_str(&value) {
            response.headers_mut().insert(name, value);
        }
    };
    match fault {
        Fault::MethodNotAllowed { allowed } if !allowed.is_empty() => {
            set(header::ALLOW, allowed.clone());
        }
        Fault::Overloaded => set(header::RETRY_AFTER, "1".to_owned()),
        Fault::UnprocessedTooMany { .. } => set(header::RETRY_AFTER, "60".to_owned()),
        Fault::Unavailable(why) => {
            tracing::error!(path, why, "request to {path} needs what does not work here");
            set(header::RETRY_AFTER, "60".to_owned());
        }
        _ if text.status == 401 => {
            let code = text.code.unwrap_or(32);
            let realm = "OAuth realm=\"https://api.twitter.com\"";
            set(header::WWW_AUTHENTICATE, format!("{realm}, api_error_code={code}"));
        }
        _ => {}
    }
    response
}

fn body(app: &App, text: &ErrorText, context: &ErrorContext<'_>) -> Value {
    let message = match app.config.fidelity {
        Fidelity::Lenient if !text.detail.is_empty() => {
            format!("{} {}", text.message, text.detail)
        }
        Fidelity::Lenient | Fidelity::Strict => text.message.clone(),
    };
    match (text.code, context.family) {
        // Only this one has a label (recorded).
        (Some(99), _) => json!({"errors": [
            {"code": 99, "label": "authenticity_token_error", "message": message}
        ]}),
        (Some(code), _) => json!({"errors": [{"code": code, "message": message}]}),
        (None, ErrorFamily::UploadHost) => json!({"request": context.path, "error": message}),
        // Not recorded outside the upload host; one client maps them to 131.
        (None, ErrorFamily::Standard) => json!({"errors": [{"code": 131, "message": message}]}),
    }
}

fn respond(text: &ErrorText, body: Value) -> Response {
    let status = StatusCode::from_u16(text.status).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR);
    match super::response::json(status, &body) {
        Ok(response) => response,
        Err(_) => status.into_response(),
    }
}
