//! How many media of a user are described, which took long to count; kept for a while.

use birdhouse_catalog::own_media::DescribedCount;
use birdhouse_domain::{AppId, Timestamp, UserId};
use quick_cache::sync::Cache;
use std::collections::HashMap;
use std::sync::Arc;
use tokio::sync::{Mutex, MutexGuard};

/// Users whose counts are kept.
const USERS_MAX: usize = 200;

/// How many images and GIFs of a user are described.
#[derive(Clone, Debug, Default)]
pub struct Coverage {
    /// By day of the upload, older ones first, and app.
    pub counts: Vec<DescribedCount>,
    /// The names of those apps.
    pub apps: HashMap<AppId, String>,
}

/// Counts by user, each with the time until which they are good.
pub(crate) struct CoverageCache {
    counts: Cache<UserId, (Timestamp, Arc<Coverage>)>,
    turn: Mutex<()>,
}

impl Default for CoverageCache {
    fn default() -> Self {
        Self { counts: Cache::new(USERS_MAX), turn: Mutex::default() }
    }
}

impl CoverageCache {
    /// The counts of a user, if they are still good.
    pub(crate) fn get(&self, user: UserId, now: Timestamp) -> Option<Arc<Coverage>> {
        let (until, counts) = self.counts.get(&user)?;
        (now < until).then_some(counts)
    }

    /// Keeps the counts of a user.
    pub(crate) fn keep(&self, user: UserId, until: Timestamp, counts: Arc<Coverage>) {
        self.counts.insert(user, (until, counts));
    }

    /// The turn to count.
    pub(crate) async fn turn(&self) -> MutexGuard<'_, ()> {
        self.turn.lock().await
    }
}
