//! Tokens that were looked up a moment ago, so that a busy client's requests need no look-up each.
//!
//! An entry lives for a second: that is how long another process's revocation may go unseen. What
//! this process revokes is refused at once.

use birdhouse_catalog::tokens::AccessToken;
use birdhouse_domain::{Caller, Timestamp};
use std::borrow::Borrow;
use std::collections::HashMap;
use std::hash::Hash;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, PoisonError};

/// How long an entry is believed.
const LIFE_MS: i64 = Timestamp::SECOND;
/// Entries kept; beyond that all are forgotten, which costs a look-up each.
const MAX_ENTRIES: usize = 10_000;

/// OAuth 1.0a keys by access token.
pub type RecentKeys = Recent<String, Arc<OpenKeys>>;
/// OAuth 2.0 callers by the hash of their token, each with the moment when the token expires.
pub type RecentGrants = Recent<[u8; 32], (Timestamp, Caller)>;

/// An OAuth 1.0a access token with its opened secrets.
pub struct OpenKeys {
    /// The token and whom it speaks for.
    pub token: AccessToken,
    /// The app's secret.
    pub consumer_secret: String,
    /// The token's secret.
    pub token_secret: String,
}

/// Values that were looked up a moment ago.
#[derive(Debug)]
pub struct Recent<K, V> {
    entries: Mutex<HashMap<K, (Timestamp, V)>>,
    /// Raised by each revocation, so that what was looked up before it is not kept after it.
    revocations: AtomicU64,
}

impl<K, V> Default for Recent<K, V> {
    fn default() -> Self {
        Self { entries: Mutex::default(), revocations: AtomicU64::new(0) }
    }
}

/// The number of revocations at the start of a look-up.
#[derive(Clone, Copy, Debug)]
pub struct LookUp {
    started: Timestamp,
    revocations: u64,
}

impl<K: Eq + Hash, V: Clone> Recent<K, V> {
    /// The value of a key, if it was looked up a moment ago.
    pub fn get<Q>(&self, key: &Q, now: Timestamp) -> Option<V>
    where
        K: Borrow<Q>,
        Q: Eq + Hash + ?Sized,
    {
        let entries = self.entries.lock().unwrap_or_else(PoisonError::into_inner);
        let (since, value) = entries.get(key)?;
        (0..LIFE_MS).contains(&now.since(*since)).then(|| value.clone())
    }

    /// To be called before a look-up whose result is to be kept.
    pub fn look_up(&self, now: Timestamp) -> LookUp {
        LookUp { started: now, revocations: self.revocations.load(Ordering::Acquire) }
    }

    /// Keeps what was looked up, unless something was revoked meanwhile.
    pub fn keep(&self, key: K, value: V, look_up: LookUp) {
        let mut entries = self.entries.lock().unwrap_or_else(PoisonError::into_inner);
        if look_up.revocations != self.revocations.load(Ordering::Acquire) {
            return;
        }
        if entries.len() >= MAX_ENTRIES {
            entries.clear();
        }
        entries.insert(key, (look_up.started, value));
    }

    /// Forgets everything, because something was revoked: a grant may have several tokens.
    pub fn revoke(&self) {
        let mut entries = self.entries.lock().unwrap_or_else(PoisonError::into_inner);
        self.revocations.fetch_add(1, Ordering::Release);
        entries.clear();
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_was_looked_up_before_a_revocation_is_not_kept_after_it() {
        let recent: Recent<String, u8> = Recent::default();
        let now = Timestamp(0);
        let early = recent.look_up(now);
        recent.revoke();
        recent.keep("token".to_owned(), 1, early);
        assert_eq!(recent.get("token", now), None);
        recent.keep("token".to_owned(), 2, recent.look_up(now));
        assert_eq!(recent.get("token", now), Some(2));
        assert_eq!(recent.get("token", now.plus(LIFE_MS)), None);
        recent.revoke();
        assert_eq!(recent.get("token", now), None);
    }
}
