//! `/oauth/*`: the three-legged flow of OAuth 1.0a.

mod access_token;
mod authorize;
mod request_token;

use axum::Router;
use axum::routing::{any, get};
use birdhouse_core::app::Shared;

/// The routes of this module.
pub(crate) fn routes() -> Router<Shared> {
    Router::new()
        .route("/oauth/request_token", any(request_token::handle))
        .route("/oauth/authorize", get(authorize::show).post(authorize::decide))
        .route("/oauth/authenticate", get(authorize::show_or_skip).post(authorize::decide))
        .route("/oauth/access_token", any(access_token::handle))
}
