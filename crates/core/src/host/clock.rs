//! The one place that asks the system for the time, and that every timer goes through, so that a
//! test can move both.
#![expect(clippy::disallowed_methods, reason = "this is the clock that all others must use")]

use birdhouse_domain::Timestamp;
use std::sync::Arc;
use std::time::{Duration, Instant, SystemTime, UNIX_EPOCH};
use tokio::sync::watch;

/// Tells the time and waits for it.
#[derive(Clone, Debug)]
pub struct Clock {
    kind: Kind,
}

#[derive(Clone, Debug)]
enum Kind {
    /// The clock of the machine, and when this clock was made.
    System(Instant),
    /// A clock that a test moves; milliseconds since 1970.
    Virtual(Arc<watch::Sender<i64>>),
}

impl Clock {
    /// The clock of the machine.
    pub fn system() -> Self {
        Self { kind: Kind::System(Instant::now()) }
    }

    /// A clock that stands still until [`Clock::advance`]; `now` in milliseconds since 1970.
    pub fn at(now: i64) -> Self {
        Self { kind: Kind::Virtual(Arc::new(watch::Sender::new(now))) }
    }

    /// The present moment.
    pub fn now(&self) -> Timestamp {
        match &self.kind {
            Kind::System(_) => {
                let elapsed = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
                Timestamp(i64::try_from(elapsed.as_millis()).unwrap_or(i64::MAX))
            }
            Kind::Virtual(now) => Timestamp(*now.borrow()),
        }
    }

    /// Time since some fixed moment, which no step of the machine's clock changes.
    pub fn monotonic(&self) -> Duration {
        match &self.kind {
            Kind::System(start) => start.elapsed(),
            Kind::Virtual(now) => Duration::from_millis(now.borrow().unsigned_abs()),
        }
    }

    /// Moves a virtual clock, and wakes who waits for it; the clock of the machine stays as it is.
    pub fn advance(&self, milliseconds: i64) {
        if let Kind::Virtual(now) = &self.kind {
            now.send_modify(|now| *now += milliseconds);
        }
    }

    /// Waits.
    pub fn sleep(&self, duration: Duration) -> impl Future<Output = ()> + Send + Sync + 'static {
        let (kind, until) = (self.kind.clone(), self.monotonic() + duration);
        async move {
            match kind {
                Kind::System(_) => tokio::time::sleep(duration).await,
                Kind::Virtual(now) => {
                    let until = i64::try_from(until.as_millis()).unwrap_or(i64::MAX);
                    // The sender is held here, so that the wait cannot fail.
                    drop(now.subscribe().wait_for(|now| *now >= until).await);
                }
            }
        }
    }

    /// What `work` returns, or `None` if it takes longer.
    pub async fn timeout<T>(&self, limit: Duration, work: impl Future<Output = T>) -> Option<T> {
        tokio::select! {
            biased;
            done = work => Some(done),
            () = self.sleep(limit) => None,
        }
    }
}

/// How long ago a file was written, by the clock that wrote it.
pub fn age(written: SystemTime) -> Duration {
    SystemTime::now().duration_since(written).unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn a_virtual_clock_wakes_who_waits_for_it() {
        let clock = Clock::at(1000);
        let wait = clock.sleep(Duration::from_hours(1));
        clock.advance(3_599_999);
        assert_eq!(clock.timeout(Duration::ZERO, wait).await, None);
        let wait = tokio::spawn(clock.sleep(Duration::from_secs(1)));
        clock.advance(1000);
        wait.await.unwrap();
        assert_eq!(clock.now(), Timestamp(3_601_999));
    }
}
