//! Deletes what has expired: media and their bytes, sign-ins, tokens, rate windows.

use super::queue::log_failure;
use crate::app::{App, Shared};
use crate::error::Result;
use crate::host::telemetry;
use std::time::Duration;
use tokio::sync::watch;

/// Pause between two sweeps.
const PAUSE: Duration = Duration::from_secs(5);
/// Rows in one batch.
const BATCH: i64 = 200;

/// Sweeps periodically until `stop` is true.
pub(super) async fn run(app: Shared, mut stop: watch::Receiver<bool>) {
    loop {
        log_failure(sweep_once(&app).await);
        telemetry::fold_metrics();
        tokio::select! {
            () = app.clock.sleep(PAUSE) => {}
            _ = stop.wait_for(|stop| *stop) => return,
        }
    }
}

/// Deletes everything that has expired by now.
pub async fn sweep_once(app: &App) -> Result<()> {
    let now = app.now();
    loop {
        let expired = app.catalog.expired_media(now, BATCH).await?;
        let mut has_deleted = false;
        for id in &expired {
            match app.catalog.expire_media(*id, now).await {
                Ok(true) => {
                    has_deleted = true;
                    metrics::counter!("birdhouse_media_expired_total").increment(1);
                }
                Ok(false) => {}
                // One that cannot be deleted must not block the others.
                Err(error) => {
                    tracing::error!(media.id = %id, %error, "media {id} cannot be deleted");
                }
            }
        }
        if expired.len() < usize::try_from(BATCH).unwrap_or(usize::MAX) || !has_deleted {
            break;
        }
    }
    while collect_garbage(app).await? {}
    app.catalog.sweep_sign_ins(now).await?;
    app.catalog.sweep_oauth2(now).await?;
    app.memory.rates.sweep(now.seconds());
    Ok(())
}

/// Deletes blobs before their rows, so that a crash in between leaves no blob undeleted.
async fn collect_garbage(app: &App) -> Result<bool> {
    let names = app.catalog.garbage(BATCH).await?;
    if names.is_empty() {
        return Ok(false);
    }
    let garbage = names.clone();
    app.with_blobs(move |blobs| garbage.iter().try_for_each(|name| blobs.delete(name))).await?;
    app.catalog.remove_garbage(&names).await?;
    Ok(true)
}
