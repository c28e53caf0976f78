//! The clock: all code reads the time and sets timers through it, so that tests can control both.
#![expect(clippy::disallowed_methods, reason = "this is the clock that all other code must use")]

use birdhouse_domain::Timestamp;
use std::sync::Arc;
use std::sync::atomic::{AtomicI64, Ordering};
use std::time::{Duration, Instant, SystemTime, UNIX_EPOCH};
use tokio::sync::watch;

/// A clock with timers.
#[derive(Clone, Debug)]
pub struct Clock {
    kind: Kind,
}

#[derive(Clone, Debug)]
enum Kind {
    /// The system's clock, and when this value was created.
    System(Instant),
    /// A clock that a test advances.
    Virtual(Arc<VirtualClock>),
}

#[derive(Debug)]
struct VirtualClock {
    /// Milliseconds.
    timers: watch::Sender<i64>,
    /// What is added for the time since 1970.
    stepped: AtomicI64,
}

impl Clock {
    /// The system's clock.
    pub fn system() -> Self {
        Self { kind: Kind::System(Instant::now()) }
    }

    /// A clock that advances only by [`Clock::advance`]; `now` in milliseconds since 1970.
    pub fn at(now: i64) -> Self {
        let (timers, stepped) = (watch::Sender::new(now), AtomicI64::new(0));
        Self { kind: Kind::Virtual(Arc::new(VirtualClock { timers, stepped })) }
    }

    /// The current time.
    pub fn now(&self) -> Timestamp {
        match &self.kind {
            Kind::System(_) => {
                let elapsed = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
                Timestamp(i64::try_from(elapsed.as_millis()).unwrap_or(i64::MAX))
            }
            Kind::Virtual(clock) => {
                Timestamp(*clock.timers.borrow() + clock.stepped.load(Ordering::Relaxed))
            }
        }
    }

    /// Time since a fixed moment, unaffected by changes of the system's clock.
    pub fn monotonic(&self) -> Duration {
        match &self.kind {
            Kind::System(start) => start.elapsed(),
            Kind::Virtual(clock) => Duration::from_millis(clock.timers.borrow().unsigned_abs()),
        }
    }

    /// Advances a virtual clock and wakes its sleepers; does nothing to the system's clock.
    pub fn advance(&self, milliseconds: i64) {
        if let Kind::Virtual(clock) = &self.kind {
            clock.timers.send_modify(|now| *now += milliseconds);
        }
    }

    /// Steps a virtual clock as an operator corrects it: no time passes for timers.
    pub fn step(&self, milliseconds: i64) {
        if let Kind::Virtual(clock) = &self.kind {
            clock.stepped.fetch_add(milliseconds, Ordering::Relaxed);
        }
    }

    /// Sleeps.
    pub fn sleep(&self, duration: Duration) -> impl Future<Output = ()> + Send + Sync + 'static {
        let (kind, until) = (self.kind.clone(), self.monotonic() + duration);
        async move {
            match kind {
                Kind::System(_) => tokio::time::sleep(duration).await,
                Kind::Virtual(clock) => {
                    let until = i64::try_from(until.as_millis()).unwrap_or(i64::MAX);
                    // Cannot fail, because this holds the sender.
                    drop(clock.timers.subscribe().wait_for(|now| *now >= until).await);
                }
            }
        }
    }

    /// The output of `work`, or `None` if it takes longer than `limit`.
    pub async fn timeout<T>(&self, limit: Duration, work: impl Future<Output = T>) -> Option<T> {
        tokio::select! {
            biased;
            done = work => Some(done),
            () = self.sleep(limit) => None,
        }
    }
}

/// The age of a file by the system's clock.
pub fn age(written: SystemTime) -> Duration {
    SystemTime::now().duration_since(written).unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn advancing_a_virtual_clock_wakes_its_sleepers() {
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
