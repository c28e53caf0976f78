//! Deletes what has expired: media and their bytes, sign-ins, tokens, rate windows.

use super::failing::LoopHealth;
use crate::actions::coverage;
use crate::actions::extras::{self, EXTRAS_MAX_BYTES};
use crate::actions::health;
use crate::app::{App, Shared};
use crate::blobs::Blobs;
use crate::error::Result;
use crate::host::telemetry;
use crate::host::telemetry::MEDIA_EXPIRED;
use birdhouse_domain::{MediaId, Timestamp};
use std::time::Duration;
use tokio::sync::watch;

/// Pause between two sweeps.
const PAUSE: Duration = Duration::from_secs(5);
/// Milliseconds from when a blob was found to be garbage to its deletion. A COMMIT whose answer was
/// lost is decided long before.
const GARBAGE_GRACE: i64 = 10 * 60 * 1000;
/// Rows at a time, between which requests come first.
const BATCH: i64 = 100;
/// New garbage at a time.
const GARBAGE_BATCH: usize = 100;

/// Sweeps periodically until `stop` is true.
pub(super) async fn run(app: Shared, mut stop: watch::Receiver<bool>) {
    let mut health = LoopHealth::new(&app);
    loop {
        tokio::select! {
            outcome = sweep_once(&app) => drop(health.note(outcome)),
            _ = stop.wait_for(|stop| *stop) => return,
        }
        telemetry::fold_metrics();
        tokio::select! {
            () = app.clock.sleep(PAUSE.max(health.pause())) => {}
            _ = stop.wait_for(|stop| *stop) => return,
        }
    }
}

/// Deletes everything that has expired by now. One kind that fails does not hold up the others; the
/// last failure is returned.
pub async fn sweep_once(app: &Shared) -> Result<()> {
    let now = app.now();
    let mut outcome = sweep_abandoned(app).await;
    let believed = app.expiry_hold.believed(now, app.clock.monotonic());
    if let Some(belief) = app.expiry_hold.to_record() {
        let recorded = app.catalog.believe_clock(belief).await;
        outcome = recorded.map(drop).map_err(Into::into).and(outcome);
    }
    outcome = delete_expired(app, believed).await.and(outcome);
    outcome = sweep_garbage(app).await.and(outcome);
    outcome = extras::evict(app, EXTRAS_MAX_BYTES).await.and(outcome);
    outcome = coverage::store_views(app).await.and(outcome);
    app.memory.rates.sweep(now.seconds());
    outcome
}

/// Makes blobs garbage whose request or process ended before their row was written, and removes all else
/// that was left of interrupted work.
async fn sweep_abandoned(app: &Shared) -> Result<()> {
    let abandoned = app.with_blobs(Blobs::abandoned).await?;
    for some in abandoned.blobs().chunks(GARBAGE_BATCH) {
        app.catalog.add_garbage(some).await?;
    }
    let clear = |blobs: &Blobs| {
        blobs.clear(abandoned);
        Ok(())
    };
    app.with_blobs(clear).await
}

async fn delete_expired(app: &App, now: Timestamp) -> Result<()> {
    let mut outcome = sweep_media(app, now).await;
    outcome = app.catalog.sweep_sign_ins(now).await.map(drop).map_err(Into::into).and(outcome);
    app.catalog.sweep_oauth2(now).await.map(drop).map_err(Into::into).and(outcome)
}

async fn sweep_garbage(app: &Shared) -> Result<()> {
    while collect_garbage(app).await? {}
    Ok(())
}

/// Deletes every expired media. What cannot be deleted is passed over until the next sweep, so that
/// no number of such media keeps the others.
async fn sweep_media(app: &App, now: Timestamp) -> Result<()> {
    let mut after = (Timestamp(i64::MIN), MediaId(i64::MIN));
    loop {
        let _permit = app.memory.permits.maintenance(&app.clock).await?;
        let expired = app.catalog.expired_media(now, after, BATCH).await?;
        let Some(last) = expired.last() else { return Ok(()) };
        after = *last;
        for (_, id) in &expired {
            match app.catalog.expire_media(*id, now).await {
                Ok(true) => metrics::counter!(MEDIA_EXPIRED).increment(1),
                Ok(false) => {}
                Err(error) => {
                    tracing::error!(media.id = %id, %error, "media {id} cannot be deleted");
                }
            }
        }
    }
}

/// Deletes blobs first and their rows then, so that a crash in between deletes them again. One that
/// cannot be deleted does not hold up the others.
async fn collect_garbage(app: &Shared) -> Result<bool> {
    let _permit = app.memory.permits.maintenance(&app.clock).await?;
    // A clock that goes ahead must not make it older than it is.
    let now = app.expiry_hold.running();
    let names = app.catalog.garbage(now, GARBAGE_GRACE, BATCH).await?;
    if names.is_empty() {
        return Ok(false);
    }
    health::verify_stores(app).await?;
    let delete =
        move |blobs: &Blobs| Ok(names.into_iter().partition(|name| is_deleted(blobs, name)));
    let (deleted, kept): (Vec<String>, Vec<String>) = app.with_blobs(delete).await?;
    app.catalog.remove_garbage(&deleted).await?;
    app.catalog.postpone_garbage(&kept, now).await?;
    Ok(!deleted.is_empty())
}

fn is_deleted(blobs: &Blobs, name: &str) -> bool {
    let deleted = blobs.delete(name);
    if let Err(error) = &deleted {
        tracing::error!(%error, "blob {name} cannot be deleted");
    }
    deleted.is_ok()
}
