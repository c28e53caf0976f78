//! HTML pages: rendering, sessions and form protection.

pub(super) mod browser;
mod cookies;
pub(super) mod front;
pub(super) mod render;
mod sign_out;

use axum::Router;
use axum::http::header;
use axum::routing::{any, get};
use birdhouse_core::app::Shared;

/// Routes that the pages share.
pub(crate) fn routes() -> Router<Shared> {
    Router::new()
        .route("/", any(front::home))
        .route("/oauth/style.css", get(style))
        .route("/oauth/sign_out", get(sign_out::show).post(sign_out::submit))
}

async fn style() -> ([(header::HeaderName, &'static str); 2], &'static str) {
    let headers =
        [(header::CONTENT_TYPE, "text/css"), (header::CACHE_CONTROL, "public, max-age=3600")];
    (headers, include_str!("../../templates/oauth/style.css"))
}
