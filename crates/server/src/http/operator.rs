//! The operator's endpoints: `/healthz`, `/readyz`, `/metrics`.

use crate::app::Shared;
use crate::telemetry;
use axum::Router;
use axum::extract::State;
use axum::http::{StatusCode, header};
use axum::response::{IntoResponse, Response};
use axum::routing::get;

/// Paths of this module.
pub fn routes() -> Router<Shared> {
    Router::new()
        .route("/healthz", get(|| async { "ok\n" }))
        .route("/readyz", get(ready))
        .route("/metrics", get(metrics))
}

/// Whether a path must be answered however busy the server is.
pub fn is_operator_path(path: &str) -> bool {
    matches!(path, "/healthz" | "/readyz" | "/metrics")
}

/// 200 if catalog and blob store answer, or else 503 with what does not.
async fn ready(State(app): State<Shared>) -> Response {
    if let Err(error) = app.store.ping().await {
        tracing::warn!(%error, "not ready");
        return (StatusCode::SERVICE_UNAVAILABLE, "the database does not answer\n").into_response();
    }
    if let Err(error) = app.blobs.disk_space() {
        tracing::warn!(%error, "not ready");
        return (StatusCode::SERVICE_UNAVAILABLE, "the blob store does not answer\n")
            .into_response();
    }
    "ready\n".into_response()
}

async fn metrics(State(app): State<Shared>) -> Response {
    let jobs = app.store.job_count().await.unwrap_or(-1);
    let free = app.blobs.disk_space().map_or(0, |(free, _)| free);
    let text = telemetry::metrics(jobs, free);
    ([(header::CONTENT_TYPE, "text/plain; version=0.0.4")], text).into_response()
}
