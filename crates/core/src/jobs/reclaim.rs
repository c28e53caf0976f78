//! Deletes blobs without a reference, which a crash between blob and row leaves.

use super::queue::log_failure;
use crate::actions::reconcile::{ORPHAN_AGE, ReconcileOptions, reconcile};
use crate::app::{App, Shared};
use crate::error::Result;
use std::time::Duration;
use tokio::sync::watch;

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

async fn reclaim(app: &App) -> Result<()> {
    let options = ReconcileOptions { verify: false, repair: true, orphan_age: ORPHAN_AGE };
    let report = reconcile(app, options, |_| {}).await?;
    if !report.is_clean() {
        let (orphans, mismatched) = (report.orphans, report.mismatched);
        tracing::warn!(
            orphans,
            mismatched,
            "catalog and blobs differed: {orphans} orphans, {mismatched} mismatches; \
             `birdhouse doctor` lists them"
        );
    }
    Ok(())
}
