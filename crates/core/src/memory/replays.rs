//! Rejects replays of signed requests.

use super::signature_log::SignatureLog;
use crate::host::clock::Clock;
use birdhouse_domain::Fault;
use birdhouse_oauth::replay::{Moment, Outcome, ReplayGuard};
use std::io;
use std::path::Path;
use std::sync::{Mutex, OnceLock, PoisonError};

/// Maximum difference between an OAuth timestamp and the server's time, in seconds.
pub const OAUTH_WINDOW_SECONDS: i64 = 15 * 60;
/// Maximum number of remembered signatures; beyond that requests are refused until older ones expire.
const MAX_ENTRIES: usize = 4_000_000;

/// The signatures within the window.
pub struct Replays {
    guard: Mutex<ReplayGuard>,
    log: OnceLock<SignatureLog>,
}

impl Default for Replays {
    fn default() -> Self {
        let guard = Mutex::new(ReplayGuard::new(OAUTH_WINDOW_SECONDS, MAX_ENTRIES));
        Self { guard, log: OnceLock::new() }
    }
}

/// This moment, as the replay guard needs it.
pub fn moment(clock: &Clock) -> Moment {
    let monotonic = i64::try_from(clock.monotonic().as_secs()).unwrap_or(i64::MAX);
    Moment { wall: clock.now().seconds(), monotonic }
}

/// Identifies a signed request.
#[derive(Clone, Copy, Debug)]
pub struct SignatureId<'a> {
    /// Who signed: a user or an app.
    pub signer: &'a str,
    /// The consumer key and the token.
    pub keys: &'a str,
    /// `oauth_timestamp`, in seconds since 1970.
    pub timestamp: i64,
    /// `oauth_nonce`.
    pub nonce: &'a str,
    /// `oauth_signature`.
    pub signature: &'a str,
}

impl Replays {
    /// Remembers across restarts, in files of this directory. Blocks.
    pub(crate) fn keep_in(&self, directory: &Path, now: Moment) -> io::Result<()> {
        let mut guard = self.guard.lock().unwrap_or_else(PoisonError::into_inner);
        let log = SignatureLog::open(directory, now, |request| {
            // Of those that do not fit more were used than can be remembered, as of new ones.
            let _outcome = guard.restore(now, request);
        })?;
        // The server calls it once.
        drop(self.log.set(log));
        Ok(())
    }

    /// Returns once all that was admitted is in the files. Blocks.
    pub(crate) fn flush(&self) {
        if let Some(log) = self.log.get() {
            log.flush();
        }
    }

    /// Records a request; refuses one that was seen, or that cannot be remembered.
    pub fn admit(&self, now: Moment, request: SignatureId<'_>) -> Result<(), Fault> {
        let SignatureId { signer, keys, timestamp, nonce, signature } = request;
        let fingerprint = ReplayGuard::fingerprint(signer, keys, timestamp, nonce, signature);
        let mut guard = self.guard.lock().unwrap_or_else(PoisonError::into_inner);
        match guard.insert(now, fingerprint) {
            Outcome::First => {
                if let Some(log) = self.log.get() {
                    log.add(now, fingerprint);
                }
                Ok(())
            }
            Outcome::Replay => Err(Fault::Replayed),
            Outcome::Full => Err(Fault::Overloaded),
        }
    }
}
