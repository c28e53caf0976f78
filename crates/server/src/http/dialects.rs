//! Every dialect, and the errors that no endpoint is responsible for.

use super::dialect::{CallSummary, Dialect, ErrorContext, ErrorFamily, mount};
use super::{v1, v2};
use axum::Router;
use axum::extract::{OriginalUri, Request, State};
use axum::http::Uri;
use axum::response::Response;
use birdhouse_core::app::{App, Shared};
use birdhouse_core::error::Error;
use birdhouse_domain::Fault;

/// The dialects. The first one answers for paths that belong to none.
static DIALECTS: [&Dialect; 2] = [&v1::DIALECT, &v2::DIALECT];

/// Every path of every dialect.
pub fn routes() -> Router<Shared> {
    DIALECTS.into_iter().fold(Router::new(), |router, dialect| router.merge(mount(dialect)))
}

/// Takes the suffix off a path, so that `/1.1/statuses/show.json` and `/1.1/statuses/show` are the
/// same endpoint. The URI as sent is kept as an extension.
pub fn without_suffix(mut request: Request) -> Request {
    let original = OriginalUri(request.uri().clone());
    request.extensions_mut().insert(original);
    let path = request.uri().path();
    let dialect = DIALECTS.iter().find(|dialect| path.starts_with(dialect.prefix));
    let suffix = dialect.map_or("", |dialect| dialect.suffix);
    let stem = path.strip_suffix(suffix).filter(|_| !suffix.is_empty());
    if let Some(Ok(uri)) = stem.map(str::parse::<Uri>) {
        *request.uri_mut() = with_query(&uri, request.uri().query());
    }
    request
}

fn with_query(path: &Uri, query: Option<&str>) -> Uri {
    let whole = match query {
        Some(query) => format!("{}?{query}", path.path()),
        None => path.path().to_owned(),
    };
    whole.parse().unwrap_or_else(|_| path.clone())
}

/// An error that no endpoint is responsible for, in the dialect that the path belongs to.
pub fn refuse(app: &App, path: &str, error: &Error) -> Response {
    let dialect = DIALECTS.iter().find(|dialect| path.starts_with(dialect.prefix));
    let dialect = dialect.unwrap_or(&DIALECTS[0]);
    let context = ErrorContext { path, family: ErrorFamily::Usual };
    let mut response = (dialect.render)(app, &context, error);
    (dialect.decorate)(&mut response, &CallSummary::default());
    response
}

/// 404 for a path that nobody serves.
pub async fn not_found(State(app): State<Shared>, request: Request) -> Response {
    let original = request.extensions().get::<OriginalUri>();
    let path = original.map_or_else(|| request.uri().path(), |uri| uri.path());
    refuse(&app, path, &Fault::PageNotFound.into())
}

/// 405 for a path outside the dialects; the router adds `Allow`.
pub async fn wrong_method(State(app): State<Shared>, request: Request) -> Response {
    let fault = Fault::MethodNotAllowed { allowed: String::new() };
    refuse(&app, request.uri().path(), &fault.into())
}
