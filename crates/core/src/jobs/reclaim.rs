//! Deletes blobs without a reference, which a crash between blob and row leaves.

use super::failing::log_failure;
use crate::actions::health;
use crate::actions::reconcile::{ORPHAN_AGE, ReconcileOptions, delete_orphans, reconcile};
use crate::app::Shared;
use crate::error::Result;
use std::time::Duration;
use tokio::sync::watch;

/// More orphans than this, and more than one in [`ORPHANS_SHARE`] blobs, are no remains of crashes.
const ORPHANS_MIN: u64 = 100;
const ORPHANS_SHARE: u64 = 10;
/// How often catalog and blob store are compared.
const COMPARE_EVERY: Duration = Duration::from_hours(6);

/// Compares at start and periodically, until `stop` is true.
pub(super) async fn run(app: Shared, mut stop: watch::Receiver<bool>) {
    loop {
        tokio::select! {
            outcome = reclaim(&app) => log_failure(outcome),
            _ = stop.wait_for(|stop| *stop) => return,
        }
        tokio::select! {
            () = app.clock.sleep(COMPARE_EVERY) => {}
            _ = stop.wait_for(|stop| *stop) => return,
        }
    }
}

async fn reclaim(app: &Shared) -> Result<()> {
    // A disk that was unmounted would look as if all were lost.
    health::verify_stores(app).await?;
    let mut options = ReconcileOptions { verify: false, repair: false, orphan_age: ORPHAN_AGE };
    let report = reconcile(app, options, |_| {}).await?;
    if report.orphans > ORPHANS_MIN && report.orphans * ORPHANS_SHARE > report.blobs {
        let (orphans, blobs) = (report.orphans, report.blobs);
        tracing::error!(
            orphans,
            blobs,
            "{orphans} files of the blob store are not in the database, which has {blobs}: is it \
             an older copy? Nothing was deleted; `birdhouse doctor --repair` deletes them"
        );
        return Ok(());
    }
    options.repair = report.orphans > 0;
    delete_orphans(app, options).await?;
    if !report.is_clean() {
        let (orphans, mismatched) = (report.orphans, report.mismatched);
        tracing::warn!(
            orphans,
            mismatched,
            "database and blobs differed: {orphans} orphans, {mismatched} mismatches; \
             `birdhouse doctor` lists them"
        );
    }
    Ok(())
}
