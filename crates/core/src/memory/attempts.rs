//! What readers had derived because it did not exist yet. One attempt runs for all who wait for it,
//! their number is bounded, and a failure is remembered for a while, so that no request repeats in
//! vain what is expensive.

use super::shares::{Holder, Pool, Share};
use crate::error::{Error, Result};
use birdhouse_domain::{Fault, MediaId, Timestamp};
use quick_cache::sync::Cache;
use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError};
use tokio::sync::watch;

/// Attempts that may run or wait for a permit at the same time; one reader has half of them at most.
const RUNNING_MAX: usize = 256;
/// Failures that are remembered.
const FAILED_MAX: usize = 10_000;
/// How long it is remembered that the file itself is at fault.
const REFUSED_LIFE_MS: i64 = 3600 * Timestamp::SECOND;
/// How long any other failure is remembered.
const BROKEN_LIFE_MS: i64 = 10 * Timestamp::SECOND;

/// What is derived for a reader.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub(crate) enum ReaderWork {
    /// A size of an image, by name and content type.
    Size(String, &'static str),
    /// The first rendition of a video.
    Video,
}

/// The media, and what is derived from it.
pub(crate) type AttemptKey = (MediaId, ReaderWork);

/// What came of an attempt.
#[derive(Clone, Debug)]
pub(crate) enum AttemptOutcome {
    /// It is derived.
    Done,
    /// It cannot be derived.
    Refused(Fault),
    /// Unexpectedly failed, and why.
    Broken(String),
}

impl AttemptOutcome {
    /// As a result for each who waited.
    pub(crate) fn into_result(self) -> Result<()> {
        match self {
            Self::Done => Ok(()),
            Self::Refused(fault) => Err(fault.into()),
            Self::Broken(why) => Err(Error::Broken(anyhow::anyhow!(why))),
        }
    }

    /// How long it is remembered, in milliseconds.
    fn life_ms(&self) -> i64 {
        match self {
            Self::Done => 0,
            Self::Refused(Fault::MediaNotFound) => REFUSED_LIFE_MS,
            Self::Refused(_) | Self::Broken(_) => BROKEN_LIFE_MS,
        }
    }
}

impl From<Result<()>> for AttemptOutcome {
    fn from(result: Result<()>) -> Self {
        match result {
            Ok(()) => Self::Done,
            Err(Error::Refused(fault)) => Self::Refused(fault),
            Err(Error::Broken(cause)) => Self::Broken(format!("{cause:#}")),
        }
    }
}

/// The outcome of an attempt, once there is one.
pub(crate) type Awaited = watch::Receiver<Option<AttemptOutcome>>;

/// Who waits for an attempt, and who makes it.
#[derive(Debug)]
pub(crate) enum Attempt {
    /// Somebody makes it already.
    Joined(Awaited),
    /// To be made now, by who holds this.
    Started(RunningAttempt),
    /// There are too many, of this reader or of all.
    TooMany,
}

/// Attempts that run, and failures of earlier ones.
#[derive(Debug)]
pub(crate) struct Attempts {
    places: Pool,
    running: Arc<Mutex<HashMap<AttemptKey, Awaited>>>,
    failed: Cache<AttemptKey, (Timestamp, AttemptOutcome)>,
}

impl Default for Attempts {
    fn default() -> Self {
        let (places, failed) = (Pool::new(RUNNING_MAX), Cache::new(FAILED_MAX));
        Self { places, running: Arc::default(), failed }
    }
}

impl Attempts {
    /// Joins an attempt, or starts one for this reader.
    pub(crate) fn begin(&self, reader: Holder, key: &AttemptKey) -> Attempt {
        let mut running = self.running.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(awaited) = running.get(key) {
            return Attempt::Joined(awaited.clone());
        }
        let Some(place) = self.places.try_take(reader, 1) else { return Attempt::TooMany };
        let (outcome, awaited) = watch::channel(None);
        running.insert(key.clone(), awaited);
        let (key, all) = (key.clone(), self.running.clone());
        Attempt::Started(RunningAttempt { key, outcome, all, _place: place })
    }

    /// A failure that is remembered.
    pub(crate) fn failure(&self, key: &AttemptKey, now: Timestamp) -> Option<AttemptOutcome> {
        let (at, outcome) = self.failed.get(key)?;
        (0..outcome.life_ms()).contains(&now.since(at)).then_some(outcome)
    }

    /// Remembers a failure, and tells those who wait.
    pub(crate) fn end(&self, attempt: &RunningAttempt, outcome: AttemptOutcome, now: Timestamp) {
        if outcome.life_ms() > 0 {
            self.failed.insert(attempt.key.clone(), (now, outcome.clone()));
        }
        attempt.outcome.send_replace(Some(outcome));
    }
}

/// An attempt that runs until this is dropped.
#[derive(Debug)]
pub(crate) struct RunningAttempt {
    key: AttemptKey,
    outcome: watch::Sender<Option<AttemptOutcome>>,
    all: Arc<Mutex<HashMap<AttemptKey, Awaited>>>,
    _place: Share,
}

impl RunningAttempt {
    /// Waits for its outcome.
    pub(crate) fn awaited(&self) -> Awaited {
        self.outcome.subscribe()
    }
}

impl Drop for RunningAttempt {
    fn drop(&mut self) {
        self.all.lock().unwrap_or_else(PoisonError::into_inner).remove(&self.key);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use birdhouse_domain::UserId;

    #[test]
    fn one_reader_cannot_take_all_attempts() {
        let attempts = Attempts::default();
        let begin = |reader, id| {
            attempts.begin(Holder::User(UserId(reader)), &(MediaId(id), ReaderWork::Video))
        };
        let mut held = Vec::new();
        for id in 0..1000 {
            match begin(1, id) {
                Attempt::Started(running) => held.push(running),
                other => assert!(matches!(other, Attempt::TooMany)),
            }
        }
        assert_eq!(held.len(), RUNNING_MAX / 2);
        assert!(matches!(begin(2, 0), Attempt::Joined(_)));
        assert!(matches!(begin(2, 5000), Attempt::Started(_)));
    }
}
