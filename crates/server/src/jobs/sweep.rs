//! Removes what is past its life: media, their bytes, sign-ins, rate windows.

use super::report;
use crate::actions::reconcile::{ORPHAN_AGE, Wanted, reconcile};
use crate::app::{App, Shared};
use crate::error::{Error, Result};
use std::time::{Duration, Instant};
use tokio::sync::watch;
use tokio::task::spawn_blocking;

/// How often the sweeper looks.
const PAUSE: Duration = Duration::from_secs(5);
/// How often catalog and blob store are compared.
const COMPARE_EVERY: Duration = Duration::from_hours(6);
/// Rows in one go.
const BATCH: i64 = 200;

pub(super) async fn run(app: Shared, mut stop: watch::Receiver<bool>) {
    let mut compared: Option<Instant> = None;
    loop {
        if compared.is_none_or(|at| at.elapsed() >= COMPARE_EVERY) {
            report(reclaim(&app).await);
            compared = Some(Instant::now());
        }
        report(sweep_once(&app).await);
        crate::telemetry::fold_metrics();
        tokio::select! {
            () = tokio::time::sleep(PAUSE) => {}
            _ = stop.wait_for(|stop| *stop) => return,
        }
    }
}

/// Removes files that nothing names, as a crash between file and row leaves them.
async fn reclaim(app: &App) -> Result<()> {
    let wanted = Wanted { verify: false, repair: true, orphan_age: ORPHAN_AGE };
    let found = reconcile(app, wanted, |_| {}).await?;
    if !found.is_well() {
        let (orphans, mismatched) = (found.orphans, found.mismatched);
        tracing::warn!(orphans, mismatched, "catalog and blobs differed; `doctor` says more");
    }
    Ok(())
}

/// Removes everything that is past its life now.
pub async fn sweep_once(app: &App) -> Result<()> {
    let now = app.now();
    loop {
        let expired = app.store.expired_media(now, BATCH).await?;
        let mut has_gone = false;
        for id in &expired {
            match app.store.expire_media(*id, now).await {
                Ok(true) => {
                    has_gone = true;
                    metrics::counter!("birdhouse_media_expired_total").increment(1);
                }
                Ok(false) => {}
                // One that cannot go must not hold up the rest.
                Err(error) => tracing::error!(media.id = %id, %error, "a media cannot expire"),
            }
        }
        if expired.len() < usize::try_from(BATCH).unwrap_or(usize::MAX) || !has_gone {
            break;
        }
    }
    while collect_garbage(app).await? {}
    app.store.sweep_sign_ins(now).await?;
    app.store.sweep_oauth2(now).await?;
    app.rates.sweep(now.seconds());
    Ok(())
}

/// Deletes blobs first and forgets them then, so that a crash in between deletes them again.
async fn collect_garbage(app: &App) -> Result<bool> {
    let names = app.store.garbage(BATCH).await?;
    if names.is_empty() {
        return Ok(false);
    }
    let blobs = app.blobs.clone();
    let doomed = names.clone();
    let deleted = spawn_blocking(move || doomed.iter().try_for_each(|name| blobs.delete(name)));
    deleted.await.map_err(|e| Error::Broken(e.into()))??;
    app.store.forget_garbage(&names).await?;
    Ok(true)
}
