//! The v2 dialect: its routes, permissions and response headers.

pub mod error;
pub mod fields;
pub mod input;
pub mod media;
pub mod render;
mod response;
pub mod schema;
pub mod schemas;
pub mod tweets;
pub mod users;

use super::dialect::{CallSummary, Dialect, Endpoint, ErrorFamily, Route, route};
use super::read::call::Window;
use axum::http::{HeaderName, HeaderValue};
use axum::response::Response;
use birdhouse_domain::rate::WindowStatus;
use birdhouse_domain::{Bucket, Permission};
pub(crate) use response::json;

/// `/2`.
pub static DIALECT: Dialect =
    Dialect { prefix: "/2/", suffix: "", routes, render: error::render, add_headers };

/// The version of the OpenAPI document that is implemented.
const VERSION: &str = "2.167";
/// Maximum bytes of an urlencoded upload: 15 MiB as base64, percent-encoded.
const UPLOAD_FORM_BYTES: usize = 24 * 1024 * 1024;
/// Maximum bytes of any other urlencoded body.
const FORM_BYTES: usize = 64 * 1024;

const UPLOADER: Permission =
    Permission { allows_app: false, writes: true, scopes: Some(&["media.write"]) };
const MEDIA_READER: Permission =
    Permission { allows_app: true, writes: false, scopes: Some(&["tweet.read"]) };
const READER: Permission =
    Permission { scopes: Some(&["tweet.read", "users.read"]), ..MEDIA_READER };
const POSTER: Permission =
    Permission { scopes: Some(&["tweet.read", "tweet.write", "users.read"]), ..UPLOADER };

const fn endpoint(permission: Permission, window: Window, form_bytes: usize) -> Endpoint {
    Endpoint { permission, window, form_bytes, family: ErrorFamily::Standard }
}

const fn upload_endpoint(window: Window) -> Endpoint {
    endpoint(UPLOADER, window, UPLOAD_FORM_BYTES)
}

const fn metadata_endpoint(bucket: Bucket) -> Endpoint {
    endpoint(UPLOADER, Window::Of(bucket), FORM_BYTES)
}

const fn read_endpoint(bucket: Bucket) -> Endpoint {
    endpoint(READER, Window::Of(bucket), FORM_BYTES)
}

const fn write_endpoint(bucket: Bucket) -> Endpoint {
    endpoint(POSTER, Window::Of(bucket), FORM_BYTES)
}

static UPLOAD: Endpoint = upload_endpoint(Window::OfCommand(media::upload::window));
static STATUS: Endpoint = Endpoint {
    permission: Permission { writes: false, ..UPLOADER },
    ..upload_endpoint(Window::Of(Bucket::V2Status))
};
static INITIALIZE: Endpoint = upload_endpoint(Window::Of(Bucket::V2Initialize));
static APPEND: Endpoint = upload_endpoint(Window::Of(Bucket::V2Append));
static FINALIZE: Endpoint = upload_endpoint(Window::Of(Bucket::V2Finalize));
static METADATA: Endpoint = metadata_endpoint(Bucket::V2Metadata);
static SUBTITLES: Endpoint = metadata_endpoint(Bucket::V2Subtitles);
static MEDIA: Endpoint = Endpoint { permission: MEDIA_READER, ..read_endpoint(Bucket::V2Media) };
static POST: Endpoint = write_endpoint(Bucket::V2Post);
static DELETE: Endpoint = write_endpoint(Bucket::V2Delete);
static TWEETS: Endpoint = read_endpoint(Bucket::V2Tweets);
static TWEET: Endpoint = read_endpoint(Bucket::V2Tweet);
static ME: Endpoint = Endpoint {
    permission: Permission { allows_app: false, ..READER },
    ..read_endpoint(Bucket::V2Me)
};
static USERS: Endpoint = read_endpoint(Bucket::V2Users);
static USER_TWEETS: Endpoint = read_endpoint(Bucket::V2UserTweets);

/// All paths under `/2` except those of OAuth.
#[rustfmt::skip]
fn routes() -> Vec<Route> {
    vec![
        route("GET", "/2/media/upload", &STATUS, media::status::handle),
        route("POST", "/2/media/upload", &UPLOAD, media::upload::handle),
        route("POST", "/2/media/upload/initialize", &INITIALIZE, media::initialize::handle),
        route("POST", "/2/media/upload/{id}/append", &APPEND, media::append::handle),
        route("POST", "/2/media/upload/{id}/finalize", &FINALIZE, media::finalize::handle),
        route("POST", "/2/media/metadata", &METADATA, media::metadata::handle),
        route("POST", "/2/media/metadata/create", &METADATA, media::metadata::handle_flat),
        route("POST", "/2/media/subtitles", &SUBTITLES, media::subtitles::create),
        route("DELETE", "/2/media/subtitles", &SUBTITLES, media::subtitles::delete),
        route("POST", "/2/media/subtitles/create", &SUBTITLES, media::subtitles::create_legacy),
        route("POST, DELETE", "/2/media/subtitles/delete", &SUBTITLES, media::subtitles::delete_legacy),
        route("GET", "/2/media", &MEDIA, media::lookup::many),
        route("GET", "/2/media/{media_key}", &MEDIA, media::lookup::one),
        route("GET", "/2/tweets", &TWEETS, tweets::lookup::many),
        route("POST", "/2/tweets", &POST, tweets::post::handle),
        route("GET", "/2/tweets/{id}", &TWEET, tweets::lookup::one),
        route("DELETE", "/2/tweets/{id}", &DELETE, tweets::delete::handle),
        route("GET", "/2/users", &USERS, users::lookup::many),
        route("GET", "/2/users/me", &ME, users::lookup::me),
        route("GET", "/2/users/{id}", &USERS, users::lookup::one),
        route("GET", "/2/users/by", &USERS, users::lookup::many_by_name),
        route("GET", "/2/users/by/username/{username}", &USERS, users::lookup::by_name),
        route("GET", "/2/users/{id}/tweets", &USER_TWEETS, users::tweets::handle),
    ]
}

/// Adds the headers that every recorded response has.
fn add_headers(response: &mut Response, summary: &CallSummary) {
    let headers = response.headers_mut();
    let mut set = |name: &'static str, value: HeaderValue| {
        headers.insert(HeaderName::from_static(name), value);
    };
    set("cache-control", HeaderValue::from_static("no-cache, no-store, max-age=0"));
    set("api-version", HeaderValue::from_static(VERSION));
    let spent = u64::try_from(summary.spent.as_millis()).unwrap_or(u64::MAX);
    set("x-response-time", HeaderValue::from(spent));
    if let Some(access) = summary.access {
        set("x-access-level", HeaderValue::from_static(access.name()));
    }
    add_rate_headers(response, summary);
}

/// Adds the headers that tell the rate windows.
pub(crate) fn add_rate_headers(response: &mut Response, summary: &CallSummary) {
    let headers = response.headers_mut();
    let mut set = |name: &'static str, value: HeaderValue| {
        headers.insert(HeaderName::from_static(name), value);
    };
    let mut set_window = |names: [&'static str; 3], window: WindowStatus| {
        set(names[0], HeaderValue::from(window.limit));
        set(names[1], HeaderValue::from(window.remaining));
        set(names[2], HeaderValue::from(window.reset));
    };
    let Some(rate) = summary.rate else { return };
    set_window(["x-rate-limit-limit", "x-rate-limit-remaining", "x-rate-limit-reset"], rate.own);
    if let Some(day) = rate.app_daily {
        let names = [
            "x-app-limit-24hour-limit",
            "x-app-limit-24hour-remaining",
            "x-app-limit-24hour-reset",
        ];
        set_window(names, day);
    }
}
