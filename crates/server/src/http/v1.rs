//! The v1.1 dialect: its route table, and what its endpoints share.

pub mod account;
pub mod application;
pub mod error;
pub mod media;
pub mod oauth;
pub mod render;
pub mod statuses;

use super::call::{Call, FormLimit};
use crate::app::{App, Shared};
use crate::auth::Caller;
use crate::error::Result;
use crate::rate_limit::{Bucket, Counted};
use axum::Router;
use axum::extract::{OriginalUri, Request, State};
use axum::http::{HeaderName, HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Response};
use axum::routing::{MethodRouter, any};
use birdhouse_domain::Fault;
use birdhouse_domain::rate::Standing;
use error::Family;
use std::sync::{Arc, OnceLock};

/// Bytes of an urlencoded body that an upload may have: 15 MiB as base64, percent-encoded.
const UPLOAD_FORM_BYTES: usize = 24 * 1024 * 1024;
/// Bytes of an urlencoded body that any other endpoint reads.
const FORM_BYTES: usize = 1024 * 1024;

/// Who may call an endpoint.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Who {
    /// A user or an app by itself.
    Anyone,
    /// A user.
    User,
    /// A user whose token may write.
    Writer,
}

/// What holds for an endpoint before its handler runs.
#[derive(Debug)]
pub struct Endpoint {
    /// Methods, as they stand in `Allow`.
    pub methods: &'static str,
    /// How its refusals look.
    pub family: Family,
    /// Who may call it.
    pub who: Who,
    /// The rate window that counts it; `None` if the handler decides.
    pub bucket: Option<Bucket>,
    /// Bytes of an urlencoded body.
    pub form_bytes: usize,
}

const fn get(bucket: Bucket) -> Endpoint {
    Endpoint {
        methods: "GET",
        family: Family::Errors,
        who: Who::Anyone,
        bucket: Some(bucket),
        form_bytes: FORM_BYTES,
    }
}

const fn post(bucket: Bucket) -> Endpoint {
    Endpoint { methods: "POST", who: Who::Writer, ..get(bucket) }
}

static UPLOAD: Endpoint = Endpoint {
    methods: "GET, POST",
    family: Family::Request,
    who: Who::User,
    bucket: None,
    form_bytes: UPLOAD_FORM_BYTES,
};
static METADATA: Endpoint = Endpoint { family: Family::Request, ..post(Bucket::Metadata) };
static SUBTITLES: Endpoint = Endpoint { family: Family::Request, ..post(Bucket::Subtitles) };
static UPDATE: Endpoint = post(Bucket::Update);
static DESTROY: Endpoint = post(Bucket::Destroy);
static SHOW: Endpoint = get(Bucket::Show);
static LOOKUP: Endpoint = Endpoint { methods: "GET, POST", ..get(Bucket::Lookup) };
static USER_TIMELINE: Endpoint = get(Bucket::UserTimeline);
static HOME_TIMELINE: Endpoint = Endpoint { who: Who::User, ..get(Bucket::HomeTimeline) };
static VERIFY: Endpoint = Endpoint { who: Who::User, ..get(Bucket::VerifyCredentials) };
static RATE_LIMIT_STATUS: Endpoint = get(Bucket::RateLimitStatus);
static INVALIDATE: Endpoint =
    Endpoint { methods: "POST", who: Who::User, ..get(Bucket::InvalidateToken) };

/// Every path under `/1.1`; each answers with and without `.json`.
pub fn routes() -> Router<Shared> {
    Router::new()
        .route("/1.1/media/upload", on(&UPLOAD, media::upload::handle))
        .route("/1.1/media/metadata/create", on(&METADATA, media::metadata::create::handle))
        .route("/1.1/media/subtitles/create", on(&SUBTITLES, media::subtitles::create::handle))
        .route("/1.1/media/subtitles/delete", on(&SUBTITLES, media::subtitles::delete::handle))
        .route("/1.1/statuses/update", on(&UPDATE, statuses::update::handle))
        .route("/1.1/statuses/show", on(&SHOW, statuses::show::handle))
        .route("/1.1/statuses/show/{id}", on(&SHOW, statuses::show::handle))
        .route("/1.1/statuses/lookup", on(&LOOKUP, statuses::lookup::handle))
        .route("/1.1/statuses/destroy", on(&DESTROY, statuses::destroy::handle))
        .route("/1.1/statuses/destroy/{id}", on(&DESTROY, statuses::destroy::handle))
        .route("/1.1/statuses/user_timeline", on(&USER_TIMELINE, statuses::timeline::of_user))
        .route("/1.1/statuses/home_timeline", on(&HOME_TIMELINE, statuses::timeline::of_home))
        .route("/1.1/account/verify_credentials", on(&VERIFY, account::verify_credentials::handle))
        .route(
            "/1.1/application/rate_limit_status",
            on(&RATE_LIMIT_STATUS, application::rate_limit_status::handle),
        )
        .route("/1.1/oauth/invalidate_token", on(&INVALIDATE, oauth::invalidate_token::handle))
}

fn on<F, Fut>(endpoint: &'static Endpoint, handler: F) -> MethodRouter<Shared>
where
    F: FnOnce(Shared, Call) -> Fut + Clone + Send + Sync + 'static,
    Fut: Future<Output = Result<Response>> + Send + 'static,
{
    any(move |State(app): State<Shared>, request: Request| async move {
        answer(app, endpoint, request, handler).await
    })
}

/// Carries out one request: method, asker, right, rate window, then the handler; and renders
/// what comes of it.
async fn answer<F, Fut>(
    app: Shared,
    endpoint: &'static Endpoint,
    request: Request,
    handler: F,
) -> Response
where
    F: FnOnce(Shared, Call) -> Fut,
    Fut: Future<Output = Result<Response>> + Send,
{
    let path = path_of(&request);
    let counted = Arc::new(OnceLock::new());
    let mut level = None;
    let outcome =
        Box::pin(run(app.clone(), endpoint, request, handler, (&counted, &mut level))).await;
    let mut response = match outcome {
        Ok(response) => response,
        Err(error) => error::render(&error, endpoint.family, &path, app.config.fidelity),
    };
    let standing = counted.get().and_then(|counted| counted.own);
    decorate(&mut response, standing.as_ref(), level);
    response
}

async fn run<F, Fut>(
    app: Shared,
    endpoint: &'static Endpoint,
    request: Request,
    handler: F,
    (counted, level): (&Arc<OnceLock<Counted>>, &mut Option<&'static str>),
) -> Result<Response>
where
    F: FnOnce(Shared, Call) -> Fut,
    Fut: Future<Output = Result<Response>> + Send,
{
    let method = if request.method() == "HEAD" { "GET" } else { request.method().as_str() };
    if !endpoint.methods.split(", ").any(|allowed| allowed == method) {
        return Err(Fault::MethodNotAllowed(endpoint.methods).into());
    }
    let limit = FormLimit(endpoint.form_bytes);
    let call = Call::read(&app, request, limit, counted.clone()).await?;
    if matches!(&call.caller, Caller::User(user) if user.scopes.is_some()) {
        return Err(Fault::GrantNotAccepted.into());
    }
    *level = Some(call.caller.access().name());
    match (endpoint.who, &call.caller) {
        (Who::User | Who::Writer, Caller::App { .. }) => {
            return Err(Fault::UserContextRequired.into());
        }
        (Who::Writer, Caller::User(_)) => call.needs_write()?,
        (Who::User, Caller::User(_)) | (Who::Anyone, _) => {}
    }
    if let Some(bucket) = endpoint.bucket {
        call.count(&app, bucket)?;
    }
    handler(app, call).await
}

/// Adds the headers that every recorded answer has.
fn decorate(response: &mut Response, standing: Option<&Standing>, level: Option<&'static str>) {
    let status = response.status();
    let headers = response.headers_mut();
    let mut set = |name: &'static str, value: HeaderValue| {
        headers.insert(HeaderName::from_static(name), value);
    };
    let cache = "no-cache, no-store, must-revalidate, pre-check=0, post-check=0";
    set("cache-control", HeaderValue::from_static(cache));
    set("pragma", HeaderValue::from_static("no-cache"));
    set("expires", HeaderValue::from_static("Tue, 31 Mar 1981 05:00:00 GMT"));
    set("vary", HeaderValue::from_static("Origin"));
    set("x-frame-options", HeaderValue::from_static("SAMEORIGIN"));
    let line = format!("{} {}", status.as_str(), status.canonical_reason().unwrap_or_default());
    if let Ok(line) = HeaderValue::from_str(&line) {
        set("status", line);
    }
    if let Some(level) = level {
        set("x-access-level", HeaderValue::from_static(level));
    }
    if let Some(standing) = standing {
        set("x-rate-limit-limit", HeaderValue::from(standing.limit));
        set("x-rate-limit-remaining", HeaderValue::from(standing.remaining));
        set("x-rate-limit-reset", HeaderValue::from(standing.reset));
    }
}

/// A JSON answer in the escaped form.
pub fn json(status: StatusCode, value: &impl serde::Serialize) -> Result<Response> {
    let body = super::json::escaped(value).map_err(|e| crate::error::Error::Broken(e.into()))?;
    let headers = [
        (header::CONTENT_TYPE, "application/json;charset=utf-8"),
        (header::CONTENT_DISPOSITION, "attachment; filename=json.json"),
    ];
    Ok((status, headers, body).into_response())
}

/// An answer without a body, as recorded: `text/html` and a length of 0.
pub fn empty(status: StatusCode) -> Response {
    let headers =
        [(header::CONTENT_TYPE, "text/html;charset=utf-8"), (header::CONTENT_LENGTH, "0")];
    (status, headers).into_response()
}

/// An error that no endpoint is responsible for.
pub fn refuse(app: &App, path: &str, error: &crate::error::Error) -> Response {
    let mut response = error::render(error, Family::Errors, path, app.config.fidelity);
    decorate(&mut response, None, None);
    response
}

fn path_of(request: &Request) -> String {
    let original = request.extensions().get::<OriginalUri>();
    original.map_or_else(|| request.uri().path(), |uri| uri.path()).to_owned()
}
