//! What has expired is not deleted at once after the clock went ahead by itself: a clock that is wrong
//! for a while must delete nothing.

use birdhouse_domain::Timestamp;
use std::sync::{Mutex, PoisonError};
use std::time::Duration;

const MINUTE: i64 = 60 * Timestamp::SECOND;
/// The least gap between clock and passed time that counts, in milliseconds.
const TOLERANCE: i64 = MINUTE;
/// How long the clock has to stay ahead until it is believed.
const HOLD: Duration = Duration::from_hours(1);

/// Compares the clock with the time that really passed.
#[derive(Debug)]
pub(crate) struct ExpiryHold(Mutex<State>);

#[derive(Debug)]
struct State {
    /// A time by the clock that is believed, and the moment at which it was that.
    believed: (Timestamp, Duration),
    /// The moment at which the clock was first seen ahead of it.
    ahead_since: Option<Duration>,
    /// The last believed time that was recorded.
    recorded: Timestamp,
}

impl ExpiryHold {
    /// Believes that the clock showed `then`, not long before this `moment`.
    pub(crate) fn new(then: Timestamp, moment: Duration) -> Self {
        Self(Mutex::new(State { believed: (then, moment), ahead_since: None, recorded: then }))
    }

    /// Whether to delete what has expired `now`, at this moment of a clock that nobody sets.
    pub(crate) fn may_delete(&self, now: Timestamp, moment: Duration) -> bool {
        let mut state = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let (then, before) = state.believed;
        let passed = moment.saturating_sub(before).as_millis();
        let ahead = now.since(then) - i64::try_from(passed).unwrap_or(i64::MAX);
        let is_new = state.ahead_since.is_none();
        let since = *state.ahead_since.get_or_insert(moment);
        if ahead > TOLERANCE && moment.saturating_sub(since) < HOLD {
            if is_new {
                let seconds = ahead / Timestamp::SECOND;
                tracing::info!(
                    "the clock went ahead by {seconds} s while nothing ran, or was set: what has \
                     expired is deleted in an hour, unless it is set back"
                );
            }
            return false;
        }
        (state.believed, state.ahead_since) = ((now, moment), None);
        true
    }

    /// The believed time, if it is to be recorded for the next start: once a minute.
    pub(crate) fn to_record(&self) -> Option<Timestamp> {
        let mut state = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let (now, _) = state.believed;
        let is_due = now.since(state.recorded).abs() >= MINUTE / 2;
        if is_due {
            state.recorded = now;
        }
        is_due.then_some(now)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const NOW: Timestamp = Timestamp(1_767_225_600_000);

    #[test]
    fn a_clock_that_is_ahead_deletes_nothing_until_it_stayed_so_for_an_hour() {
        let hold = ExpiryHold::new(NOW, Duration::ZERO);
        let minutes = |count: u64| Duration::from_mins(count);
        assert!(hold.may_delete(NOW.plus(MINUTE), minutes(1)));
        let ahead = NOW.plus(Timestamp::DAY);
        assert!(!hold.may_delete(ahead, minutes(2)));
        // Set back, and ahead once more: the hour begins again.
        assert!(hold.may_delete(NOW.plus(3 * MINUTE), minutes(3)));
        assert!(!hold.may_delete(ahead, minutes(50)));
        assert!(!hold.may_delete(ahead, minutes(109)));
        assert!(hold.may_delete(ahead, minutes(110)));
        assert!(hold.may_delete(ahead.plus(MINUTE), minutes(111)));
    }

    #[test]
    fn only_a_believed_time_is_recorded_for_the_next_start() {
        let hold = ExpiryHold::new(NOW, Duration::ZERO);
        assert!(hold.may_delete(NOW.plus(MINUTE), Duration::from_mins(1)));
        assert_eq!(hold.to_record(), Some(NOW.plus(MINUTE)));
        assert_eq!(hold.to_record(), None);
        assert!(!hold.may_delete(NOW.plus(Timestamp::DAY), Duration::from_mins(2)));
        assert_eq!(hold.to_record(), None);
    }

    #[test]
    fn a_clock_that_was_set_back_is_believed() {
        let hold = ExpiryHold::new(NOW, Duration::ZERO);
        assert!(hold.may_delete(NOW.plus(-Timestamp::DAY), Duration::from_secs(1)));
        assert!(!hold.may_delete(NOW, Duration::from_secs(2)));
    }
}
