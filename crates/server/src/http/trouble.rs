//! What keeps a form that is no API request from being handled, whatever it says: it did not arrive, or
//! the server cannot do its work.

use axum::http::{HeaderValue, StatusCode, header};
use axum::response::Response;
use birdhouse_core::error::Error;
use birdhouse_domain::Fault;

/// Status, error code of OAuth 2.0, and text.
#[derive(Clone, Copy, Debug)]
pub(super) struct Trouble {
    pub(super) status: StatusCode,
    pub(super) code: &'static str,
    pub(super) text: &'static str,
}

impl Trouble {
    /// What to answer. Failures of the server are logged.
    pub(super) fn of(error: &Error) -> Self {
        let (status, code, text) = match error {
            Error::Refused(Fault::BodyIncomplete) => {
                let text = "The request body was not received completely.";
                (StatusCode::REQUEST_TIMEOUT, "invalid_request", text)
            }
            Error::Refused(Fault::BodyTooLarge { .. }) => {
                let text = "The request body is too large.";
                (StatusCode::PAYLOAD_TOO_LARGE, "invalid_request", text)
            }
            Error::Refused(Fault::TooManyParameters { .. }) => {
                (StatusCode::BAD_REQUEST, "invalid_request", "The request has too many parameters.")
            }
            Error::Refused(Fault::RateLimited) => {
                let text = "Too many requests. Please wait 15 minutes.";
                (StatusCode::TOO_MANY_REQUESTS, "temporarily_unavailable", text)
            }
            Error::Refused(Fault::Overloaded) => {
                let text = "Too many requests at the same time. Please try again in a moment.";
                (StatusCode::SERVICE_UNAVAILABLE, "temporarily_unavailable", text)
            }
            Error::Refused(Fault::Unavailable(why)) => {
                tracing::error!(why, "a page or token request needs what does not work here");
                let text = "Something does not work here right now. Please try again in a minute.";
                (StatusCode::SERVICE_UNAVAILABLE, "temporarily_unavailable", text)
            }
            Error::Refused(_) | Error::Broken(_) => {
                tracing::error!(%error, "a page or token request failed");
                (StatusCode::INTERNAL_SERVER_ERROR, "server_error", "Please try again.")
            }
        };
        Self { status, code, text }
    }

    /// Adds when to try again.
    pub(super) fn set_headers(self, response: &mut Response) {
        if self.status == StatusCode::SERVICE_UNAVAILABLE {
            response.headers_mut().insert(header::RETRY_AFTER, HeaderValue::from_static("60"));
        }
    }
}
