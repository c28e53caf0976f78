//! Ensures that files of a media are derived by one task at a time; the others wait for it.

use birdhouse_domain::MediaId;
use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError, Weak};

/// The locks of media in use.
#[derive(Debug, Default)]
pub struct MediaLocks {
    locks: Mutex<HashMap<MediaId, Weak<tokio::sync::Mutex<()>>>>,
}

impl MediaLocks {
    /// The lock of a media.
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
