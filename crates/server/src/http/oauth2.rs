//! `/oauth2/*`: app-only bearer tokens.

use crate::app::Shared;
use axum::Router;

/// Paths of this module.
pub fn routes() -> Router<Shared> {
    Router::new()
}
