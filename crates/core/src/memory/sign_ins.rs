//! Limits sign-in attempts, against password guessing.
//!
//! Attempts are counted by address and name together, so that who guesses at a name does not lock its
//! owner out elsewhere; by address, so that one cannot go through the names; and those of a browser
//! that signed in before by that browser only, so that its user gets in beside a guesser at the same
//! address.

use super::network::network;
use crate::host::random;
use std::net::IpAddr;
use std::sync::{Mutex, PoisonError};

/// How long attempts are counted together, from the first one on.
const WINDOW_SECONDS: u32 = 900;
/// Attempts with one name from one address or browser.
const NAME_LIMIT: u32 = 10;
/// Attempts with any names from one address, which many people may share.
const ADDRESS_LIMIT: u32 = 100;
/// The table has a fixed size and forgets nothing before its time, so that invented names cannot push
/// out a counter.
const SLOTS: usize = 1 << u16::BITS;
/// Slots of each counter, whose value is the least of them (a count-min sketch). Counters share slots,
/// but nobody can choose which, and the attempts that the password thread gets done in a window are too
/// few to raise all slots of another counter to its limit.
const ROWS: usize = 3;

/// Where an attempt comes from.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Origin<'a> {
    /// A browser that this user signed in on before, by its cookie.
    KnownBrowser(&'a str),
    /// Any other client, by its address.
    Address(IpAddr),
}

/// Counters of sign-in attempts.
#[derive(Debug)]
pub(crate) struct SignIns {
    /// Makes the slots unpredictable.
    seed: [u8; 32],
    slots: Mutex<Vec<Slot>>,
}

#[derive(Clone, Copy, Debug, Default)]
struct Slot {
    /// Seconds since 1970.
    started: u32,
    count: u32,
}

/// An attempt that was counted.
#[derive(Debug)]
pub(crate) struct Attempt {
    slots: Vec<usize>,
}

/// A counter: its slots and its limit.
type Counter = ([usize; ROWS], u32);

impl Default for SignIns {
    fn default() -> Self {
        Self { seed: random::bytes(), slots: Mutex::new(vec![Slot::default(); SLOTS]) }
    }
}

impl SignIns {
    /// Counts an attempt; `None` if there were too many. `now` in seconds since 1970.
    pub(crate) fn begin(&self, origin: Origin<'_>, name: &str, now: i64) -> Option<Attempt> {
        let now = u32::try_from(now).unwrap_or_default();
        let counters = self.counters(origin, &name.to_ascii_lowercase());
        let used: Vec<usize> = counters.iter().flat_map(|(slots, _)| *slots).collect();
        let mut slots = self.slots.lock().unwrap_or_else(PoisonError::into_inner);
        for index in &used {
            let slot = &mut slots[*index];
            // Also one that a clock started that was ahead.
            if !(slot.started..slot.started.saturating_add(WINDOW_SECONDS)).contains(&now) {
                *slot = Slot { started: now, count: 0 };
            }
        }
        let is_full =
            |(own, limit): &Counter| own.iter().all(|index| slots[*index].count >= *limit);
        if counters.iter().any(is_full) {
            return None;
        }
        for index in &used {
            slots[*index].count += 1;
        }
        Some(Attempt { slots: used })
    }

    fn counters(&self, origin: Origin<'_>, name: &str) -> Vec<Counter> {
        match origin {
            Origin::KnownBrowser(browser) => {
                vec![(self.slots_of(&["browser", browser, name]), NAME_LIMIT)]
            }
            Origin::Address(address) => {
                let network = network(address).to_string();
                vec![
                    (self.slots_of(&["address", &network]), ADDRESS_LIMIT),
                    (self.slots_of(&["name", &network, name]), NAME_LIMIT),
                ]
            }
        }
    }

    /// Takes back an attempt that was no guess: it succeeded, or its password was not compared.
    pub(crate) fn forgive(&self, attempt: &Attempt) {
        let mut slots = self.slots.lock().unwrap_or_else(PoisonError::into_inner);
        for index in &attempt.slots {
            slots[*index].count = slots[*index].count.saturating_sub(1);
        }
    }

    fn slots_of(&self, key: &[&str]) -> [usize; ROWS] {
        let mut hasher = blake3::Hasher::new_keyed(&self.seed);
        for part in key {
            hasher.update(part.as_bytes()).update(&[0]);
        }
        let hash = hasher.finalize();
        let mut slots = [0; ROWS];
        for (slot, bytes) in slots.iter_mut().zip(hash.as_bytes().chunks_exact(2)) {
            *slot = usize::from(bytes[0]) << 8 | usize::from(bytes[1]);
        }
        slots
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn origin(address: &str) -> Origin<'static> {
        Origin::Address(address.parse().unwrap())
    }

    #[test]
    fn a_guesser_locks_out_nobody_at_another_address_or_in_a_known_browser() {
        let attempts = SignIns::default();
        let guesser = origin("192.0.2.1");
        for _ in 0..NAME_LIMIT {
            assert!(attempts.begin(guesser, "alice", 1).is_some());
        }
        assert!(attempts.begin(guesser, "ALICE", 1).is_none(), "case does not matter");
        assert!(attempts.begin(guesser, "bob", 1).is_some());
        assert!(attempts.begin(origin("192.0.2.2"), "alice", 1).is_some());
        assert!(attempts.begin(Origin::KnownBrowser("cookie"), "alice", 1).is_some());
        assert!(attempts.begin(guesser, "alice", 1 + i64::from(WINDOW_SECONDS)).is_some());
    }

    #[test]
    fn attempts_under_a_clock_that_was_ahead_lock_nobody_out_when_it_is_corrected() {
        let attempts = SignIns::default();
        let guesser = origin("192.0.2.1");
        while attempts.begin(guesser, "alice", 61_000).is_some() {}
        assert!(attempts.begin(guesser, "alice", 1000).is_some());
    }

    #[test]
    fn invented_names_push_no_counter_out() {
        let attempts = SignIns::default();
        for _ in 0..NAME_LIMIT {
            attempts.begin(origin("192.0.2.1"), "alice", 1);
        }
        // As many as the password thread can compare in a window.
        for n in 0..300_u32 {
            let address = Origin::Address(std::net::Ipv4Addr::from_bits(n << 8).into());
            for name in 0..ADDRESS_LIMIT {
                attempts.begin(address, &format!("name{name}"), 1);
            }
        }
        assert!(attempts.begin(origin("192.0.2.1"), "alice", 1).is_none());
        assert!(attempts.begin(origin("192.0.2.9"), "bob", 1).is_some());
    }

    #[test]
    fn one_address_cannot_go_through_the_names() {
        let attempts = SignIns::default();
        let tried = |address: &str, n: u32| {
            attempts.begin(origin(address), &format!("name{n}"), 1).is_some()
        };
        assert!((0..ADDRESS_LIMIT).all(|n| tried("2001:db8::1", n)));
        assert!(!tried("2001:db8::2", ADDRESS_LIMIT), "of the same network");
        assert!(tried("2001:db8:0:1::1", ADDRESS_LIMIT));
    }

    #[test]
    fn a_name_is_not_cut() {
        let attempts = SignIns::default();
        let long = "x".repeat(20);
        for n in 0..NAME_LIMIT {
            assert!(attempts.begin(origin("192.0.2.1"), &format!("{long}{n}"), 1).is_some());
        }
        assert!(attempts.begin(origin("192.0.2.1"), &long, 1).is_some());
    }

    #[test]
    fn what_was_no_guess_is_not_counted() {
        let attempts = SignIns::default();
        for _ in 0..3 * NAME_LIMIT {
            let attempt = attempts.begin(origin("192.0.2.1"), "alice", 1).unwrap();
            attempts.forgive(&attempt);
        }
    }
}
