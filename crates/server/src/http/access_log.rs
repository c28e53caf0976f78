//! One log line and one measurement per request. Neither contains secrets, queries or bodies.

use axum::extract::Request;
use axum::response::Response;
use birdhouse_core::host::clock::Clock;
use std::time::Duration;

/// Measures one request.
pub(super) struct RequestTimer {
    clock: Clock,
    started: Duration,
    method: &'static str,
    path: String,
}

impl RequestTimer {
    /// Starts measuring.
    pub(super) fn start(clock: Clock, request: &Request) -> Self {
        let method = match request.method().as_str() {
            "GET" => "GET",
            "POST" => "POST",
            "HEAD" => "HEAD",
            _ => "other",
        };
        let started = clock.monotonic();
        Self { clock, started, method, path: request.uri().path().to_owned() }
    }

    /// Counts the request and logs it.
    pub(super) fn finish(self, response: &Response) {
        let (status, spent) =
            (response.status().as_u16(), self.clock.monotonic().saturating_sub(self.started));
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

/// A small, fixed set of names, so that arbitrary paths do not become metric labels.
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
