//! A cache of recently used tokens, so that not every request of a busy client reads the catalog.
//!
//! An entry is valid for a second, after which a revocation by another process takes effect. One by
//! this process takes effect at once.

use birdhouse_catalog::tokens::AccessToken;
use birdhouse_domain::{Caller, Timestamp};
use std::borrow::Borrow;
use std::collections::HashMap;
use std::hash::Hash;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, PoisonError};

/// How long an entry is valid.
const LIFE_MS: i64 = Timestamp::SECOND;
/// Maximum number of entries; beyond that all are removed.
const MAX_ENTRIES: usize = 10_000;

/// OAuth 1.0a keys by access token.
pub type RecentKeys = RecentlyUsed<String, Arc<UnsealedKeys>>;
/// OAuth 2.0 callers by the hash of their token, each with the expiry of the token.
pub type RecentGrants = RecentlyUsed<[u8; 32], (Timestamp, Caller)>;

/// An OAuth 1.0a access token with unsealed secrets.
pub struct UnsealedKeys {
    /// The token.
    pub token: AccessToken,
    /// The app's secret.
    pub consumer_secret: String,
    /// The token's secret.
    pub token_secret: String,
}

/// A cache of recently used values.
#[derive(Debug)]
pub struct RecentlyUsed<K, V> {
    entries: Mutex<HashMap<K, (Timestamp, V)>>,
    /// Number of revocations, so that a value read before one is not cached after it.
    revocations: AtomicU64,
}

impl<K, V> Default for RecentlyUsed<K, V> {
    fn default() -> Self {
        Self { entries: Mutex::default(), revocations: AtomicU64::new(0) }
    }
}

/// The time and the number of revocations when a lookup started.
#[derive(Clone, Copy, Debug)]
pub struct LookupStart {
    started: Timestamp,
    revocations: u64,
}

impl<K: Eq + Hash, V: Clone> RecentlyUsed<K, V> {
    /// The cached value of a key, if it is still valid.
    pub fn get<Q>(&self, key: &Q, now: Timestamp) -> Option<V>
    where
        K: Borrow<Q>,
        Q: Eq + Hash + ?Sized,
    {
        let entries = self.entries.lock().unwrap_or_else(PoisonError::into_inner);
        let (since, value) = entries.get(key)?;
        (0..LIFE_MS).contains(&now.since(*since)).then(|| value.clone())
    }

    /// Call before a lookup whose result is to be cached.
    pub fn begin_lookup(&self, now: Timestamp) -> LookupStart {
        LookupStart { started: now, revocations: self.revocations.load(Ordering::Acquire) }
    }

    /// Caches the result of a lookup, unless something was revoked meanwhile.
    pub fn keep(&self, key: K, value: V, lookup: LookupStart) {
        let mut entries = self.entries.lock().unwrap_or_else(PoisonError::into_inner);
        if lookup.revocations != self.revocations.load(Ordering::Acquire) {
            return;
        }
        if entries.len() >= MAX_ENTRIES {
            entries.clear();
        }
        entries.insert(key, (lookup.started, value));
    }

    /// Removes all entries after a revocation, because a grant may have several tokens.
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
    fn a_value_read_before_a_revocation_is_not_cached_after_it() {
        let recent: RecentlyUsed<String, u8> = RecentlyUsed::default();
        let now = Timestamp(0);
        let early = recent.begin_lookup(now);
        recent.revoke();
        recent.keep("token".to_owned(), 1, early);
        assert_eq!(recent.get("token", now), None);
        recent.keep("token".to_owned(), 2, recent.begin_lookup(now));
        assert_eq!(recent.get("token", now), Some(2));
        assert_eq!(recent.get("token", now.plus(LIFE_MS)), None);
        recent.revoke();
        assert_eq!(recent.get("token", now), None);
    }
}
