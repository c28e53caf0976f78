//! All dialects, and errors that occur outside their endpoints. A new dialect is a directory beside `v1` and
//! `v2` with a `Dialect` (`dialect.rs` says what that is), and a row in `DIALECTS`.

use super::access_log;
use super::dialect::{CallSummary, Dialect, ErrorContext, ErrorFamily, mount};
use super::{birdhouse, v1, v2};
use axum::Router;
use axum::extract::{OriginalUri, Request, State};
use axum::http::Uri;
use axum::response::Response;
use birdhouse_core::app::{App, Shared};
use birdhouse_core::error::Error;
use birdhouse_domain::Fault;

/// The dialects. The first one renders errors for paths that belong to none.
static DIALECTS: [&Dialect; 3] = [&v1::DIALECT, &v2::DIALECT, &birdhouse::DIALECT];

/// The routes of all dialects.
pub fn routes() -> Router<Shared> {
    DIALECTS.into_iter().fold(Router::new(), |router, dialect| router.merge(mount(dialect)))
}

/// Removes the dialect's suffix from the path, so that `/1.1/statuses/show.json` and
/// `/1.1/statuses/show` are the same endpoint. The URI as sent is kept as an extension; only that has
/// the query, which may be long.
pub fn strip_dialect_suffix(mut request: Request) -> Request {
    let original = OriginalUri(request.uri().clone());
    request.extensions_mut().insert(original);
    let path = request.uri().path();
    let dialect = DIALECTS.iter().find(|dialect| path.starts_with(dialect.prefix));
    let suffix = dialect.map_or("", |dialect| dialect.suffix);
    let stem = path.strip_suffix(suffix).filter(|_| !suffix.is_empty());
    if let Some(Ok(uri)) = stem.map(str::parse::<Uri>) {
        *request.uri_mut() = uri;
    }
    request
}

/// Renders an error that occurred outside an endpoint, in the dialect that the path belongs to.
pub fn error_response(app: &App, path: &str, error: &Error) -> Response {
    let dialect = DIALECTS.iter().find(|dialect| path.starts_with(dialect.prefix));
    let dialect = dialect.unwrap_or(&DIALECTS[0]);
    let context = ErrorContext { path, family: ErrorFamily::Standard };
    let mut response = (dialect.render)(app, &context, error);
    let mut summary = CallSummary { now: app.now(), ..CallSummary::default() };
    summary.facts.set_why(error);
    (dialect.add_headers)(&mut response, &summary);
    access_log::attach(&mut response, summary.facts);
    response
}

/// 404 for an unknown path.
pub fn not_found(app: &App, request: &Request) -> Response {
    let original = request.extensions().get::<OriginalUri>();
    let path = original.map_or_else(|| request.uri().path(), |uri| uri.path());
    error_response(app, path, &Fault::PageNotFound.into())
}

/// 405 for a path outside the dialects; the router adds `Allow`.
pub async fn method_not_allowed(State(app): State<Shared>, request: Request) -> Response {
    let fault = Fault::MethodNotAllowed { allowed: String::new() };
    error_response(&app, request.uri().path(), &fault.into())
}
