//! The wire: routes by path, and what every request passes through.

pub mod base64_stream;
pub mod body;
mod browser;
pub mod call;
pub mod delivery;
pub mod json;
pub mod json_media;
pub mod listen;
pub mod oauth1;
pub mod oauth2;
pub mod openapi;
pub mod operator;
mod page;
mod patient;
pub mod upload_form;
pub mod v1;
pub mod v2;
pub mod words;

use crate::app::{App, Shared};
use crate::error::Error;
use crate::telemetry;
use axum::Router;
use axum::extract::{OriginalUri, Request, State};
use axum::http::{HeaderValue, Uri, header};
use axum::middleware::{self, Next};
use axum::response::Response;
use birdhouse_domain::Fault;
use futures_util::FutureExt;
use std::panic::AssertUnwindSafe;
use std::time::Duration;
use tower::ServiceExt;

/// Every path of the server.
pub fn router(app: Shared) -> Router {
    let inner = Router::new()
        .merge(operator::routes())
        .merge(delivery::routes())
        .merge(oauth1::routes())
        .merge(oauth2::routes())
        .merge(openapi::routes())
        .merge(v1::routes())
        .merge(v2::routes())
        .fallback(not_found)
        .with_state(app.clone());
    // The suffix goes before the routes are matched, so that each path stands there once.
    let inner = inner.map_request(without_json_suffix);
    Router::new().fallback_service(inner).layer(middleware::from_fn_with_state(app, pass))
}

/// `/1.1/statuses/show.json` and `/1.1/statuses/show` are the same endpoint.
fn without_json_suffix(mut request: Request) -> Request {
    let original = OriginalUri(request.uri().clone());
    request.extensions_mut().insert(original);
    let path = request.uri().path();
    let Some(stem) = path.strip_suffix(".json").filter(|_| path.starts_with("/1.1/")) else {
        return request;
    };
    if let Ok(uri) = stem.parse::<Uri>() {
        *request.uri_mut() = uri_with_query(&uri, request.uri().query());
    }
    request
}

fn uri_with_query(path: &Uri, query: Option<&str>) -> Uri {
    let whole = match query {
        Some(query) => format!("{}?{query}", path.path()),
        None => path.path().to_owned(),
    };
    whole.parse().unwrap_or_else(|_| path.clone())
}

/// What every request passes through: the limit on requests at work, a guard against panics,
/// measurement, and headers that keep browsers from guessing.
async fn pass(State(app): State<Shared>, request: Request, next: Next) -> Response {
    let watch = telemetry::Watch::start(&request);
    let is_operator = operator::is_operator_path(request.uri().path());
    let slot = if is_operator { None } else { app.request_slots.clone().try_acquire_owned().ok() };
    if slot.is_none() && !is_operator {
        let refused = refuse(&app, request.uri().path(), Fault::Overloaded.into());
        watch.finish(&refused);
        return refused;
    }
    let path = request.uri().path().to_owned();
    let answer = AssertUnwindSafe(next.run(request)).catch_unwind().await;
    let mut response = answer.unwrap_or_else(|_| {
        refuse(&app, &path, Error::Broken(anyhow::anyhow!("a handler panicked")))
    });
    let headers = response.headers_mut();
    headers.insert(header::X_CONTENT_TYPE_OPTIONS, HeaderValue::from_static("nosniff"));
    watch.finish(&response);
    drop(slot);
    response
}

/// 404 for a path that nobody serves, in the dialect that the path belongs to.
async fn not_found(State(app): State<Shared>, request: Request) -> Response {
    let original = request.extensions().get::<OriginalUri>();
    let path = original.map_or_else(|| request.uri().path(), |uri| uri.path());
    refuse(&app, path, Fault::PageNotFound.into())
}

/// 405 for a path that is there; the router adds `Allow`.
pub(crate) async fn wrong_method(State(app): State<Shared>, request: Request) -> Response {
    refuse(&app, request.uri().path(), Fault::MethodNotAllowed("").into())
}

/// An error that no endpoint is responsible for.
fn refuse(app: &App, path: &str, error: Error) -> Response {
    if path.starts_with("/2/") {
        v2::refuse(app, path, &error)
    } else {
        v1::refuse(app, path, &error)
    }
}

/// How long a client may stay silent within a request.
pub(crate) fn idle_limit(app: &App) -> Duration {
    Duration::from_millis(app.config.limits.idle_ms)
}
