//! Derives what a reader requests and does not exist yet, within bounds.

use crate::app::Shared;
use crate::error::{Error, Result};
use crate::memory::attempts::{Attempt, AttemptKey, AttemptOutcome};
use crate::memory::shares::Holder;
use birdhouse_domain::Fault;
use futures_util::future::BoxFuture;
use std::time::Duration;

/// How long a reader waits; the work goes on, for those who ask again.
pub(super) const PATIENCE: Duration = Duration::from_secs(20);

/// Runs `work` unless it runs already or failed a moment ago. The outcome is the same for all who
/// wait; `Overloaded` if there is too much to do, for this reader or for all.
pub(super) async fn attempt(
    app: &Shared,
    reader: Holder,
    key: AttemptKey,
    work: BoxFuture<'static, Result<()>>,
) -> Result<()> {
    let attempts = &app.memory.attempts;
    if let Some(failure) = attempts.failure(&key, app.now()) {
        return failure.into_result();
    }
    let mut awaited = match attempts.begin(reader, &key) {
        Attempt::Joined(awaited) => awaited,
        Attempt::Started(running) => {
            let (awaited, app) = (running.awaited(), app.clone());
            // A task of its own: work whose first reader left is not begun again by the next.
            tokio::spawn(async move {
                let outcome = AttemptOutcome::from(work.await);
                app.memory.attempts.end(&running, outcome, app.now());
            });
            awaited
        }
        Attempt::TooMany => return Err(Fault::Overloaded.into()),
    };
    let outcome = app.clock.timeout(PATIENCE, awaited.wait_for(Option::is_some)).await;
    match outcome.map(|outcome| outcome.map(|outcome| outcome.clone())) {
        Some(Ok(Some(outcome))) => outcome.into_result(),
        Some(Ok(None) | Err(_)) => Err(Error::Broken(anyhow::anyhow!("deriving a file panicked"))),
        None => Err(Fault::Overloaded.into()),
    }
}
