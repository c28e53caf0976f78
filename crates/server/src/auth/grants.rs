//! Users' bearer tokens that were looked up a moment ago, so that a busy client's requests need
//! no look-up each. As in the keyring, an entry lives for a second, and an end by this process
//! counts at once.

use super::Caller;
use birdhouse_domain::Timestamp;
use std::collections::HashMap;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Mutex, PoisonError};

/// How long an entry is believed.
const LIFE_MS: i64 = Timestamp::SECOND;
/// Entries kept; beyond that all are forgotten, which costs a look-up each.
const MAX_ENTRIES: usize = 10_000;

/// When it was looked up, when it ends, and whom it speaks for.
pub type Entry = (Timestamp, Timestamp, Caller);

/// Recently used tokens, by hash.
#[derive(Debug, Default)]
pub struct Grants {
    entries: Mutex<HashMap<[u8; 32], Entry>>,
    /// Raised by each end, so that what was looked up before it is not kept after it.
    ends: AtomicU64,
}

impl Grants {
    /// Who holds this token, if it was looked up a moment ago and has not ended.
    pub fn get(&self, hash: &[u8; 32], now: Timestamp) -> Option<Caller> {
        let entries = self.entries.lock().unwrap_or_else(PoisonError::into_inner);
        let (since, ends_at, caller) = entries.get(hash)?;
        let is_fresh = (0..LIFE_MS).contains(&now.since(*since)) && *ends_at > now;
        is_fresh.then(|| caller.clone())
    }

    /// How many grants this process has ended; to be asked before a look-up.
    pub fn ends(&self) -> u64 {
        self.ends.load(Ordering::Acquire)
    }

    /// Keeps what was looked up after `ends` grants had ended.
    pub fn put(&self, hash: [u8; 32], entry: Entry, ends: u64) {
        let mut entries = self.entries.lock().unwrap_or_else(PoisonError::into_inner);
        if ends != self.ends() {
            return;
        }
        if entries.len() >= MAX_ENTRIES {
            entries.clear();
        }
        entries.insert(hash, entry);
    }

    /// Forgets all: a grant has ended, and each may have several tokens.
    pub fn forget(&self) {
        let mut entries = self.entries.lock().unwrap_or_else(PoisonError::into_inner);
        self.ends.fetch_add(1, Ordering::Release);
        entries.clear();
    }
}
