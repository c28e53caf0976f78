//! `/oauth/*`: the three-legged flow of OAuth 1.0a.

mod access_token;
mod authorize;
mod request_token;

use crate::app::Shared;
use axum::Router;
use axum::http::header;
use axum::routing::{any, get};

/// Paths of this module.
pub fn routes() -> Router<Shared> {
    Router::new()
        .route("/oauth/request_token", any(request_token::handle))
        .route("/oauth/authorize", get(authorize::show).post(authorize::decide))
        .route("/oauth/authenticate", get(authorize::show_or_skip).post(authorize::decide))
        .route("/oauth/access_token", any(access_token::handle))
        .route("/oauth/style.css", get(style))
}

async fn style() -> ([(header::HeaderName, &'static str); 2], &'static str) {
    let headers =
        [(header::CONTENT_TYPE, "text/css"), (header::CACHE_CONTROL, "public, max-age=3600")];
    (headers, include_str!("../../templates/oauth/style.css"))
}
