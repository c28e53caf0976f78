//! Keeps the index of descriptions up to date, and gives way to requests.

use super::failing::LoopHealth;
use crate::actions::description_index::index_some;
use crate::app::Shared;
use crate::error::Result;
use std::time::Duration;
use tokio::sync::watch;

/// How long a description waits for others, so that they share a write.
const GATHER: Duration = Duration::from_millis(300);
/// How often the index looks for changes without a notification, such as those of another server.
const LOOK: Duration = Duration::from_secs(5);
/// While requests come in, it rests so many times as long as it worked.
const REST: u32 = 40;
/// The longest rest.
const REST_MAX: Duration = Duration::from_secs(10);

/// Indexes until `stop` is true.
pub(super) async fn run(app: Shared, mut stop: watch::Receiver<bool>) {
    let mut health = LoopHealth::new(&app);
    loop {
        // A notification that comes meanwhile is kept.
        let outcome = tokio::select! {
            outcome = index_until_done(&app) => outcome,
            _ = stop.wait_for(|stop| *stop) => return,
        };
        let pause = match health.note(outcome) {
            Some(()) => GATHER,
            None => health.pause(),
        };
        tokio::select! {
            () = next(&app, pause) => {}
            _ = stop.wait_for(|stop| *stop) => return,
        }
    }
}

/// Waits until there may be something to index, and then for `pause`.
async fn next(app: &Shared, pause: Duration) {
    // Either is a reason to look.
    let _is_notified = app.clock.timeout(LOOK, app.memory.notify.descriptions().notified()).await;
    app.clock.sleep(pause).await;
}

async fn index_until_done(app: &Shared) -> Result<()> {
    loop {
        let permit = app.memory.permits.maintenance(&app.clock).await?;
        let (was_idle, begun) = (app.memory.permits.is_idle(), app.clock.monotonic());
        let is_more = index_some(app).await?;
        drop(permit);
        if !is_more {
            return Ok(());
        }
        if !(was_idle && app.memory.permits.is_idle()) {
            let worked = app.clock.monotonic().saturating_sub(begun);
            app.clock.sleep((worked * REST).min(REST_MAX)).await;
        }
    }
}
