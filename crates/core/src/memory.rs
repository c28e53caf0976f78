//! What a restart may forget: caches, counters and permits. Nothing here is needed to keep a
//! promise; a shared store may hold it for several servers.

pub mod buffers;
pub mod delivered;
pub mod media_locks;
pub mod notify;
pub mod permits;
pub mod rates;
pub mod replays;
pub mod sign_ins;
pub mod tokens;

use crate::config::Config;
use std::sync::Arc;

/// Everything that a restart may forget.
pub struct Memory {
    /// Rate windows.
    pub rates: rates::RateLimits,
    /// Bounds on what runs or is held at the same time.
    pub permits: permits::Permits,
    /// Buffers for what is delivered.
    pub(crate) buffers: Arc<buffers::BufferPool>,
    /// What was delivered a moment ago.
    pub(crate) delivered: delivered::Delivered,
    /// Media that something is being derived from.
    pub(crate) media_locks: media_locks::MediaLocks,
    /// Wakes the workers of a job queue.
    pub(crate) notify: notify::JobNotify,
    /// Signatures that were seen.
    pub(crate) replays: replays::Replays,
    /// Attempts to sign in.
    pub(crate) sign_ins: sign_ins::SignIns,
    /// OAuth 1.0a keys that were looked up a moment ago.
    pub(crate) keys: tokens::RecentKeys,
    /// OAuth 2.0 tokens that were looked up a moment ago.
    pub(crate) grants: tokens::RecentGrants,
}

impl Memory {
    /// Nothing remembered yet.
    pub(crate) fn new(config: &Config) -> anyhow::Result<Self> {
        Ok(Self {
            rates: rates::RateLimits::new(config.rate_limits, &config.rate_figures)?,
            permits: permits::Permits::new(&config.limits),
            buffers: Arc::default(),
            delivered: delivered::Delivered::default(),
            media_locks: media_locks::MediaLocks::default(),
            notify: notify::JobNotify::default(),
            replays: replays::Replays::default(),
            sign_ins: sign_ins::SignIns::default(),
            keys: tokens::RecentKeys::default(),
            grants: tokens::RecentGrants::default(),
        })
    }
}
