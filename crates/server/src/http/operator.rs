//! Endpoints for the operator: `/healthz`, `/readyz`, `/metrics`.

use axum::Router;
use axum::extract::State;
use axum::http::{StatusCode, header};
use axum::response::{IntoResponse, Response};
use axum::routing::get;
use birdhouse_core::actions::health::{self, ProcessingTrouble};
use birdhouse_core::app::Shared;
use birdhouse_core::error::Error;
use birdhouse_core::host::telemetry;

/// The routes of this module.
pub fn routes() -> Router<Shared> {
    Router::new()
        .route("/healthz", get(|| async { "ok\n" }))
        .route("/readyz", get(ready))
        .route("/metrics", get(metrics))
}

/// What ends a failure to write in the blob store.
const RESTORE_BLOBS: &str = "mount its disk so that it can be written; the server makes a directory that \
                             is missing when it is restarted";

/// Whether a path is exempt from the limit on concurrent requests.
pub fn is_operator_path(path: &str) -> bool {
    matches!(path, "/healthz" | "/readyz" | "/metrics")
}

/// 200 if the catalog can be written, the blob store answers and media can be processed; otherwise 503 with what is wrong,
/// and how to repair it.
async fn ready(State(app): State<Shared>) -> Response {
    let not_ready = |error: Error, text: &'static str| {
        tracing::warn!(%error, "not ready: {}", text.trim_end());
        (StatusCode::SERVICE_UNAVAILABLE, text).into_response()
    };
    if let Err(error) = health::ping_catalog(&app).await {
        return not_ready(error, "the database does not answer\n");
    }
    if let Err(error) = health::verify_stores(&app).await {
        tracing::warn!(
            error = format!("{error:#}"),
            "not ready: a file or directory is not the one in use"
        );
        return (StatusCode::SERVICE_UNAVAILABLE, format!("{error:#}\n")).into_response();
    }
    match health::disk_space(&app).await {
        Err(error) => return not_ready(error, "the blob store does not answer\n"),
        Ok(space) if space.is_full() => {
            let (free, dir) = (space.free >> 20, app.config.blob_dir.display());
            let text = format!("the disk of {dir} is full: {free} MiB are free; free some space");
            tracing::warn!("not ready: {text}");
            return (StatusCode::SERVICE_UNAVAILABLE, text + "\n").into_response();
        }
        Ok(_) => {}
    }
    if let Err(error) = health::try_write_catalog(&app).await {
        return not_ready(error, "the database can be read, but not written\n");
    }
    if let Err(error) = health::try_write_blobs(&app).await {
        let text = format!("the blob store cannot be written: {error}; {RESTORE_BLOBS}\n");
        tracing::warn!("not ready: {}", text.trim_end());
        return (StatusCode::SERVICE_UNAVAILABLE, text).into_response();
    }
    match health::processing(&app).await {
        Ok(found) => processing(&found, app.config.allow_unsandboxed_processing),
        Err(error) => not_ready(error, "whether media can be processed is unknown\n"),
    }
}

/// Without a sandbox nothing is processed, unless the operator allows that; without the tools
/// everything but videos is.
fn processing(found: &ProcessingTrouble, is_sandbox_optional: bool) -> Response {
    let (status, first) = if found.sandbox.is_some() && !is_sandbox_optional {
        (StatusCode::SERVICE_UNAVAILABLE, "media are not processed".to_owned())
    } else {
        (StatusCode::OK, "ready".to_owned())
    };
    let troubles = [&found.sandbox, &found.tools].into_iter().flatten().map(ToString::to_string);
    let lines: Vec<String> = [first].into_iter().chain(troubles).collect();
    let text = lines.join("\n") + "\n";
    (status, text).into_response()
}

async fn metrics(State(app): State<Shared>) -> Response {
    let jobs = health::job_count(&app).await.unwrap_or(-1);
    let free = health::disk_space(&app).await.map_or(0, |space| space.free);
    let text = telemetry::render(jobs, free);
    ([(header::CONTENT_TYPE, "text/plain; version=0.0.4")], text).into_response()
}
