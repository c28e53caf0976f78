//! Request bodies, with limits on size, idle time and speed.

use super::slot::Slot;
use axum::body::{Body, Bytes};
use axum::http::Extensions;
use birdhouse_core::app::App;
use birdhouse_core::error::Result;
use birdhouse_core::host::clock::Clock;
use birdhouse_domain::Fault;
use futures_util::{Stream, StreamExt};
use std::time::Duration;

/// Minimum average speed of a body, looked at once in `SPAN`; and of who reads a response.
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
    /// When the span began that is looked at next, and the bytes received in it.
    span: Option<(Duration, u64)>,
}

impl LimitedBody {
    /// Wraps `body` with the configured limits.
    pub fn new(app: &App, body: Body) -> Self {
        let idle = Duration::from_millis(app.config.limits.idle_ms);
        let (clock, stream) = (app.clock.clone(), body.into_data_stream());
        Self { stream, clock, idle, span: None }
    }

    /// The next bytes; `None` at the end. [`Fault::BodyIncomplete`] if the client disconnects,
    /// stalls or is too slow.
    pub async fn next(&mut self) -> Result<Option<Bytes>> {
        let (started, received) = self.span.unwrap_or_else(|| (self.clock.monotonic(), 0));
        let next = self.clock.timeout(self.idle, self.stream.next()).await;
        let Some(next) = next.ok_or(Fault::BodyIncomplete)? else { return Ok(None) };
        let bytes = next.map_err(|_| Fault::BodyIncomplete)?;
        let (now, received) = (self.clock.monotonic(), received + bytes.len() as u64);
        let spent = now.saturating_sub(started);
        if spent > SPAN && received < spent.as_secs() * MIN_BYTES_PER_SECOND {
            return Err(Fault::BodyIncomplete.into());
        }
        self.span = Some(if spent > SPAN { (now, 0) } else { (started, received) });
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

    /// The body as a stream, for the multipart parser.
    pub fn into_stream(self) -> impl Stream<Item = std::result::Result<Bytes, BodyAborted>> + Send {
        futures_util::stream::unfold(self, |mut body| async move {
            match body.next().await {
                Ok(Some(bytes)) => Some((Ok(bytes), body)),
                Ok(None) => None,
                Err(_) => Some((Err(BodyAborted), body)),
            }
        })
    }
}

/// The client disconnected, stalled or was too slow.
#[derive(Debug, thiserror::Error)]
#[error("the request body was aborted")]
pub struct BodyAborted;

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
    let slot = extensions.get::<Slot>();
    if let Some(slot) = slot {
        slot.release();
    }
    let time = Duration::from_millis(app.config.limits.head_ms);
    let read = app.clock.timeout(time, read_all(app, body, limit)).await;
    if let Some(slot) = slot {
        slot.retake(app)?;
    }
    read.unwrap_or_else(|| Err(Fault::BodyIncomplete.into()))
}
