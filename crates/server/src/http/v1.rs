//! The v1.1 dialect: its routes, permissions and response headers.

pub mod account;
pub mod application;
pub mod error;
mod escaped_json;
pub mod media;
pub mod oauth;
pub mod render;
mod response;
pub mod statuses;
pub mod users;

use super::dialect::{CallSummary, Dialect, Endpoint, ErrorFamily, Route, route};
use super::read::call::Window;
use axum::http::{HeaderName, HeaderValue, StatusCode};
use axum::response::Response;
use birdhouse_domain::{Bucket, Permission};

pub(crate) use response::{empty, json};

/// `/1.1`.
pub static DIALECT: Dialect =
    Dialect { prefix: "/1.1/", suffix: ".json", routes, render: error::render, add_headers };

/// Maximum bytes of an urlencoded upload: 15 MiB as base64, percent-encoded.
const UPLOAD_FORM_BYTES: usize = 24 * 1024 * 1024;
/// Maximum bytes of any other urlencoded body.
const FORM_BYTES: usize = 1024 * 1024;

/// A user, or an app with an app-only token.
const ANYONE: Permission = Permission { allows_app: true, writes: false, scopes: None };
/// A user.
const USER: Permission = Permission { allows_app: false, ..ANYONE };
/// A user whose token may write.
const WRITER: Permission = Permission { writes: true, ..USER };

const fn read_endpoint(bucket: Bucket) -> Endpoint {
    Endpoint {
        permission: ANYONE,
        window: Window::Of(bucket),
        form_bytes: FORM_BYTES,
        family: ErrorFamily::Standard,
    }
}

const fn write_endpoint(bucket: Bucket) -> Endpoint {
    Endpoint { permission: WRITER, ..read_endpoint(bucket) }
}

static UPLOAD: Endpoint = Endpoint {
    permission: USER,
    window: Window::OfCommand(media::upload::window),
    form_bytes: UPLOAD_FORM_BYTES,
    family: ErrorFamily::UploadHost,
};
static METADATA: Endpoint =
    Endpoint { family: ErrorFamily::UploadHost, ..write_endpoint(Bucket::Metadata) };
static SUBTITLES: Endpoint =
    Endpoint { family: ErrorFamily::UploadHost, ..write_endpoint(Bucket::Subtitles) };
static UPDATE: Endpoint = write_endpoint(Bucket::Update);
static UPDATE_WITH_MEDIA: Endpoint =
    Endpoint { form_bytes: UPLOAD_FORM_BYTES, ..write_endpoint(Bucket::Update) };
static DESTROY: Endpoint = write_endpoint(Bucket::Destroy);
static SHOW: Endpoint = read_endpoint(Bucket::Show);
static LOOKUP: Endpoint = read_endpoint(Bucket::Lookup);
static USER_TIMELINE: Endpoint = read_endpoint(Bucket::UserTimeline);
static HOME_TIMELINE: Endpoint =
    Endpoint { permission: USER, ..read_endpoint(Bucket::HomeTimeline) };
static MENTIONS_TIMELINE: Endpoint =
    Endpoint { permission: USER, ..read_endpoint(Bucket::MentionsTimeline) };
static USERS_SHOW: Endpoint = read_endpoint(Bucket::UsersShow);
static USERS_LOOKUP: Endpoint = read_endpoint(Bucket::UsersLookup);
static VERIFY: Endpoint = Endpoint { permission: USER, ..read_endpoint(Bucket::VerifyCredentials) };
static RATE_LIMIT_STATUS: Endpoint = read_endpoint(Bucket::RateLimitStatus);
static INVALIDATE: Endpoint =
    Endpoint { permission: USER, ..read_endpoint(Bucket::InvalidateToken) };

/// All paths under `/1.1`, each with and without `.json`.
#[rustfmt::skip]
fn routes() -> Vec<Route> {
    vec![
        route("GET, POST", "/1.1/media/upload", &UPLOAD, media::upload::handle),
        route("POST", "/1.1/media/metadata/create", &METADATA, media::metadata::create::handle),
        route("POST", "/1.1/media/subtitles/create", &SUBTITLES, media::subtitles::create::handle),
        route("POST", "/1.1/media/subtitles/delete", &SUBTITLES, media::subtitles::delete::handle),
        route("POST", "/1.1/statuses/update", &UPDATE, statuses::update::handle),
        route("POST", "/1.1/statuses/update_with_media", &UPDATE_WITH_MEDIA, statuses::update_with_media::handle),
        route("GET", "/1.1/statuses/show", &SHOW, statuses::show::handle),
        route("GET", "/1.1/statuses/show/{id}", &SHOW, statuses::show::handle),
        route("GET, POST", "/1.1/statuses/lookup", &LOOKUP, statuses::lookup::handle),
        route("POST", "/1.1/statuses/destroy", &DESTROY, statuses::destroy::handle),
        route("POST", "/1.1/statuses/destroy/{id}", &DESTROY, statuses::destroy::handle),
        route("GET", "/1.1/statuses/user_timeline", &USER_TIMELINE, statuses::timeline::of_user),
        route("GET", "/1.1/statuses/home_timeline", &HOME_TIMELINE, statuses::timeline::of_home),
        route("GET", "/1.1/statuses/mentions_timeline", &MENTIONS_TIMELINE, statuses::timeline::of_mentions),
        route("GET", "/1.1/users/show", &USERS_SHOW, users::show::handle),
        route("GET, POST", "/1.1/users/lookup", &USERS_LOOKUP, users::lookup::handle),
        route("GET", "/1.1/account/verify_credentials", &VERIFY, account::verify_credentials::handle),
        route("GET", "/1.1/application/rate_limit_status", &RATE_LIMIT_STATUS, application::rate_limit_status::handle),
        route("POST", "/1.1/oauth/invalidate_token", &INVALIDATE, oauth::invalidate_token::handle),
    ]
}

/// Adds the headers that every recorded response has.
fn add_headers(response: &mut Response, summary: &CallSummary) {
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
    let status_line =
        format!("{} {}", status.as_str(), status.canonical_reason().unwrap_or_default());
    if let Ok(status_line) = HeaderValue::from_str(&status_line) {
        set("status", status_line);
    }
    let spent = u64::try_from(summary.spent.as_millis()).unwrap_or(u64::MAX);
    set("x-response-time", HeaderValue::from(spent));
    if status == StatusCode::OK
        && let Ok(now) = HeaderValue::from_str(&render::http_date(summary.now))
    {
        set("last-modified", now);
    }
    if let Some(access) = summary.access {
        set("x-access-level", HeaderValue::from_static(access.name()));
    }
    if let Some(window) = summary.rate.map(|rate| rate.own) {
        set("x-rate-limit-limit", HeaderValue::from(window.limit));
        set("x-rate-limit-remaining", HeaderValue::from(window.remaining));
        set("x-rate-limit-reset", HeaderValue::from(window.reset));
    }
}
