//! Request bodies: read within limits of bytes and time.

use axum::body::{Body, Bytes};
use birdhouse_core::app::App;
use birdhouse_core::error::Result;
use birdhouse_core::host::clock::Clock;
use birdhouse_domain::Fault;
use futures_util::{Stream, StreamExt};
use std::time::Duration;

/// A body must bring this many bytes a second, once [`GRACE`] is over.
const MIN_BYTES_A_SECOND: u64 = 512;
/// How long a slow body is tolerated whatever its speed.
const GRACE: Duration = Duration::from_secs(30);
/// Bytes that are read and discarded so that a client which is still sending reads the answer.
const DRAIN_BYTES: u64 = 64 * 1024 * 1024;

/// A body with its limits on silence and slowness.
pub struct Limited {
    stream: axum::body::BodyDataStream,
    clock: Clock,
    idle: Duration,
    started: Option<Duration>,
    bytes: u64,
}

impl Limited {
    /// Reads `body`, within the limits of the settings.
    pub fn new(app: &App, body: Body) -> Self {
        let idle = Duration::from_millis(app.config.limits.idle_ms);
        let (clock, stream) = (app.clock.clone(), body.into_data_stream());
        Self { stream, clock, idle, started: None, bytes: 0 }
    }

    /// The next bytes; `None` at the end. [`Fault::BodyIncomplete`] if the sender breaks off, is
    /// silent too long or much too slow.
    pub async fn next(&mut self) -> Result<Option<Bytes>> {
        let started = *self.started.get_or_insert_with(|| self.clock.monotonic());
        let next = self.clock.timeout(self.idle, self.stream.next()).await;
        let Some(next) = next.ok_or(Fault::BodyIncomplete)? else { return Ok(None) };
        let bytes = next.map_err(|_| Fault::BodyIncomplete)?;
        self.bytes += bytes.len() as u64;
        let spent = self.clock.monotonic().saturating_sub(started);
        if spent > GRACE && self.bytes < spent.as_secs() * MIN_BYTES_A_SECOND {
            return Err(Fault::BodyIncomplete.into());
        }
        Ok(Some(bytes))
    }

    /// Reads on and discards, so that a refused client reads why.
    pub async fn drain(&mut self) {
        let mut left = DRAIN_BYTES;
        while let Ok(Some(bytes)) = self.next().await {
            let Some(rest) = left.checked_sub(bytes.len() as u64) else { return };
            left = rest;
        }
    }

    /// The bytes as a stream, for the multipart reader.
    pub fn into_stream(self) -> impl Stream<Item = std::result::Result<Bytes, BrokenOff>> + Send {
        futures_util::stream::unfold(self, |mut body| async move {
            match body.next().await {
                Ok(Some(bytes)) => Some((Ok(bytes), body)),
                Ok(None) => None,
                Err(_) => Some((Err(BrokenOff), body)),
            }
        })
    }
}

/// The sender broke off or was too slow.
#[derive(Debug, thiserror::Error)]
#[error("the body broke off")]
pub struct BrokenOff;

/// Reads a body of at most `limit` bytes whole.
pub async fn read_all(app: &App, body: Body, limit: usize) -> Result<Vec<u8>> {
    let mut body = Limited::new(app, body);
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
