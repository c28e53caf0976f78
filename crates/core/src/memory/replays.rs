//! Signatures that were seen, so that no signed request passes twice.

use birdhouse_oauth::replay::ReplayGuard;
use std::sync::{Mutex, PoisonError};

/// Seconds that an OAuth timestamp may be off, either way.
pub const OAUTH_WINDOW_SECONDS: i64 = 15 * 60;
/// Signatures remembered; beyond that the oldest are forgotten.
const MAX_ENTRIES: usize = 4_000_000;

/// The signatures of the last quarter of an hour.
pub struct Replays {
    guard: Mutex<ReplayGuard>,
}

impl Default for Replays {
    fn default() -> Self {
        Self { guard: Mutex::new(ReplayGuard::new(OAUTH_WINDOW_SECONDS, MAX_ENTRIES)) }
    }
}

/// What tells one signed request from every other.
#[derive(Clone, Copy, Debug)]
pub struct SignedOnce<'a> {
    /// The consumer key and the token.
    pub signer: &'a str,
    /// `oauth_timestamp`, in seconds since 1970.
    pub timestamp: i64,
    /// `oauth_nonce`.
    pub nonce: &'a str,
    /// `oauth_signature`.
    pub signature: &'a str,
}

impl Replays {
    /// Whether this request comes for the first time; `now` in seconds since 1970.
    pub fn is_first(&self, now: i64, request: SignedOnce<'_>) -> bool {
        let SignedOnce { signer, timestamp, nonce, signature } = request;
        let fingerprint = ReplayGuard::fingerprint(signer, timestamp, nonce, signature);
        let mut guard = self.guard.lock().unwrap_or_else(PoisonError::into_inner);
        guard.check(now, timestamp, fingerprint)
    }
}
