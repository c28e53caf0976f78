//! `/oauth/*`: the three-legged flow of OAuth 1.0a.

use crate::app::Shared;
use axum::Router;

/// Paths of this module.
pub fn routes() -> Router<Shared> {
    Router::new()
}
