//! OAuth 2.0: the consent page, user tokens, and app-only tokens.

mod app_only;
mod authorize;
mod token;

use axum::Router;
use axum::http::{HeaderMap, header};
use axum::routing::{get, post};
use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use birdhouse_core::app::Shared;
use birdhouse_oauth::percent;

/// The routes of this module.
pub(crate) fn routes() -> Router<Shared> {
    Router::new()
        .route("/oauth2/token", post(app_only::token))
        .route("/oauth2/invalidate_token", post(app_only::invalidate_token))
        .route("/oauth2/invalidate_token.json", post(app_only::invalidate_token))
        .route("/i/oauth2/authorize", get(authorize::show).post(authorize::decide))
        .route("/2/oauth2/authorize", get(authorize::show).post(authorize::decide))
        .route("/2/oauth2/token", post(token::issue))
        .route("/2/oauth2/revoke", post(token::revoke))
        .route("/2/oauth2/introspect", post(token::introspect))
        .method_not_allowed_fallback(crate::http::dialects::method_not_allowed)
}

/// Client id and secret of HTTP Basic authentication, percent-decoded.
fn basic_credentials(headers: &HeaderMap) -> Option<(String, String)> {
    let value = headers.get(header::AUTHORIZATION)?.to_str().ok()?;
    let (scheme, rest) = value.split_once(' ')?;
    if !scheme.eq_ignore_ascii_case("basic") {
        return None;
    }
    let text = String::from_utf8(STANDARD.decode(rest.trim()).ok()?).ok()?;
    let (key, secret) = text.split_once(':')?;
    Some((percent::decode(key), percent::decode(secret)))
}
