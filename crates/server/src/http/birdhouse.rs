//! `/birdhouse/v1`: our own API, for what the documented ones have no words for.

mod coverage;
mod descriptions;
mod error;
mod input;
mod lint;
mod people;
mod policy;
mod render;
pub mod schemas;
mod search;
mod settings;
mod suggestions;
mod webhooks;

use super::dialect::{CallSummary, Dialect, Endpoint, ErrorFamily, Route, route};
use super::read::call::Window;
use super::v2;
use axum::response::Response;
use birdhouse_domain::{Bucket, Permission};

/// `/birdhouse/v1`.
pub static DIALECT: Dialect =
    Dialect { prefix: "/birdhouse/", suffix: "", routes, render: error::render, add_headers };

/// Maximum bytes of an urlencoded body.
const FORM_BYTES: usize = 64 * 1024;

const READER: Permission =
    Permission { allows_app: true, writes: false, scopes: Some(&["tweet.read"]) };
const WRITER: Permission =
    Permission { allows_app: false, writes: true, scopes: Some(&["media.write"]) };

const fn endpoint(permission: Permission, bucket: Bucket) -> Endpoint {
    let (window, family) = (Window::Of(bucket), ErrorFamily::Standard);
    Endpoint { permission, window, form_bytes: FORM_BYTES, family }
}

static READ: Endpoint = endpoint(READER, Bucket::DescriptionRead);
static WRITE: Endpoint = endpoint(WRITER, Bucket::DescriptionWrite);
static SUGGEST: Endpoint = endpoint(WRITER, Bucket::Suggest);
static WEBHOOK: Endpoint = endpoint(WRITER, Bucket::Webhook);
/// What only the user sees.
static READ_OWN: Endpoint =
    endpoint(Permission { allows_app: false, ..READER }, Bucket::DescriptionRead);

#[rustfmt::skip]
fn routes() -> Vec<Route> {
    vec![
        route("GET", "/birdhouse/v1/search", &READ_OWN, search::search),
        route("GET", "/birdhouse/v1/media", &READ_OWN, search::media),
        route("GET", "/birdhouse/v1/coverage", &READ_OWN, coverage::coverage),
        route("GET", "/birdhouse/v1/media/{id}/descriptions", &READ, descriptions::list),
        route("PUT", "/birdhouse/v1/media/{id}/descriptions/{lang}", &WRITE, descriptions::put),
        route("DELETE", "/birdhouse/v1/media/{id}/descriptions/{lang}", &WRITE, descriptions::delete),
        route("POST", "/birdhouse/v1/media/{id}/descriptions/{lang}/undo", &WRITE, descriptions::undo),
        route("POST", "/birdhouse/v1/media/{id}/suggestions", &SUGGEST, suggestions::suggest),
        route("GET", "/birdhouse/v1/suggestions", &READ_OWN, suggestions::list),
        route("POST", "/birdhouse/v1/suggestions/{id}/accept", &WRITE, suggestions::accept),
        route("POST", "/birdhouse/v1/suggestions/{id}/decline", &WRITE, suggestions::decline),
        route("GET", "/birdhouse/v1/policy", &READ_OWN, policy::show),
        route("PUT", "/birdhouse/v1/policy", &WRITE, policy::put),
        route("POST", "/birdhouse/v1/lint", &READ, lint::handle),
        route("GET", "/birdhouse/v1/delegates", &READ_OWN, people::delegates),
        route("PUT", "/birdhouse/v1/delegates/{username}", &WRITE, people::add_delegate),
        route("DELETE", "/birdhouse/v1/delegates/{username}", &WRITE, people::remove_delegate),
        route("GET", "/birdhouse/v1/blocked", &READ_OWN, people::blocked),
        route("DELETE", "/birdhouse/v1/blocked/{username}", &WRITE, people::unblock),
        route("GET", "/birdhouse/v1/webhooks", &READ_OWN, webhooks::list),
        route("POST", "/birdhouse/v1/webhooks", &WEBHOOK, webhooks::add),
        route("GET", "/birdhouse/v1/webhooks/{id}", &READ_OWN, webhooks::get),
        route("DELETE", "/birdhouse/v1/webhooks/{id}", &WRITE, webhooks::delete),
        route("POST", "/birdhouse/v1/webhooks/{id}/test", &WEBHOOK, webhooks::test),
        route("GET", "/birdhouse/v1/settings", &READ_OWN, settings::get),
        route("PUT", "/birdhouse/v1/settings", &WRITE, settings::put),
    ]
}

fn add_headers(response: &mut Response, summary: &CallSummary) {
    v2::add_rate_headers(response, summary);
    let no_store = axum::http::HeaderValue::from_static("no-store");
    response.headers_mut().insert(axum::http::header::CACHE_CONTROL, no_store);
}
