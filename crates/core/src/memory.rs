//! Volatile state: caches, counters and permits, all of which may be lost at a restart.

pub(crate) mod attempts;
pub(crate) mod breaker;
pub mod buffers;
pub mod coverage;
pub mod delivered;
pub(crate) mod delivery_slots;
pub(crate) mod expiry_hold;
pub(crate) mod job_turns;
pub mod media_locks;
pub(crate) mod network;
pub mod notify;
pub(crate) mod password_thread;
pub mod permits;
pub mod rates;
pub mod replays;
pub mod shares;
pub(crate) mod sign_ins;
mod signature_log;
pub mod tokens;
pub(crate) mod troubles;
pub(crate) mod views;
pub(crate) mod webhook_owners;

use crate::config::Config;
use std::sync::Arc;

/// The volatile state of a server.
pub struct Memory {
    /// Rate windows.
    pub rates: rates::RateLimits,
    /// Limits on concurrency and memory.
    pub permits: permits::Permits,
    /// What readers had derived.
    pub(crate) attempts: attempts::Attempts,
    /// Buffers for delivery.
    pub(crate) buffers: Arc<buffers::BufferPool>,
    /// How many media of a user are described.
    pub(crate) coverage: coverage::CoverageCache,
    /// Recently delivered files.
    pub(crate) delivered: delivered::DeliveryCache,
    /// Slots for deliveries to webhooks.
    pub(crate) delivery_slots: delivery_slots::DeliverySlots,
    /// Whether the captioning service is called.
    pub(crate) captioner: breaker::Breaker,
    /// Which users may have a webhook.
    pub(crate) webhook_owners: webhook_owners::WebhookOwners,
    /// Locks of media that files are being derived from.
    pub(crate) media_locks: media_locks::MediaLocks,
    /// Which user's job was taken last.
    pub(crate) job_turns: job_turns::JobTurns,
    /// What keeps background loops from their work.
    pub(crate) troubles: troubles::Troubles,
    /// Wakes the job workers.
    pub(crate) notify: notify::JobNotify,
    /// Signatures already used.
    pub(crate) replays: replays::Replays,
    /// Hashes passwords.
    pub(crate) passwords: password_thread::PasswordThread,
    /// Sign-in attempts.
    pub(crate) sign_ins: sign_ins::SignIns,
    /// Recently used OAuth 1.0a keys.
    pub(crate) keys: tokens::RecentKeys,
    /// Recently used OAuth 2.0 tokens.
    pub(crate) grants: tokens::RecentGrants,
    /// Views that are not stored yet.
    pub(crate) views: views::Views,
}

impl Memory {
    /// Empty state.
    pub(crate) fn new(config: &Config) -> anyhow::Result<Self> {
        Ok(Self {
            rates: rates::RateLimits::new(config.rate_limits, config.rate_figures.clone()),
            permits: permits::Permits::new(config),
            attempts: attempts::Attempts::default(),
            buffers: Arc::default(),
            coverage: coverage::CoverageCache::default(),
            delivered: delivered::DeliveryCache::default(),
            delivery_slots: delivery_slots::DeliverySlots::default(),
            captioner: breaker::Breaker::default(),
            webhook_owners: webhook_owners::WebhookOwners::default(),
            media_locks: media_locks::MediaLocks::default(),
            job_turns: job_turns::JobTurns::default(),
            troubles: troubles::Troubles::default(),
            notify: notify::JobNotify::default(),
            replays: replays::Replays::default(),
            passwords: password_thread::PasswordThread::start()?,
            sign_ins: sign_ins::SignIns::default(),
            keys: tokens::RecentKeys::default(),
            grants: tokens::RecentGrants::default(),
            views: views::Views::default(),
        })
    }
}
