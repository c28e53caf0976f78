//! What a dialect is, and how each of its requests is handled.

use super::access_log::{self, AccessFacts};
use super::read::call::{Call, CallOptions, Window, original_uri};
use axum::Router;
use axum::extract::{Request, State};
use axum::response::Response;
use axum::routing::any;
use birdhouse_core::app::{App, Shared};
use birdhouse_core::error::{Error, Result};
use birdhouse_core::memory::rates::RateStatus;
use birdhouse_domain::{Access, Fault, Permission, Timestamp};
use futures_util::future::BoxFuture;
use std::sync::{Arc, OnceLock};
use std::time::Duration;

/// One version of the API. A new one needs a module with a `Dialect`, and a row in `dialects`.
pub struct Dialect {
    /// Prefix of its paths, such as `/2/`.
    pub prefix: &'static str,
    /// Optional suffix of its paths, such as `.json`; empty for none.
    pub suffix: &'static str,
    /// Its endpoints.
    pub routes: fn() -> Vec<Route>,
    /// Renders an error.
    pub render: fn(&App, &ErrorContext<'_>, &Error) -> Response,
    /// Adds the headers that every response has.
    pub add_headers: fn(&mut Response, &CallSummary),
}

/// Where an error occurred.
#[derive(Clone, Copy, Debug)]
pub struct ErrorContext<'a> {
    /// The path as sent.
    pub path: &'a str,
    /// The format of the endpoint's errors.
    pub family: ErrorFamily,
}

/// The format of the errors of an endpoint, in dialects that have more than one.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ErrorFamily {
    /// The format of most endpoints.
    Standard,
    /// The upload host of v1.1: `{"request":"/1.1/….json","error":"…"}`, without a code.
    UploadHost,
}

/// Facts about a request that its response headers report.
#[derive(Clone, Debug, Default)]
pub struct CallSummary {
    /// The rate windows that counted it.
    pub rate: Option<RateStatus>,
    /// Access level of the caller's token; `None` if authentication failed.
    pub access: Option<Access>,
    /// How long it took.
    pub spent: Duration,
    /// When it ended.
    pub now: Timestamp,
    /// For the access line.
    pub(super) facts: AccessFacts,
}

/// What is enforced before the handler of an endpoint runs.
#[derive(Debug)]
pub struct Endpoint {
    /// What it requires of the caller.
    pub permission: Permission,
    /// The rate window that counts it.
    pub window: Window,
    /// Maximum bytes of an urlencoded body, which is read whole because the signature covers it.
    pub form_bytes: usize,
    /// The format of its errors.
    pub family: ErrorFamily,
}

type Handler = Arc<dyn Fn(Call) -> BoxFuture<'static, Result<Response>> + Send + Sync>;

/// An endpoint at a path.
#[derive(Clone)]
pub struct Route {
    /// The methods, separated by a comma and a space; GET includes HEAD.
    pub methods: &'static str,
    /// The path, without the suffix.
    pub path: &'static str,
    endpoint: &'static Endpoint,
    handler: Handler,
}

/// Builds a [`Route`].
pub fn route<F, Fut>(
    methods: &'static str,
    path: &'static str,
    endpoint: &'static Endpoint,
    handler: F,
) -> Route
where
    F: Fn(Call) -> Fut + Send + Sync + 'static,
    Fut: Future<Output = Result<Response>> + Send + 'static,
{
    let handler: Handler = Arc::new(move |call| Box::pin(handler(call)));
    Route { methods, path, endpoint, handler }
}

/// The router of a dialect.
pub fn mount(dialect: &'static Dialect) -> Router<Shared> {
    let mut paths: Vec<(&'static str, Vec<Route>)> = Vec::new();
    for route in (dialect.routes)() {
        match paths.iter_mut().find(|(path, _)| *path == route.path) {
            Some((_, routes)) => routes.push(route),
            None => paths.push((route.path, vec![route])),
        }
    }
    paths.into_iter().fold(Router::new(), |router, (path, routes)| {
        let routes: Arc<[Route]> = routes.into();
        let handler = move |State(app): State<Shared>, request: Request| {
            respond(app, dialect, routes.clone(), request)
        };
        router.route(path, any(handler))
    })
}

/// Responds to one request, with an error response if it fails.
async fn respond(
    app: Shared,
    dialect: &'static Dialect,
    routes: Arc<[Route]>,
    request: Request,
) -> Response {
    let started = app.clock.monotonic();
    let path = original_uri(request.extensions(), request.uri()).path().to_owned();
    let method = if request.method() == "HEAD" { "GET" } else { request.method().as_str() };
    let accepts = |route: &&Route| route.methods.split(", ").any(|allowed| allowed == method);
    let route = routes.iter().find(accepts);
    let (rate, mut summary) = (Arc::new(OnceLock::new()), CallSummary::default());
    let outcome = match route {
        Some(route) => run(&app, route, request, &rate, &mut summary).await,
        None => Err(Fault::MethodNotAllowed { allowed: allowed(&routes) }.into()),
    };
    let family = route.map_or(ErrorFamily::Standard, |route| route.endpoint.family);
    let context = ErrorContext { path: &path, family };
    let mut response = outcome.unwrap_or_else(|error| {
        summary.facts.set_why(&error);
        (dialect.render)(&app, &context, &error)
    });
    summary.now = app.now();
    summary.rate = rate.get().copied();
    summary.spent = app.clock.monotonic().saturating_sub(started);
    (dialect.add_headers)(&mut response, &summary);
    access_log::attach(&mut response, summary.facts);
    response
}

/// The value of `Allow`: what answers GET answers HEAD too.
fn allowed(routes: &[Route]) -> String {
    let methods = routes.iter().flat_map(|route| route.methods.split(", "));
    let with_head = methods.flat_map(|method| match method {
        "GET" => vec!["GET", "HEAD"],
        other => vec![other],
    });
    with_head.collect::<Vec<_>>().join(", ")
}

/// Authenticates the caller, enforces permission and rate limit, then calls the handler.
async fn run(
    app: &Shared,
    route: &Route,
    request: Request,
    rate: &Arc<OnceLock<RateStatus>>,
    summary: &mut CallSummary,
) -> Result<Response> {
    let endpoint = route.endpoint;
    let options = CallOptions {
        form_bytes: endpoint.form_bytes,
        is_upload: endpoint.family == ErrorFamily::UploadHost,
        window: Some(endpoint.window),
        rate: rate.clone(),
    };
    let call = Call::read(app, request, options).await?;
    summary.access = Some(call.caller.access());
    summary.facts = AccessFacts::of_caller(&call.caller);
    endpoint.permission.require(&call.caller)?;
    if let Window::Of(bucket) = endpoint.window {
        call.count(bucket)?;
    }
    (route.handler)(call).await
}
