//! The v2 dialect: its route table, and what its endpoints share.

pub mod error;
pub mod fields;
pub mod input;
pub mod media;
pub mod render;
pub mod schemas;
pub mod shape;
pub mod tweets;
pub mod users;

use super::call::{Call, FormLimit};
use crate::app::{App, Shared};
use crate::auth::Caller;
use crate::config::Fidelity;
use crate::error::{Error, Result};
use crate::rate_limit::{Bucket, Counted};
use axum::Router;
use axum::extract::{Request, State};
use axum::http::{HeaderName, HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Response};
use axum::routing::{delete, get, post};
use birdhouse_domain::Fault;
use birdhouse_domain::rate::Standing;
use serde_json::Value;
use std::sync::{Arc, OnceLock};
use std::time::Instant;

/// Content type of answers.
pub(crate) const JSON: &str = "application/json; charset=utf-8";
/// The version of the documented contract that is followed.
const VERSION: &str = "2.167";
/// Bytes of an urlencoded body that an upload may have: 15 MiB as base64, percent-encoded.
const UPLOAD_FORM_BYTES: usize = 24 * 1024 * 1024;
/// Bytes of an urlencoded body that any other endpoint reads.
const FORM_BYTES: usize = 64 * 1024;

/// What holds for an endpoint before its handler runs.
#[derive(Debug)]
pub struct Endpoint {
    /// Scopes that an OAuth 2.0 token needs.
    pub scopes: &'static [&'static str],
    /// Whether an app may ask for itself.
    pub allows_app: bool,
    /// Whether a token of OAuth 1.0a must be one that may write.
    pub writes: bool,
    /// The rate window that counts it; `None` if the handler decides.
    pub bucket: Option<Bucket>,
    /// Bytes of an urlencoded body.
    pub form_bytes: usize,
}

const fn uploads(bucket: Option<Bucket>) -> Endpoint {
    Endpoint {
        scopes: &["media.write"],
        allows_app: false,
        writes: true,
        bucket,
        form_bytes: UPLOAD_FORM_BYTES,
    }
}

const fn describes(bucket: Bucket) -> Endpoint {
    Endpoint { form_bytes: FORM_BYTES, ..uploads(Some(bucket)) }
}

const fn reads(scopes: &'static [&'static str], bucket: Bucket) -> Endpoint {
    Endpoint {
        scopes,
        allows_app: true,
        writes: false,
        bucket: Some(bucket),
        form_bytes: FORM_BYTES,
    }
}

const fn posts(bucket: Bucket) -> Endpoint {
    Endpoint {
        allows_app: false,
        writes: true,
        ..reads(&["tweet.read", "tweet.write", "users.read"], bucket)
    }
}

static UPLOAD: Endpoint = uploads(None);
static STATUS: Endpoint = Endpoint { writes: false, ..uploads(Some(Bucket::V2Status)) };
static INITIALIZE: Endpoint = uploads(Some(Bucket::V2Initialize));
static APPEND: Endpoint = uploads(Some(Bucket::V2Append));
static FINALIZE: Endpoint = uploads(Some(Bucket::V2Finalize));
static METADATA: Endpoint = describes(Bucket::V2Metadata);
static SUBTITLES: Endpoint = describes(Bucket::V2Subtitles);
static MEDIA: Endpoint = reads(&["tweet.read"], Bucket::V2Media);
static POST: Endpoint = posts(Bucket::V2Post);
static DELETE: Endpoint = posts(Bucket::V2Delete);
static TWEETS: Endpoint = reads(&["tweet.read", "users.read"], Bucket::V2Tweets);
static TWEET: Endpoint = reads(&["tweet.read", "users.read"], Bucket::V2Tweet);
static ME: Endpoint =
    Endpoint { allows_app: false, ..reads(&["tweet.read", "users.read"], Bucket::V2Me) };
static USERS: Endpoint = reads(&["tweet.read", "users.read"], Bucket::V2Users);
static USER_TWEETS: Endpoint = reads(&["tweet.read", "users.read"], Bucket::V2UserTweets);

macro_rules! on {
    ($endpoint:ident, $handler:path) => {
        |State(app): State<Shared>, request: Request| answer(app, &$endpoint, request, $handler)
    };
}

/// Every path under `/2` but those of OAuth.
pub fn routes() -> Router<Shared> {
    let subtitles = post(on!(SUBTITLES, media::subtitles::create))
        .delete(on!(SUBTITLES, media::subtitles::delete));
    Router::new()
        .route(
            "/2/media/upload",
            get(on!(STATUS, media::status::handle)).post(on!(UPLOAD, media::upload::handle)),
        )
        .route("/2/media/upload/initialize", post(on!(INITIALIZE, media::initialize::handle)))
        .route("/2/media/upload/{id}/append", post(on!(APPEND, media::append::handle)))
        .route("/2/media/upload/{id}/finalize", post(on!(FINALIZE, media::finalize::handle)))
        .route("/2/media/metadata", post(on!(METADATA, media::metadata::handle)))
        .route("/2/media/metadata/create", post(on!(METADATA, media::metadata::handle_flat)))
        .route("/2/media/subtitles", subtitles)
        .route("/2/media/subtitles/create", post(on!(SUBTITLES, media::subtitles::create_old)))
        .route(
            "/2/media/subtitles/delete",
            post(on!(SUBTITLES, media::subtitles::delete_old))
                .delete(on!(SUBTITLES, media::subtitles::delete_old)),
        )
        .route("/2/media", get(on!(MEDIA, media::lookup::many)))
        .route("/2/media/{media_key}", get(on!(MEDIA, media::lookup::one)))
        .route(
            "/2/tweets",
            get(on!(TWEETS, tweets::lookup::many)).post(on!(POST, tweets::post::handle)),
        )
        .route(
            "/2/tweets/{id}",
            get(on!(TWEET, tweets::lookup::one)).merge(delete(on!(DELETE, tweets::delete::handle))),
        )
        .route("/2/users", get(on!(USERS, users::lookup::many)))
        .route("/2/users/me", get(on!(ME, users::lookup::me)))
        .route("/2/users/{id}", get(on!(USERS, users::lookup::one)))
        .route("/2/users/by/username/{username}", get(on!(USERS, users::lookup::by_name)))
        .route("/2/users/{id}/tweets", get(on!(USER_TWEETS, users::tweets::handle)))
        .method_not_allowed_fallback(super::wrong_method)
}

/// What an endpoint is called with.
pub struct Asked {
    /// The server.
    pub app: Shared,
    /// The request, its asker proven.
    pub call: Call,
    /// Segments of the path after `/2/`.
    pub path: Vec<String>,
}

impl Asked {
    /// The segment of the path at this place.
    pub fn segment(&self, place: usize) -> &str {
        self.path.get(place).map_or("", String::as_str)
    }

    /// Whether answers are as recorded, unkindness included.
    pub fn is_strict(&self) -> bool {
        self.app.config.fidelity == Fidelity::Strict
    }
}

/// Carries out one request: asker, right, rate windows, then the handler; and renders what comes
/// of it.
async fn answer<F, Fut>(
    app: Shared,
    endpoint: &'static Endpoint,
    request: Request,
    handler: F,
) -> Response
where
    F: FnOnce(Asked) -> Fut,
    Fut: Future<Output = Result<Response>> + Send,
{
    let started = Instant::now();
    let path = request.uri().path().to_owned();
    let counted = Arc::new(OnceLock::new());
    let mut level = None;
    let outcome =
        Box::pin(run(app.clone(), endpoint, request, handler, (&counted, &mut level))).await;
    let mut response = match outcome {
        Ok(response) => response,
        Err(error) => error::render(&app, &path, &error),
    };
    decorate(&mut response, counted.get(), level, started);
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
    F: FnOnce(Asked) -> Fut,
    Fut: Future<Output = Result<Response>> + Send,
{
    let path = request.uri().path().split('/').skip(2).map(decoded).collect();
    let limit = FormLimit(endpoint.form_bytes);
    let call = Call::read(&app, request, limit, counted.clone()).await?;
    *level = Some(call.caller.access().name());
    check(endpoint, &call)?;
    if let Some(bucket) = endpoint.bucket {
        call.count(&app, bucket)?;
    }
    handler(Asked { app, call, path }).await
}

fn decoded(segment: &str) -> String {
    birdhouse_oauth::percent::decode(segment)
}

/// Refuses an asker who has no right to call this.
fn check(endpoint: &Endpoint, call: &Call) -> Result<()> {
    match &call.caller {
        Caller::App { .. } if endpoint.allows_app => Ok(()),
        Caller::App { .. } => Err(Fault::UserContextRequired.into()),
        Caller::User(user) => match &user.scopes {
            None if endpoint.writes => call.needs_write(),
            None => Ok(()),
            Some(scopes) => match scopes.lacks(endpoint.scopes) {
                None => Ok(()),
                Some(needed) => {
                    Err(Fault::ScopeMissing { needed, granted: scopes.to_string() }.into())
                }
            },
        },
    }
}

/// Adds the headers that every recorded answer has.
fn decorate(
    response: &mut Response,
    counted: Option<&Counted>,
    level: Option<&'static str>,
    started: Instant,
) {
    let headers = response.headers_mut();
    let mut set = |name: &'static str, value: HeaderValue| {
        headers.insert(HeaderName::from_static(name), value);
    };
    set("cache-control", HeaderValue::from_static("no-cache, no-store, max-age=0"));
    set("api-version", HeaderValue::from_static(VERSION));
    let spent = u64::try_from(started.elapsed().as_millis()).unwrap_or(u64::MAX);
    set("x-response-time", HeaderValue::from(spent));
    let id = format!("{:016x}", u64::from_be_bytes(crate::random::bytes()));
    if let Ok(id) = HeaderValue::from_str(&id) {
        set("x-transaction-id", id);
    }
    if let Some(level) = level {
        set("x-access-level", HeaderValue::from_static(level));
    }
    let mut tell = |names: [&'static str; 3], standing: Option<Standing>| {
        let Some(standing) = standing else { return };
        set(names[0], HeaderValue::from(standing.limit));
        set(names[1], HeaderValue::from(standing.remaining));
        set(names[2], HeaderValue::from(standing.reset));
    };
    let counted = counted.copied().unwrap_or_default();
    tell(["x-rate-limit-limit", "x-rate-limit-remaining", "x-rate-limit-reset"], counted.own);
    let day =
        ["x-app-limit-24hour-limit", "x-app-limit-24hour-remaining", "x-app-limit-24hour-reset"];
    tell(day, counted.app_day);
}

/// A JSON answer; what most handlers end with.
#[expect(clippy::unnecessary_wraps, reason = "what most handlers end with")]
fn json(status: StatusCode, value: &Value) -> Result<Response> {
    Ok((status, [(header::CONTENT_TYPE, JSON)], value.to_string()).into_response())
}

/// An error that no endpoint is responsible for.
pub fn refuse(app: &App, path: &str, error: &Error) -> Response {
    let mut response = error::render(app, path, error);
    decorate(&mut response, None, None, Instant::now());
    response
}
