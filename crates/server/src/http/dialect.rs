//! The seam between the wire and the operations: what a dialect is, and how every one of its
//! requests is carried out.

use super::read::call::{Call, CallOptions, original_uri};
use axum::Router;
use axum::extract::{Request, State};
use axum::response::Response;
use axum::routing::any;
use birdhouse_core::app::{App, Shared};
use birdhouse_core::error::{Error, Result};
use birdhouse_core::memory::rates::RateStatus;
use birdhouse_domain::{Access, Bucket, Fault, Permission};
use futures_util::future::BoxFuture;
use std::sync::{Arc, OnceLock};
use std::time::Duration;

/// One wire form of the API. A new one is a folder with one of these, and a row in `dialects`.
pub struct Dialect {
    /// What its paths start with, such as `/2/`.
    pub prefix: &'static str,
    /// A suffix that its paths may have, such as `.json`; blank for none.
    pub suffix: &'static str,
    /// Its endpoints.
    pub routes: fn() -> Vec<Route>,
    /// Renders an error.
    pub render: fn(&App, &ErrorContext<'_>, &Error) -> Response,
    /// Adds the headers that every answer has.
    pub decorate: fn(&mut Response, &CallSummary),
}

/// Where an error occurred.
#[derive(Clone, Copy, Debug)]
pub struct ErrorContext<'a> {
    /// Path as sent.
    pub path: &'a str,
    /// How the endpoint's refusals look.
    pub family: ErrorFamily,
}

/// How the refusals of an endpoint look, in dialects that have more than one form.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ErrorFamily {
    /// The usual form.
    Usual,
    /// The form of the upload host of v1.1: `{"request":"/1.1/….json","error":"…"}`, no code.
    UploadHost,
}

/// What is known of a request when it is answered.
#[derive(Clone, Copy, Debug, Default)]
pub struct CallSummary {
    /// The windows that counted it.
    pub rate: Option<RateStatus>,
    /// What the caller's token allows; `None` if nobody was authenticated.
    pub access: Option<Access>,
    /// How long it took.
    pub spent: Duration,
}

/// What holds for an endpoint before its handler runs.
#[derive(Debug)]
pub struct Endpoint {
    /// What it requires of its caller.
    pub permission: Permission,
    /// The rate window that counts it; `None` if the handler decides.
    pub bucket: Option<Bucket>,
    /// Bytes of an urlencoded body, which is read whole because its signature needs it.
    pub form_bytes: usize,
    /// How its refusals look.
    pub family: ErrorFamily,
}

type Handler = Arc<dyn Fn(Call) -> BoxFuture<'static, Result<Response>> + Send + Sync>;

/// An endpoint at a path.
#[derive(Clone)]
pub struct Route {
    /// Methods, as they stand in `Allow`.
    pub methods: &'static str,
    /// The path, without the suffix.
    pub path: &'static str,
    endpoint: &'static Endpoint,
    handler: Handler,
}

/// An endpoint at a path, for these methods.
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

/// Every path of a dialect.
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
        let answer = move |State(app): State<Shared>, request: Request| {
            answer(app, dialect, routes.clone(), request)
        };
        router.route(path, any(answer))
    })
}

/// Answers one request, whatever comes of it.
async fn answer(
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
        Some(route) => run(&app, route, request, (&rate, &mut summary.access)).await,
        None => Err(Fault::MethodNotAllowed { allowed: allowed(&routes) }.into()),
    };
    let family = route.map_or(ErrorFamily::Usual, |route| route.endpoint.family);
    let context = ErrorContext { path: &path, family };
    let mut response = outcome.unwrap_or_else(|error| (dialect.render)(&app, &context, &error));
    summary.rate = rate.get().copied();
    summary.spent = app.clock.monotonic().saturating_sub(started);
    (dialect.decorate)(&mut response, &summary);
    response
}

fn allowed(routes: &[Route]) -> String {
    routes.iter().map(|route| route.methods).collect::<Vec<_>>().join(", ")
}

/// Carries out one request: the caller, its permission, the rate window, then the handler.
async fn run(
    app: &Shared,
    route: &Route,
    request: Request,
    (rate, access): (&Arc<OnceLock<RateStatus>>, &mut Option<Access>),
) -> Result<Response> {
    let endpoint = route.endpoint;
    let options = CallOptions { form_bytes: endpoint.form_bytes, rate: rate.clone() };
    let call = Call::read(app, request, options).await?;
    *access = Some(call.caller.access());
    endpoint.permission.require(&call.caller)?;
    if let Some(bucket) = endpoint.bucket {
        call.count(bucket)?;
    }
    (route.handler)(call).await
}
