//! The one place that asks the system for the time.

use birdhouse_domain::Timestamp;
use std::sync::atomic::{AtomicI64, Ordering};
use std::time::{Duration, SystemTime, UNIX_EPOCH};

/// Tells the time; fixed ones stand still until told otherwise.
#[derive(Debug)]
pub enum Clock {
    /// The clock of the machine.
    System,
    /// A clock that a test moves; milliseconds since 1970.
    Fixed(AtomicI64),
}

impl Clock {
    /// The present moment.
    pub fn now(&self) -> Timestamp {
        match self {
            Self::System => {
                let elapsed = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
                Timestamp(i64::try_from(elapsed.as_millis()).unwrap_or(i64::MAX))
            }
            Self::Fixed(now) => Timestamp(now.load(Ordering::Relaxed)),
        }
    }

    /// Moves a fixed clock; the system's clock stays as it is.
    pub fn advance(&self, milliseconds: i64) {
        if let Self::Fixed(now) = self {
            now.fetch_add(milliseconds, Ordering::Relaxed);
        }
    }
}

/// How long ago a file was written, by the clock that wrote it.
pub fn age(written: SystemTime) -> Duration {
    SystemTime::now().duration_since(written).unwrap_or_default()
}
