//! The clock, pauses and randomness of the client: all its other code takes them from here, so that
//! tests can do without waiting.
#![expect(clippy::disallowed_methods, reason = "this is the clock that the client's code must use")]

use rand::Rng;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, SystemTime, UNIX_EPOCH};

/// A clock that pauses.
#[derive(Clone, Debug)]
pub struct Clock {
    kind: Kind,
}

#[derive(Clone, Debug)]
enum Kind {
    System,
    /// The time in milliseconds, and every pause that was skipped.
    Skipping(Arc<Mutex<Skipped>>),
}

#[derive(Debug)]
struct Skipped {
    now_ms: u64,
    pauses: Vec<Duration>,
}

impl Clock {
    /// The system's clock.
    pub fn system() -> Self {
        Self { kind: Kind::System }
    }

    /// A clock for tests: it begins at this second since 1970, and a pause is over at once.
    pub fn skipping(seconds: u64) -> Self {
        let skipped = Skipped { now_ms: seconds * 1000, pauses: Vec::new() };
        Self { kind: Kind::Skipping(Arc::new(Mutex::new(skipped))) }
    }

    /// Seconds since 1970.
    pub fn now(&self) -> i64 {
        let ms = match &self.kind {
            Kind::System => {
                let elapsed = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
                return i64::try_from(elapsed.as_secs()).unwrap_or(i64::MAX);
            }
            Kind::Skipping(skipped) => lock(skipped).now_ms,
        };
        i64::try_from(ms / 1000).unwrap_or(i64::MAX)
    }

    /// Pauses.
    pub async fn pause(&self, duration: Duration) {
        match &self.kind {
            Kind::System => tokio::time::sleep(duration).await,
            Kind::Skipping(skipped) => {
                let mut skipped = lock(skipped);
                skipped.now_ms += u64::try_from(duration.as_millis()).unwrap_or(u64::MAX);
                skipped.pauses.push(duration);
            }
        }
    }

    /// Ends after a duration in which nothing happened; never by a clock that skips.
    pub async fn watch(&self, duration: Duration) {
        match &self.kind {
            Kind::System => tokio::time::sleep(duration).await,
            Kind::Skipping(_) => std::future::pending().await,
        }
    }

    /// The pauses that a clock for tests skipped.
    pub fn pauses(&self) -> Vec<Duration> {
        match &self.kind {
            Kind::System => Vec::new(),
            Kind::Skipping(skipped) => lock(skipped).pauses.clone(),
        }
    }
}

fn lock(skipped: &Mutex<Skipped>) -> std::sync::MutexGuard<'_, Skipped> {
    skipped.lock().unwrap_or_else(PoisonError::into_inner)
}

/// Between half of a duration and all of it: clients that failed together come back one by one.
pub(crate) fn jitter(duration: Duration) -> Duration {
    duration.mul_f64(rand::rng().random_range(0.5..=1.0))
}

/// What makes a signed request differ from every other one.
pub(crate) fn nonce() -> String {
    format!("{:032x}", rand::rng().random::<u128>())
}
