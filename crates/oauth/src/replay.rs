//! Detects replays: requests with the same token, timestamp, nonce and signature.
//!
//! The nonce alone need not be unique: some clients send the time as the nonce.
//!
//! Whether a timestamp is within the window is a matter of the wall clock, which may be stepped; so what
//! it has left behind is kept until a window has also passed by a clock that is never stepped.

use sha2::{Digest, Sha256};
use std::collections::{BTreeMap, HashMap, HashSet};

/// Length of a bucket: timestamps that are forgotten together.
const BUCKET_SECONDS: i64 = 60;

/// A moment by two clocks.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Moment {
    /// Seconds since 1970, by a clock that may be stepped.
    pub wall: i64,
    /// Seconds of a clock that never is.
    pub monotonic: i64,
}

/// Fingerprints of the requests within the window, 16 bytes each. None is forgotten while it could be
/// used again: what does not fit is refused.
#[derive(Debug)]
pub struct ReplayGuard {
    window_seconds: i64,
    max_entries: usize,
    entries: usize,
    by_signer: HashMap<u64, usize>,
    buckets: BTreeMap<i64, Bucket>,
}

#[derive(Debug, Default)]
struct Bucket {
    prints: HashSet<u128>,
    by_signer: HashMap<u64, usize>,
    /// Not forgotten before, in monotonic seconds.
    keep_until: i64,
}

/// A signed request, as it is remembered.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Fingerprint {
    /// Of everything that identifies it.
    pub print: u128,
    /// Of who signed it: a user, or an app.
    pub signer: u64,
    /// `oauth_timestamp`, in seconds since 1970.
    pub timestamp: i64,
}

/// What the guard says to a request.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Outcome {
    /// It was not seen before.
    First,
    /// It was.
    Replay,
    /// Its signer, or all together, signed more than can be remembered.
    Full,
}

impl ReplayGuard {
    /// Remembers signatures whose timestamp is at most `window_seconds` off, and at most
    /// `max_entries` of them, a quarter for each signer.
    pub fn new(window_seconds: i64, max_entries: usize) -> Self {
        let (by_signer, buckets) = (HashMap::new(), BTreeMap::new());
        Self { window_seconds, max_entries, entries: 0, by_signer, buckets }
    }

    /// The fingerprint of a request that was signed with these keys by this signer: a user, through
    /// whatever apps and tokens, or an app.
    pub fn fingerprint(
        signer: &str,
        keys: &str,
        timestamp: i64,
        nonce: &str,
        signature: &str,
    ) -> Fingerprint {
        let mut hash = Sha256::new();
        for part in [keys, nonce, signature] {
            hash.update((part.len() as u64).to_le_bytes());
            hash.update(part);
        }
        hash.update(timestamp.to_le_bytes());
        let number = |digest: &[u8], length: usize| {
            digest.iter().take(length).fold(0, |sum, byte| sum << 8 | u128::from(*byte))
        };
        let print = number(&hash.finalize(), 16);
        let signer = u64::try_from(number(&Sha256::digest(signer), 8)).unwrap_or_default();
        Fingerprint { print, signer, timestamp }
    }

    /// Records a request.
    pub fn insert(&mut self, now: Moment, request: Fingerprint) -> Outcome {
        self.forget(now);
        let ahead = request.timestamp.saturating_sub(now.wall).clamp(0, self.window_seconds);
        let keep_until = now.monotonic + ahead + self.window_seconds + BUCKET_SECONDS;
        self.add(request, keep_until, self.max_entries)
    }

    /// Records a request of an earlier process, which may be used again if the clock was stepped since.
    /// Those whose timestamp is out of the window take no more than half of the places.
    pub fn restore(&mut self, now: Moment, request: Fingerprint) -> Outcome {
        let is_usable = request.timestamp.abs_diff(now.wall) <= self.window_seconds.unsigned_abs();
        let most = if is_usable { self.max_entries } else { self.max_entries / 2 };
        self.add(request, now.monotonic + 2 * self.window_seconds, most)
    }

    fn add(&mut self, request: Fingerprint, keep_until: i64, most: usize) -> Outcome {
        let Fingerprint { print, signer, timestamp } = request;
        let of_signer = self.by_signer.get(&signer).copied().unwrap_or_default();
        let is_full = self.entries >= most || of_signer >= most / 4;
        let bucket = self.buckets.entry(timestamp.div_euclid(BUCKET_SECONDS)).or_default();
        if bucket.prints.contains(&print) {
            return Outcome::Replay;
        }
        if is_full {
            return Outcome::Full;
        }
        bucket.keep_until = bucket.keep_until.max(keep_until);
        bucket.prints.insert(print);
        *bucket.by_signer.entry(signer).or_default() += 1;
        *self.by_signer.entry(signer).or_default() += 1;
        self.entries += 1;
        Outcome::First
    }

    fn forget(&mut self, now: Moment) {
        let oldest = (now.wall - self.window_seconds).div_euclid(BUCKET_SECONDS);
        let is_over = |_: &i64, bucket: &mut Bucket| bucket.keep_until <= now.monotonic;
        for (_, bucket) in self.buckets.extract_if(..oldest, is_over) {
            self.entries -= bucket.prints.len();
            for (signer, count) in bucket.by_signer {
                if let Some(all) = self.by_signer.get_mut(&signer) {
                    *all -= count;
                }
                if self.by_signer.get(&signer) == Some(&0) {
                    self.by_signer.remove(&signer);
                }
            }
        }
    }

    /// How many are remembered.
    pub fn len(&self) -> usize {
        self.entries
    }

    /// Whether none is remembered.
    pub fn is_empty(&self) -> bool {
        self.entries == 0
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A moment of a clock that was not stepped.
    fn at(wall: i64) -> Moment {
        Moment { wall, monotonic: wall - 4000 }
    }

    #[test]
    fn the_same_request_is_accepted_once() {
        let mut guard = ReplayGuard::new(900, 1000);
        let print = ReplayGuard::fingerprint("user", "ck tok", 5000, "n", "s=");
        assert_eq!(guard.insert(at(5000), print), Outcome::First);
        assert_eq!(guard.insert(at(5899), print), Outcome::Replay);
        // A client with the time as nonce signs another request in the same second.
        let other = ReplayGuard::fingerprint("user", "ck tok", 5000, "n", "t=");
        assert_eq!(guard.insert(at(5000), other), Outcome::First);
    }

    #[test]
    fn a_full_guard_refuses_and_forgets_nothing_that_could_be_used_again() {
        let mut guard = ReplayGuard::new(900, 100);
        let print = |signer: &str, n: i64| {
            ReplayGuard::fingerprint(signer, signer, 5000, &n.to_string(), "s=")
        };
        let outcomes: Vec<Outcome> =
            (0..26).map(|n| guard.insert(at(5000), print("a", n))).collect();
        assert!(outcomes.iter().take(25).all(|outcome| *outcome == Outcome::First));
        assert_eq!(outcomes.last(), Some(&Outcome::Full));
        assert_eq!(guard.insert(at(5000), print("b", 0)), Outcome::First, "another signer");
        for n in 0..25 {
            assert_eq!(guard.insert(at(5000), print("a", n)), Outcome::Replay);
        }
        for signer in ["b", "c", "d", "e"] {
            for n in 1..25 {
                guard.insert(at(5000), print(signer, n));
            }
        }
        assert!(guard.len() <= 100);
        assert_eq!(guard.insert(at(5000), print("a", 0)), Outcome::Replay);
        // Another minute, and all of it is forgotten.
        let later = ReplayGuard::fingerprint("a", "a", 6000, "n", "s=");
        assert_eq!((guard.insert(at(6000), later), guard.len()), (Outcome::First, 1));
    }

    #[test]
    fn a_user_with_several_apps_has_the_places_of_one() {
        let mut guard = ReplayGuard::new(900, 100);
        let mut through = |keys: &str, n: i64| {
            let print = ReplayGuard::fingerprint("user", keys, 5000, &n.to_string(), "s=");
            guard.insert(at(5000), print)
        };
        assert!((0..25).all(|n| through("one app", n) == Outcome::First));
        assert_eq!(through("another app", 0), Outcome::Full);
        assert_eq!(through("one app", 0), Outcome::Replay);
    }

    #[test]
    fn a_clock_that_is_stepped_and_corrected_makes_no_request_usable_again() {
        let other =
            |timestamp| ReplayGuard::fingerprint("user", "ck tok", timestamp, "other", "s=");
        for step in [61_200, -61_200] {
            let mut guard = ReplayGuard::new(900, 1000);
            let print = ReplayGuard::fingerprint("user", "ck tok", 100_300, "n", "s=");
            assert_eq!(guard.insert(Moment { wall: 100_000, monotonic: 5 }, print), Outcome::First);
            let stepped = Moment { wall: 100_000 + step, monotonic: 6 };
            assert_eq!(guard.insert(stepped, other(stepped.wall)), Outcome::First);
            for later in [7, 1199] {
                let corrected = Moment { wall: 99_995 + later, monotonic: later };
                assert_eq!(guard.insert(corrected, print), Outcome::Replay);
            }
            // What a clock that is ahead has left behind is forgotten after a window, too.
            let ahead = Moment { wall: 200_000, monotonic: 1300 };
            assert_eq!((guard.insert(ahead, other(200_000)), guard.len()), (Outcome::First, 1));
        }
    }

    #[test]
    fn what_an_earlier_process_recorded_leaves_room_for_what_is_new() {
        let mut guard = ReplayGuard::new(900, 80);
        let print = |n: i64| ReplayGuard::fingerprint("a", "ck tok", 5000, &n.to_string(), "s=");
        let stepped = Moment { wall: 70_000, monotonic: 1 };
        let restored: Vec<_> = (0..20).map(|n| guard.restore(stepped, print(n))).collect();
        assert_eq!(restored.iter().filter(|one| **one == Outcome::First).count(), 10);
        let now = ReplayGuard::fingerprint("a", "ck tok", 70_000, "new", "s=");
        assert_eq!(guard.insert(stepped, now), Outcome::First);
        let corrected = Moment { wall: 5100, monotonic: 2 };
        assert_eq!(guard.insert(corrected, print(0)), Outcome::Replay);
    }
}
