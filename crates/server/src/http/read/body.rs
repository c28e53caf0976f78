//! Request bodies, with limits on size, idle time and speed.

use super::slot::Slot;
use axum::body::{Body, Bytes};
use axum::http::{Extensions, HeaderMap, header};
use birdhouse_core::app::App;
use birdhouse_core::error::Result;
use birdhouse_core::host::clock::Clock;
use birdhouse_domain::Fault;
use futures_util::StreamExt;
use std::time::Duration;

/// Minimum average speed of a body unless it is set higher, measured once per `SPAN`; the same minimum
/// holds for a client that reads a response.
pub const MIN_BYTES_PER_SECOND: u64 = 512;
/// Time in which a body may arrive at any speed that is enough on average.
const SPAN: Duration = Duration::from_secs(30);
/// Maximum bytes to discard so that a client that is still sending reads the response.
const DRAIN_BYTES: u64 = 64 * 1024 * 1024;

/// A body with limits on idle time and speed.
pub struct LimitedBody {
    stream: axum::body::BodyDataStream,
    clock: Clock,
    idle: Duration,
    bytes_per_second: u64,
    /// How long the client has taken in this span of time, and the bytes received in it.
    span: (Duration, u64),
}

impl LimitedBody {
    /// Wraps `body` with the configured limits.
    pub fn new(app: &App, body: Body) -> Self {
        let idle = Duration::from_millis(app.config.limits.idle_ms);
        Self::within(app.clock.clone(), idle, body)
    }

    /// Wraps `body` with this limit on idle time.
    pub(super) fn within(clock: Clock, idle: Duration, body: Body) -> Self {
        let (stream, bytes_per_second) = (body.into_data_stream(), MIN_BYTES_PER_SECOND);
        Self { stream, clock, idle, bytes_per_second, span: Default::default() }
    }

    /// The same, with a higher minimum speed.
    pub(super) fn at_least(self, bytes_per_second: u64) -> Self {
        Self { bytes_per_second, ..self }
    }

    /// The next bytes; `None` at the end. [`Fault::BodyIncomplete`] if the client disconnects,
    /// stalls or is too slow.
    pub async fn next(&mut self) -> Result<Option<Bytes>> {
        let (spent, received) = self.span;
        let begun = self.clock.monotonic();
        let next = self.clock.timeout(self.idle, self.stream.next()).await;
        let Some(next) = next.ok_or(Fault::BodyIncomplete)? else { return Ok(None) };
        let bytes = next.map_err(|_| Fault::BodyIncomplete)?;
        // Only what the client took: between two pieces the server may be slow itself.
        let spent = spent + self.clock.monotonic().saturating_sub(begun);
        let received = received + bytes.len() as u64;
        if spent > SPAN && received < spent.as_secs() * self.bytes_per_second {
            return Err(Fault::BodyIncomplete.into());
        }
        self.span = if spent > SPAN { Default::default() } else { (spent, received) };
        Ok(Some(bytes))
    }

    /// Discards the rest, so that a client that is still sending reads the error response.
    pub async fn drain(&mut self) {
        let mut left = DRAIN_BYTES;
        while let Ok(Some(bytes)) = self.next().await {
            let Some(rest) = left.checked_sub(bytes.len() as u64) else { return };
            left = rest;
        }
    }
}

/// The length in bytes that a request declares for its body.
pub(super) fn declared_length(headers: &HeaderMap) -> Option<u64> {
    headers.get(header::CONTENT_LENGTH)?.to_str().ok()?.parse().ok()
}

/// Reads a whole body; [`Fault::BodyTooLarge`] above `limit` bytes.
pub async fn read_all(app: &App, body: Body, limit: usize) -> Result<Vec<u8>> {
    let mut body = LimitedBody::new(app, body);
    let mut all = Vec::new();
    while let Some(bytes) = body.next().await? {
        if all.len() + bytes.len() > limit {
            body.drain().await;
            return Err(Fault::BodyTooLarge { limit: limit as u64 }.into());
        }
        all.extend_from_slice(&bytes);
    }
    Ok(all)
}

/// Reads a whole body of a client that is not known yet; [`Fault::BodyTooLarge`] above `limit` bytes,
/// which must be few. It must arrive in the time that a head may take, and meanwhile takes the place of
/// no other request.
pub async fn read_unknown(
    app: &App,
    extensions: &Extensions,
    body: Body,
    limit: usize,
) -> Result<Vec<u8>> {
    let time = Duration::from_millis(app.config.limits.head_ms);
    let read = app.clock.timeout(time, read_all(app, body, limit));
    let whole = async { read.await.unwrap_or_else(|| Err(Fault::BodyIncomplete.into())) };
    without_slot(app, extensions, whole).await
}

/// Waits for something of a client that nobody knows; meanwhile its request takes the place of no other.
pub(super) async fn without_slot<T>(
    app: &App,
    extensions: &Extensions,
    read: impl Future<Output = Result<T>>,
) -> Result<T> {
    let slot = extensions.get::<Slot>();
    if let Some(slot) = slot {
        slot.release();
    }
    let read = read.await;
    if let Some(slot) = slot {
        slot.retake(app)?;
    }
    read
}

#[cfg(test)]
mod tests {
    use super::*;
    use futures_util::stream;

    #[tokio::test]
    async fn what_the_server_takes_its_time_for_is_no_slowness_of_the_client() {
        let clock = Clock::at(0);
        let pieces = stream::iter(["a", "b", "c"]).map(Ok::<_, std::io::Error>);
        let body = Body::from_stream(pieces);
        let mut body = LimitedBody::within(clock.clone(), Duration::from_secs(1), body);
        while body.next().await.unwrap().is_some() {
            clock.advance(120_000);
        }
    }

    #[tokio::test]
    async fn a_client_that_is_too_slow_is_not_waited_for() {
        let clock = Clock::at(0);
        let slow = clock.clone();
        let pieces = stream::iter(0..100).map(move |_| {
            slow.advance(1000);
            Ok::<_, std::io::Error>("a")
        });
        let body = Body::from_stream(pieces);
        let mut body = LimitedBody::within(clock, Duration::from_mins(1), body);
        let mut received = 0;
        while let Ok(Some(_)) = body.next().await {
            received += 1;
        }
        assert_eq!(received, 30);
    }
}
