//! Users' bearer tokens that were looked up a moment ago, so that a busy client's requests need
//! no look-up each. As in the keyring, an entry lives for a second, and an end by this process
//! counts at once.

use super::Caller;
use birdhouse_domain::Timestamp;
use std::collections::HashMap;
use std::sync::{Mutex, PoisonError};

/// How long an entry is believed.
const LIFE_MS: i64 = Timestamp::SECOND;
/// Entries kept; beyond that all are forgotten, which costs a look-up each.
const MAX_ENTRIES: usize = 10_000;

type Entry = (Timestamp, Timestamp, Caller);

/// Recently used tokens, by hash.
#[derive(Debug, Default)]
pub struct Grants {
    entries: Mutex<HashMap<[u8; 32], Entry>>,
}

impl Grants {
    /// Who holds this token, if it was looked up a moment ago and has not ended.
    pub fn get(&self, hash: &[u8; 32], now: Timestamp) -> Option<Caller> {
        let entries = self.entries.lock().unwrap_or_else(PoisonError::into_inner);
        let (since, ends_at, caller) = entries.get(hash)?;
        let is_fresh = (0..LIFE_MS).contains(&now.since(*since)) && *ends_at > now;
        is_fresh.then(|| caller.clone())
    }

    /// Keeps what was looked up at `since`.
    pub fn put(&self, hash: [u8; 32], caller: Caller, since: Timestamp, ends_at: Timestamp) {
        let mut entries = self.entries.lock().unwrap_or_else(PoisonError::into_inner);
        if entries.len() >= MAX_ENTRIES {
            entries.clear();
        }
        entries.insert(hash, (since, ends_at, caller));
    }

    /// Forgets all: a grant has ended, and each may have several tokens.
    pub fn forget(&self) {
        self.entries.lock().unwrap_or_else(PoisonError::into_inner).clear();
    }
}
