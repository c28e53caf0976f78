//! Detects replays: requests with the same token, timestamp, nonce and signature.
//!
//! The nonce alone need not be unique: some clients send the time as the nonce.

use sha2::{Digest, Sha256};
use std::collections::{BTreeMap, HashMap, HashSet};

/// Length of a bucket: timestamps that are forgotten together.
const BUCKET_SECONDS: i64 = 60;

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
}

/// A signed request, as it is remembered.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Fingerprint {
    /// Of everything that identifies it.
    pub print: u128,
    /// Of its consumer key and token.
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

    /// The fingerprint of a signed request.
    pub fn fingerprint(signer: &str, timestamp: i64, nonce: &str, signature: &str) -> Fingerprint {
        let mut hash = Sha256::new();
        for part in [signer, nonce, signature] {
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

    /// Records a request. `now` in seconds since 1970.
    pub fn insert(&mut self, now: i64, request: Fingerprint) -> Outcome {
        self.forget_before(now - self.window_seconds);
        let Fingerprint { print, signer, timestamp } = request;
        let of_signer = self.by_signer.get(&signer).copied().unwrap_or_default();
        let is_full = self.entries >= self.max_entries || of_signer >= self.max_entries / 4;
        let bucket = self.buckets.entry(timestamp.div_euclid(BUCKET_SECONDS)).or_default();
        if bucket.prints.contains(&print) {
            return Outcome::Replay;
        }
        if is_full {
            return Outcome::Full;
        }
        bucket.prints.insert(print);
        *bucket.by_signer.entry(signer).or_default() += 1;
        *self.by_signer.entry(signer).or_default() += 1;
        self.entries += 1;
        Outcome::First
    }

    fn forget_before(&mut self, time: i64) {
        let oldest = time.div_euclid(BUCKET_SECONDS);
        while let Some(first) = self.buckets.first_entry()
            && *first.key() < oldest
        {
            let bucket = first.remove();
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

    #[test]
    fn the_same_request_is_accepted_once() {
        let mut guard = ReplayGuard::new(900, 1000);
        let print = ReplayGuard::fingerprint("ck tok", 5000, "n", "s=");
        assert_eq!(guard.insert(5000, print), Outcome::First);
        assert_eq!(guard.insert(5899, print), Outcome::Replay);
        // A client with the time as nonce signs another request in the same second.
        let other = ReplayGuard::fingerprint("ck tok", 5000, "n", "t=");
        assert_eq!(guard.insert(5000, other), Outcome::First);
    }

    #[test]
    fn a_full_guard_refuses_and_forgets_nothing_that_could_be_used_again() {
        let mut guard = ReplayGuard::new(900, 100);
        let print =
            |signer: &str, n: i64| ReplayGuard::fingerprint(signer, 5000, &n.to_string(), "s=");
        let outcomes: Vec<Outcome> = (0..26).map(|n| guard.insert(5000, print("a", n))).collect();
        assert!(outcomes.iter().take(25).all(|outcome| *outcome == Outcome::First));
        assert_eq!(outcomes.last(), Some(&Outcome::Full));
        assert_eq!(guard.insert(5000, print("b", 0)), Outcome::First, "another signer");
        for n in 0..25 {
            assert_eq!(guard.insert(5000, print("a", n)), Outcome::Replay);
        }
        for signer in ["b", "c", "d", "e"] {
            for n in 1..25 {
                guard.insert(5000, print(signer, n));
            }
        }
        assert!(guard.len() <= 100);
        assert_eq!(guard.insert(5000, print("a", 0)), Outcome::Replay);
        // Another minute, and all of it is forgotten.
        let later = ReplayGuard::fingerprint("a", 6000, "n", "s=");
        assert_eq!((guard.insert(6000, later), guard.len()), (Outcome::First, 1));
    }
}
