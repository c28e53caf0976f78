//! One derivation at a time for each media; all who need it wait for the same work.

use birdhouse_domain::MediaId;
use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError, Weak};

/// Media that something is being derived from, each with the lock that those who wait hold.
#[derive(Debug, Default)]
pub struct MediaLocks {
    locks: Mutex<HashMap<MediaId, Weak<tokio::sync::Mutex<()>>>>,
}

impl MediaLocks {
    /// The lock that all who need the same media hold in turn.
    pub fn lock_of(&self, media: MediaId) -> Arc<tokio::sync::Mutex<()>> {
        let mut locks = self.locks.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(lock) = locks.get(&media).and_then(Weak::upgrade) {
            return lock;
        }
        locks.retain(|_, lock| lock.strong_count() > 0);
        let lock = Arc::new(tokio::sync::Mutex::new(()));
        locks.insert(media, Arc::downgrade(&lock));
        lock
    }
}
