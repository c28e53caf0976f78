//! What has expired by a clock that went ahead by itself is not deleted at once: a clock that is wrong for
//! a while must delete nothing.
//!
//! The believed clock counts on by the time that really passes while the server runs. What the clock shows
//! beyond that is believed after an hour of running, however often the server is stopped in that hour;
//! what it is ahead by since, after another one. What has expired by the believed clock is always deleted.

use birdhouse_catalog::installation::ClockBelief;
use birdhouse_domain::Timestamp;
use std::sync::{Mutex, PoisonError};
use std::time::Duration;

const MINUTE: i64 = 60 * Timestamp::SECOND;
/// The least gap between clock and passed time that counts, in milliseconds.
const TOLERANCE: i64 = MINUTE;
/// How long the server has to run, in milliseconds, until a clock that stays ahead is believed.
const HOLD: i64 = 60 * MINUTE;

/// Compares the clock with the time that really passed.
#[derive(Debug)]
pub(crate) struct ExpiryHold(Mutex<State>);

#[derive(Debug)]
struct State {
    belief: ClockBelief,
    /// The moment of it.
    moment: Duration,
    /// The last one that was recorded.
    recorded: ClockBelief,
    /// What was believed at the start, and the time that passed since.
    running: Timestamp,
}

impl ExpiryHold {
    /// Believes what was recorded, not long before this `moment`.
    pub(crate) fn new(belief: ClockBelief, moment: Duration) -> Self {
        let running = belief.believed;
        Self(Mutex::new(State { belief, moment, recorded: belief, running }))
    }

    /// The time by which to delete what has expired, `now` or earlier, at this moment of a clock that
    /// nobody sets.
    pub(crate) fn believed(&self, now: Timestamp, moment: Duration) -> Timestamp {
        let mut state = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let passed = moment.saturating_sub(state.moment).as_millis();
        let passed = i64::try_from(passed).unwrap_or(i64::MAX);
        state.moment = moment;
        state.running = state.running.plus(passed);
        let was_ahead = state.belief.ahead.is_some();
        state.belief = compare(state.belief, passed, now);
        let gap = now.since(state.belief.believed) / Timestamp::SECOND;
        if state.belief.ahead.is_some() && !was_ahead {
            tracing::info!(
                "for {gap} s nothing ran, or the clock was set ahead by so much: what has expired \
                 in that time is deleted once the server has run for an hour"
            );
        }
        state.belief.believed
    }

    /// A time that only passes while the server runs, and goes on at the next start.
    pub(crate) fn running(&self) -> Timestamp {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).running
    }

    /// What is believed, if it is to be recorded for the next start: about once a minute.
    pub(crate) fn to_record(&self) -> Option<ClockBelief> {
        let mut state = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let is_due = state.belief.believed.since(state.recorded.believed).abs() >= MINUTE / 2;
        if is_due {
            state.recorded = state.belief;
        }
        is_due.then_some(state.belief)
    }
}

/// What is believed after so many milliseconds of running, if the clock now shows this.
fn compare(belief: ClockBelief, passed: i64, now: Timestamp) -> ClockBelief {
    let believed = belief.believed.plus(passed);
    let ahead = belief.ahead.map(|(shown, ran)| (shown.plus(passed), ran.saturating_add(passed)));
    if now.since(believed) <= TOLERANCE {
        return ClockBelief { believed: now, ahead: None };
    }
    match ahead {
        // It was not set back, so that it was right an hour ago.
        Some((shown, ran)) if shown.since(now) <= TOLERANCE && ran >= HOLD => {
            compare(ClockBelief { believed: shown, ahead: None }, 0, now)
        }
        Some((shown, ran)) if shown.since(now) <= TOLERANCE => {
            ClockBelief { believed, ahead: Some((shown, ran)) }
        }
        _ => ClockBelief { believed, ahead: Some((now, 0)) },
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const NOW: Timestamp = Timestamp(1_767_225_600_000);

    /// A server, and how many minutes it has run since its start.
    struct Server {
        hold: ExpiryHold,
        ran: u64,
    }

    impl Server {
        fn start(believed: Timestamp) -> Self {
            let belief = ClockBelief { believed, ahead: None };
            Self { hold: ExpiryHold::new(belief, Duration::ZERO), ran: 0 }
        }

        /// Runs by a clock that shows `now` at the end; returns the time that is believed then.
        fn run(&mut self, minutes: u64, now: Timestamp) -> Timestamp {
            self.ran += minutes;
            self.hold.believed(now, Duration::from_mins(self.ran))
        }

        /// Stops it; the next one knows what was recorded.
        fn restart(self) -> Self {
            let belief = self.hold.to_record().unwrap();
            Self { hold: ExpiryHold::new(belief, Duration::ZERO), ran: 0 }
        }
    }

    fn minutes(count: i64) -> i64 {
        count * MINUTE
    }

    #[test]
    fn a_clock_that_is_ahead_deletes_nothing_until_it_stayed_so_for_an_hour() {
        let mut server = Server::start(NOW);
        assert_eq!(server.run(1, NOW.plus(minutes(1))), NOW.plus(minutes(1)));
        let ahead = |ran| NOW.plus(Timestamp::DAY + minutes(ran));
        assert_eq!(server.run(1, ahead(2)), NOW.plus(minutes(2)));
        // Set back, and ahead once more: the hour begins again.
        assert_eq!(server.run(1, NOW.plus(minutes(3))), NOW.plus(minutes(3)));
        assert_eq!(server.run(47, ahead(50)), NOW.plus(minutes(50)));
        assert_eq!(server.run(59, ahead(109)), NOW.plus(minutes(109)));
        assert_eq!(server.run(1, ahead(110)), ahead(110));
        assert_eq!(server.run(1, ahead(111)), ahead(111));
    }

    #[test]
    fn a_server_that_is_stopped_every_hour_still_deletes_what_has_expired() {
        let (mut server, mut now) = (Server::start(NOW), NOW);
        let mut behind = 0;
        for _ in 0..100 {
            // Ten minutes without it, then fifty with it.
            now = now.plus(minutes(60));
            let believed = server.run(50, now);
            behind = now.since(believed);
            assert!(behind <= minutes(30), "{behind}");
            server = server.restart();
        }
        assert!(behind > 0);
    }

    #[test]
    fn a_clock_that_is_wrong_from_a_start_on_is_not_believed_for_the_hour_before_it() {
        let mut server = Server::start(NOW);
        server.run(1, NOW.plus(minutes(11)));
        server.run(55, NOW.plus(minutes(66)));
        let mut server = server.restart();
        let wrong = |ran| NOW.plus(Timestamp::DAY * 2 + minutes(ran));
        // The first gap has been there for an hour now, but not the second.
        assert_eq!(server.run(5, wrong(71)), NOW.plus(minutes(71)));
        assert_eq!(server.run(50, wrong(121)), NOW.plus(minutes(121)));
        // However often it is started meanwhile.
        let mut server = server.restart();
        assert_eq!(server.run(9, wrong(130)), NOW.plus(minutes(130)));
        assert_eq!(server.run(1, wrong(131)), wrong(131));
    }

    #[test]
    fn a_clock_that_was_set_back_is_believed() {
        let mut server = Server::start(NOW);
        let back = NOW.plus(-Timestamp::DAY);
        assert_eq!(server.run(0, back), back);
        assert_eq!(server.run(0, NOW), back);
        assert_eq!(server.hold.running(), NOW, "what only counts on is not set back");
    }
}
