//! Metrics for Prometheus.

use metrics_exporter_prometheus::{PrometheusBuilder, PrometheusHandle};
use std::sync::OnceLock;

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

/// Aggregates samples, which otherwise accumulate between two scrapes.
pub fn fold_metrics() {
    if let Some(handle) = METRICS.get() {
        handle.run_upkeep();
    }
}

/// All metrics in Prometheus' text format.
pub fn render(jobs: i64, free_bytes: u64) -> String {
    #[expect(clippy::cast_precision_loss, reason = "a gauge is a float")]
    let (jobs, free) = (jobs as f64, free_bytes as f64);
    metrics::gauge!("birdhouse_jobs").set(jobs);
    metrics::gauge!("birdhouse_disk_free_bytes").set(free);
    METRICS.get().map(PrometheusHandle::render).unwrap_or_default()
}
