//! Whether a service that others depend on is called: not while it fails, and not more often than allowed.

use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::Duration;

/// Failures in a row after which a service is left alone.
const FAILURES: u32 = 5;
/// How long it is left alone at first, and at most; then one call tries it.
const SHORTEST: Duration = Duration::from_secs(30);
const LONGEST: Duration = Duration::from_mins(15);
/// A call that tries the service counts as lost after this.
const TRIAL: Duration = Duration::from_mins(5);
const MINUTE: Duration = Duration::from_mins(1);

/// A circuit breaker with a limit of calls a minute. Times are those of a clock that only advances.
#[derive(Debug, Default)]
pub(crate) struct Breaker(Mutex<State>);

#[derive(Debug, Default)]
struct State {
    failures: u32,
    /// While it is open, when the next call may be made.
    opens_at: Option<Duration>,
    /// When the minute of `calls` began.
    minute: Duration,
    calls: u32,
}

impl Breaker {
    /// Admits a call, of at most `per_minute`; otherwise how long to wait.
    pub(crate) fn admit(&self, now: Duration, per_minute: u32) -> Result<(), Duration> {
        let mut state = self.state();
        if let Some(at) = state.opens_at
            && at > now
        {
            return Err(at.saturating_sub(now));
        }
        if now >= state.minute + MINUTE {
            (state.minute, state.calls) = (now, 0);
        }
        if state.calls >= per_minute {
            return Err((state.minute + MINUTE).saturating_sub(now));
        }
        state.calls += 1;
        if state.opens_at.is_some() {
            // Half open: others wait for what this one finds.
            state.opens_at = Some(now + TRIAL);
        }
        Ok(())
    }

    /// Notes that the service answered; whether it had been left alone.
    pub(crate) fn succeeded(&self) -> bool {
        let mut state = self.state();
        state.failures = 0;
        state.opens_at.take().is_some()
    }

    /// Notes that it failed; whether it is left alone from now on, and was not before.
    pub(crate) fn failed(&self, now: Duration) -> bool {
        let mut state = self.state();
        state.failures = state.failures.saturating_add(1);
        if state.failures < FAILURES {
            return false;
        }
        let pause = SHORTEST * (1 << (state.failures - FAILURES).min(10));
        state.opens_at.replace(now + pause.min(LONGEST)).is_none()
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(seconds: u64) -> Duration {
        Duration::from_secs(seconds)
    }

    #[test]
    fn after_five_failures_one_call_at_a_time_tries_again() {
        let breaker = Breaker::default();
        for n in 1..=5 {
            assert_eq!(breaker.admit(at(0), 100), Ok(()));
            assert_eq!(breaker.failed(at(0)), n == 5);
        }
        assert_eq!(breaker.admit(at(10), 100), Err(at(20)));
        assert_eq!(breaker.admit(at(30), 100), Ok(()));
        // Another one waits for what the first finds.
        assert_eq!(breaker.admit(at(30), 100), Err(TRIAL));
        assert!(!breaker.failed(at(31)), "it was open already");
        assert_eq!(breaker.admit(at(31), 100), Err(at(60)));
        assert_eq!(breaker.admit(at(91), 100), Ok(()));
        assert!(breaker.succeeded());
        assert!(!breaker.succeeded());
        assert_eq!(breaker.admit(at(91), 100), Ok(()));
        assert!(!breaker.failed(at(91)), "it counts anew");
        // The pause is bounded.
        let opened = (0..40).filter(|_| breaker.failed(at(100))).count();
        assert_eq!(opened, 1);
        assert_eq!(breaker.admit(at(100), 100), Err(LONGEST));
    }

    #[test]
    fn no_minute_has_more_calls_than_allowed() {
        let breaker = Breaker::default();
        assert_eq!([(); 3].map(|()| breaker.admit(at(100), 2)), [Ok(()), Ok(()), Err(at(60))]);
        assert_eq!(breaker.admit(at(130), 2), Err(at(30)));
        assert_eq!(breaker.admit(at(160), 2), Ok(()));
    }
}
