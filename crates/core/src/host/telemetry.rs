//! Metrics for Prometheus.

use metrics_exporter_prometheus::{PrometheusBuilder, PrometheusHandle};
use std::sync::OnceLock;

/// Counter of requests.
pub const REQUESTS: &str = "birdhouse_requests_total";
/// Histogram of the time of requests.
pub const REQUEST_SECONDS: &str = "birdhouse_request_seconds";
/// Counter of connections that were closed because their address had its share.
pub const CONNECTIONS_REFUSED: &str = "birdhouse_connections_refused_total";
/// Counter of media that expired.
pub(crate) const MEDIA_EXPIRED: &str = "birdhouse_media_expired_total";
/// Counter of images that no decoder could read.
pub(crate) const IMAGES_UNDECODABLE: &str = "birdhouse_images_undecodable_total";
/// Counter of deliveries to webhooks.
pub(crate) const DELIVERIES: &str = "birdhouse_webhook_deliveries_total";
/// Counter of images that a captioning service was sent.
pub(crate) const CAPTIONS: &str = "birdhouse_captions_total";
/// Gauge of whether the captioning service is left alone.
pub(crate) const CAPTIONER_PAUSED: &str = "birdhouse_captioner_paused";
const JOBS: &str = "birdhouse_jobs";
const DISK_FREE: &str = "birdhouse_disk_free_bytes";
const BUILD: &str = "birdhouse_build_info";

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
    describe();
}

/// Adds the HELP of each metric, and those that never change or may not have happened yet.
fn describe() {
    metrics::describe_counter!(
        REQUESTS,
        "Requests answered, by part of the API, outcome (ok, refused, broken) and HTTP status."
    );
    metrics::describe_histogram!(
        REQUEST_SECONDS,
        "Seconds from the head of a request to the last byte of its response."
    );
    metrics::describe_counter!(
        CONNECTIONS_REFUSED,
        "Connections closed at once because their address had its share of all connections."
    );
    metrics::describe_counter!(MEDIA_EXPIRED, "Media deleted because no Tweet shows them.");
    metrics::describe_counter!(IMAGES_UNDECODABLE, "Images that no decoder could read.");
    metrics::describe_counter!(
        DELIVERIES,
        "Deliveries to webhooks that were tried, by outcome (accepted, failed, gone)."
    );
    metrics::describe_counter!(
        CAPTIONS,
        "Images sent to the captioning service, by outcome (suggested, dropped, failed)."
    );
    metrics::describe_gauge!(
        CAPTIONER_PAUSED,
        "1 while the captioning service is left alone because it failed."
    );
    metrics::describe_gauge!(JOBS, "Jobs that wait or run; -1 if the database does not answer.");
    metrics::describe_gauge!(DISK_FREE, "Free bytes on the disk of the blobs.");
    metrics::describe_gauge!(BUILD, "1, with the version of the program as a label.");
    metrics::counter!(CONNECTIONS_REFUSED).increment(0);
    metrics::counter!(MEDIA_EXPIRED).increment(0);
    metrics::counter!(IMAGES_UNDECODABLE).increment(0);
    metrics::gauge!(BUILD, "version" => env!("CARGO_PKG_VERSION")).set(1.0);
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
    metrics::gauge!(JOBS).set(jobs);
    metrics::gauge!(DISK_FREE).set(free);
    METRICS.get().map(PrometheusHandle::render).unwrap_or_default()
}
