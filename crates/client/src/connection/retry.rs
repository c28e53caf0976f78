//! Whether a request that failed is tried again, and after which pause.

use crate::clock::jitter;
use crate::error::Error;
use crate::progress::Pause;
use std::time::Duration;

/// How often a request is tried again after trouble: with its pauses, about two minutes.
const TROUBLES_MAX: u32 = 8;
/// How often it is tried again if the server never answered: most likely its URL is wrong.
const UNKNOWN_MAX: u32 = 3;
/// How often a request waits for a rate window.
const RATE_LIMITS_MAX: u32 = 6;
/// The first pause; each is twice as long as the one before.
const FIRST_PAUSE: Duration = Duration::from_millis(500);
/// The longest pause after trouble.
const LONGEST_PAUSE: Duration = Duration::from_secs(30);
/// The longest wait that a server may ask for: the longest rate window of uploads is an hour.
const LONGEST_WAIT: Duration = Duration::from_mins(61);

/// What follows a failure.
#[derive(Debug)]
pub(super) enum Outcome {
    /// It is final.
    GiveUp(Error),
    /// The request is tried again after a pause.
    Again(Pause, Duration),
}

/// How often a request failed.
#[derive(Debug, Default)]
pub(super) struct Attempts {
    troubles: u32,
    rate_limits: u32,
}

impl Attempts {
    /// Counts a failure; `is_known` is whether the server ever answered.
    pub(super) fn next(&mut self, error: Error, is_known: bool) -> Outcome {
        if !error.is_passing() {
            return Outcome::GiveUp(error);
        }
        let asked = error.refusal().and_then(|refusal| refusal.wait);
        let is_rate_limit = error.refusal().is_some_and(|refusal| refusal.status == 429);
        let (count, most) = if is_rate_limit {
            (&mut self.rate_limits, RATE_LIMITS_MAX)
        } else {
            (&mut self.troubles, if is_known { TROUBLES_MAX } else { UNKNOWN_MAX })
        };
        if *count == most || asked.is_some_and(|wait| wait > LONGEST_WAIT) {
            return Outcome::GiveUp(error);
        }
        let backoff = LONGEST_PAUSE.min(FIRST_PAUSE * 2_u32.pow(*count));
        *count += 1;
        // Never earlier than asked; all clients are asked the same.
        let pause = asked.map_or_else(|| jitter(backoff), |wait| wait + jitter(FIRST_PAUSE));
        let why = if is_rate_limit { Pause::RateLimit } else { Pause::Trouble(error.to_string()) };
        Outcome::Again(why, pause)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::error::Refusal;

    fn refusal(status: u16, wait: Option<u64>) -> Error {
        let wait = wait.map(Duration::from_secs);
        Error::Refused(Refusal { status, code: None, message: String::new(), wait })
    }

    #[test]
    fn pauses_grow_and_end() {
        let mut attempts = Attempts::default();
        let mut pauses = Vec::new();
        while let Outcome::Again(_, pause) = attempts.next(refusal(503, None), true) {
            pauses.push(pause);
        }
        assert_eq!(pauses.len(), 8);
        let most = [500, 1000, 2000, 4000, 8000, 16_000, 30_000, 30_000];
        for (pause, most) in pauses.into_iter().zip(most.map(Duration::from_millis)) {
            assert!(pause >= most / 2 && pause <= most, "{pause:?} of {most:?}");
        }
    }

    #[test]
    fn a_server_is_not_asked_again_before_it_said() {
        let next = Attempts::default().next(refusal(429, Some(700)), true);
        let Outcome::Again(Pause::RateLimit, pause) = next else { panic!("{next:?}") };
        assert!(pause > Duration::from_secs(700), "{pause:?}");
        assert!(pause < Duration::from_secs(701), "{pause:?}");
        let days = Attempts::default().next(refusal(429, Some(90_000)), true);
        assert!(matches!(days, Outcome::GiveUp(_)), "{days:?}");
    }

    #[test]
    fn what_is_refused_for_good_is_not_tried_again() {
        for status in [400, 401, 403, 404, 413] {
            let next = Attempts::default().next(refusal(status, None), true);
            assert!(matches!(next, Outcome::GiveUp(_)), "{next:?}");
        }
    }
}
