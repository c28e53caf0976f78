//! Keys that were looked up a moment ago, so that a busy client's requests need no look-up each.
//!
//! An entry lives for a second: that is how long another process's change may go unseen. A token
//! that this process ends is forgotten at once.

use crate::store::tokens::SignedToken;
use birdhouse_domain::Timestamp;
use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError};

/// How long an entry is believed.
const LIFE_MS: i64 = Timestamp::SECOND;
/// Entries kept; beyond that all are forgotten, which costs a look-up each.
const MAX_ENTRIES: usize = 10_000;

/// A token with its opened secrets.
pub struct OpenKeys {
    /// The token and whom it speaks for.
    pub token: SignedToken,
    /// The app's secret.
    pub consumer_secret: String,
    /// The token's secret.
    pub token_secret: String,
}

/// Recently used keys, by access token.
#[derive(Default)]
pub struct Keyring {
    entries: Mutex<HashMap<String, (Timestamp, Arc<OpenKeys>)>>,
}

impl Keyring {
    /// The keys of a token, if they were looked up a moment ago for the same app.
    pub fn get(&self, token: &str, consumer_key: &str, now: Timestamp) -> Option<Arc<OpenKeys>> {
        let entries = self.entries.lock().unwrap_or_else(PoisonError::into_inner);
        let (since, keys) = entries.get(token)?;
        let is_fresh = (0..LIFE_MS).contains(&now.since(*since));
        (is_fresh && keys.token.consumer_key == consumer_key).then(|| keys.clone())
    }

    /// Keeps keys that were looked up at `since`.
    pub fn put(&self, keys: OpenKeys, since: Timestamp) -> Arc<OpenKeys> {
        let keys = Arc::new(keys);
        let mut entries = self.entries.lock().unwrap_or_else(PoisonError::into_inner);
        if entries.len() >= MAX_ENTRIES {
            entries.clear();
        }
        entries.insert(keys.token.token.clone(), (since, keys.clone()));
        keys
    }

    /// Forgets a token that is ended.
    pub fn forget(&self, token: &str) {
        self.entries.lock().unwrap_or_else(PoisonError::into_inner).remove(token);
    }
}
