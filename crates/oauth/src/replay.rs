//! Detects replays: requests with the same token, timestamp, nonce and signature.
//!
//! The nonce alone need not be unique: some clients send the time as the nonce.

use sha2::{Digest, Sha256};
use std::collections::{BTreeMap, HashSet};

/// Length of a bucket: timestamps that are forgotten together.
const BUCKET_SECONDS: i64 = 60;

/// Fingerprints of the requests within the window, 16 bytes each.
#[derive(Debug)]
pub struct ReplayGuard {
    window_seconds: i64,
    max_entries: usize,
    entries: usize,
    buckets: BTreeMap<i64, HashSet<u128>>,
}

impl ReplayGuard {
    /// Remembers signatures whose timestamp is at most `window_seconds` off, and at most
    /// `max_entries` of them: beyond that the oldest are forgotten first.
    pub fn new(window_seconds: i64, max_entries: usize) -> Self {
        Self { window_seconds, max_entries, entries: 0, buckets: BTreeMap::new() }
    }

    /// The fingerprint of a signed request.
    pub fn fingerprint(signer: &str, timestamp: i64, nonce: &str, signature: &str) -> u128 {
        let mut hash = Sha256::new();
        for part in [signer, nonce, signature] {
            hash.update((part.len() as u64).to_le_bytes());
            hash.update(part);
        }
        hash.update(timestamp.to_le_bytes());
        let digest = hash.finalize();
        digest.iter().take(16).fold(0, |sum, byte| sum << 8 | u128::from(*byte))
    }

    /// Records a request; `false` if it is a replay. `now` and `timestamp` in seconds since 1970.
    pub fn insert(&mut self, now: i64, timestamp: i64, fingerprint: u128) -> bool {
        let oldest = (now - self.window_seconds).div_euclid(BUCKET_SECONDS);
        while let Some(first) = self.buckets.first_entry()
            && (*first.key() < oldest || self.entries >= self.max_entries)
        {
            self.entries -= first.remove().len();
        }
        let bucket = self.buckets.entry(timestamp.div_euclid(BUCKET_SECONDS)).or_default();
        let is_new = bucket.insert(fingerprint);
        self.entries += usize::from(is_new);
        is_new
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
        assert!(guard.insert(5000, 5000, print));
        assert!(!guard.insert(5899, 5000, print));
        // A client with the time as nonce signs another request in the same second.
        assert!(guard.insert(5000, 5000, ReplayGuard::fingerprint("ck tok", 5000, "n", "t=")));
    }

    #[test]
    fn expired_entries_are_forgotten_and_the_limit_is_never_exceeded() {
        let mut guard = ReplayGuard::new(900, 100);
        for second in 0..10_000_i64 {
            assert!(guard.insert(second, second, u128::from(second.unsigned_abs())));
            assert!(guard.len() <= 100);
        }
        let mut guard = ReplayGuard::new(900, 1_000_000);
        guard.insert(0, 0, 1);
        guard.insert(2000, 2000, 2);
        assert_eq!(guard.len(), 1);
    }
}
