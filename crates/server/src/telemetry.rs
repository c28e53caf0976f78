//! Logs and metrics. Neither ever holds a secret, a query or a body.

use axum::extract::Request;
use axum::response::Response;
use metrics_exporter_prometheus::{PrometheusBuilder, PrometheusHandle};
use std::sync::OnceLock;
use std::time::Instant;

static METRICS: OnceLock<PrometheusHandle> = OnceLock::new();

/// Starts collecting metrics; once for each process.
pub fn start_metrics() {
    let recorder = PrometheusBuilder::new()
        .set_buckets(&[0.001, 0.005, 0.02, 0.1, 0.5, 2.0, 10.0])
        .map(PrometheusBuilder::build_recorder);
    if let Ok(recorder) = recorder
        && METRICS.set(recorder.handle()).is_ok()
        && metrics::set_global_recorder(recorder).is_err()
    {
        tracing::warn!("another metrics recorder is installed; /metrics stays empty");
    }
}

/// Folds samples into their buckets; without this they would pile up between two readings.
pub fn fold_metrics() {
    if let Some(handle) = METRICS.get() {
        handle.run_upkeep();
    }
}

/// All metrics in Prometheus' text form.
pub fn metrics(jobs: i64, free_bytes: u64) -> String {
    #[expect(clippy::cast_precision_loss, reason = "a gauge is a float")]
    let (jobs, free) = (jobs as f64, free_bytes as f64);
    metrics::gauge!("birdhouse_jobs").set(jobs);
    metrics::gauge!("birdhouse_disk_free_bytes").set(free);
    METRICS.get().map(PrometheusHandle::render).unwrap_or_default()
}

/// Measures one request.
pub struct Watch {
    started: Instant,
    method: &'static str,
    path: String,
}

impl Watch {
    /// Starts the watch.
    pub fn start(request: &Request) -> Self {
        let method = match request.method().as_str() {
            "GET" => "GET",
            "POST" => "POST",
            "HEAD" => "HEAD",
            _ => "other",
        };
        Self { started: Instant::now(), method, path: request.uri().path().to_owned() }
    }

    /// Counts the request and writes its line into the log.
    pub fn finish(self, response: &Response) {
        let (status, spent) = (response.status().as_u16(), self.started.elapsed());
        let class = match status {
            ..400 => "ok",
            400..500 => "refused",
            _ => "broken",
        };
        let surface = surface(&self.path);
        metrics::counter!("birdhouse_requests_total", "surface" => surface, "outcome" => class)
            .increment(1);
        metrics::histogram!("birdhouse_request_seconds", "surface" => surface).record(spent);
        let (method, path) = (self.method, self.path.as_str());
        let ms = spent.as_millis();
        tracing::info!(target: "birdhouse::access", method, path, status, ms, "{method} {path} {status}");
    }
}

/// A small, fixed set of names, so that paths which strangers make up do not become metrics.
fn surface(path: &str) -> &'static str {
    let first_two = path.split('/').skip(1).take(2).collect::<Vec<_>>();
    match first_two.as_slice() {
        ["1.1", "media"] => "v1.1/media",
        ["1.1", "statuses"] => "v1.1/statuses",
        ["1.1", ..] => "v1.1/other",
        ["2" | "i", "oauth2"] | ["oauth" | "oauth2", ..] => "oauth",
        ["2", "media"] => "v2/media",
        ["2", "tweets"] => "v2/tweets",
        ["2", ..] => "v2/other",
        ["media", ..] => "delivery",
        _ => "other",
    }
}
