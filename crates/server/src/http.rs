//! HTTP: the router, and the handling common to all requests.

mod access_log;
pub mod birdhouse;
mod client_stream;
mod clock_timer;
pub mod delivery;
pub mod dialect;
pub mod dialects;
pub mod listen;
mod oauth;
pub mod openapi;
pub mod operator;
mod pages;
pub mod read;
mod reminder;
pub mod tls_dev;
mod trouble;
pub mod tweet_text;
mod unread;
pub mod v1;
pub mod v2;

use access_log::RequestTimer;
use axum::Router;
use axum::body::HttpBody;
use axum::extract::{Request, State};
use axum::http::{HeaderValue, header};
use axum::middleware::{self, Next};
use axum::response::Response;
use birdhouse_core::app::{App, Shared};
use birdhouse_core::config::Fidelity;
use birdhouse_core::error::Error;
use birdhouse_core::memory::shares::Share;
use futures_util::FutureExt;
use jiff::fmt::rfc2822::DateTimePrinter;
use read::slot::Slot;
use std::panic::AssertUnwindSafe;
use tower::ServiceExt;

/// The router of the whole server.
pub fn router(app: Shared) -> Router {
    let inner = Router::new()
        .merge(operator::routes())
        .merge(delivery::routes())
        .merge(oauth::one::routes())
        .merge(oauth::two::routes())
        .merge(pages::routes())
        .merge(openapi::routes())
        .merge(dialects::routes())
        .fallback(pages::front::not_found)
        .with_state(app.clone());
    // The suffix is removed before the routes are matched, so that each path is listed once.
    let inner = inner.map_request(dialects::strip_dialect_suffix);
    Router::new().fallback_service(inner).layer(middleware::from_fn_with_state(app, handle))
}

/// Responses of fewer bytes are not counted: the socket takes them at once.
const SMALL_RESPONSE: u64 = 64 * 1024;

/// Wraps every request: limits concurrency, catches panics, measures, and forbids content sniffing.
async fn handle(State(app): State<Shared>, mut request: Request, next: Next) -> Response {
    let timer = RequestTimer::start(&app, &request);
    let path = request.uri().path().to_owned();
    let is_operator = operator::is_operator_path(&path);
    let slot = if is_operator { Ok(None) } else { Slot::take(&app, timer.address()).map(Some) };
    let slot = match slot {
        Ok(slot) => slot,
        Err(error) => {
            return timer.finish(dialects::error_response(&app, &path, &error), None);
        }
    };
    if let Some(slot) = &slot {
        request.extensions_mut().insert(slot.clone());
    }
    let outcome = AssertUnwindSafe(next.run(request)).catch_unwind().await;
    let mut response = outcome.unwrap_or_else(|_| {
        dialects::error_response(&app, &path, &Error::Broken(anyhow::anyhow!("a handler panicked")))
    });
    let memory = match response_memory(&app, &path, slot.as_ref(), &response) {
        Ok(memory) => memory,
        Err(error) => {
            response = dialects::error_response(&app, &path, &error);
            None
        }
    };
    let headers = response.headers_mut();
    headers.insert(header::DATE, date(&app));
    headers.insert(header::X_CONTENT_TYPE_OPTIONS, HeaderValue::from_static("nosniff"));
    if let Some(policy) = strict_transport(&app) {
        headers.insert(header::STRICT_TRANSPORT_SECURITY, policy);
    }
    drop(slot);
    timer.finish(response, memory)
}

/// The memory of a response that is held as a whole until its client has read it.
fn response_memory(
    app: &App,
    path: &str,
    slot: Option<&Slot>,
    response: &Response,
) -> Result<Option<Share>, Error> {
    let bytes = response.body().size_hint().exact().unwrap_or_default();
    // Files are read while they are sent.
    if bytes < SMALL_RESPONSE || path.starts_with("/media/") {
        return Ok(None);
    }
    slot.map(|slot| slot.response_memory(app, bytes)).transpose()
}

/// `Date`. The HTTP library's own one stays ahead for as long as the clock was before it was set back.
fn date(app: &App) -> HeaderValue {
    let now = jiff::Timestamp::from_millisecond(app.now().0).unwrap_or_default();
    let text = DateTimePrinter::new().timestamp_to_rfc9110_string(&now).unwrap_or_default();
    HeaderValue::try_from(text).unwrap_or_else(|_| HeaderValue::from_static(""))
}

/// `Strict-Transport-Security`, if the public URL is one of HTTPS. Recorded: twenty years, which an
/// operator could not take back; a year unless exactly that is asked for.
fn strict_transport(app: &App) -> Option<HeaderValue> {
    let is_https = app.config.public_url.starts_with("https://");
    is_https.then(|| match app.config.fidelity {
        Fidelity::Lenient => HeaderValue::from_static("max-age=31536000"),
        Fidelity::Strict => HeaderValue::from_static("max-age=631138519"),
    })
}
