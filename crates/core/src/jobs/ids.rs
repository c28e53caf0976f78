//! Renews the lease of ids.

use super::failing::LoopHealth;
use crate::app::{Shared, TAKEN_OVER};
use anyhow::bail;
use std::time::Duration;
use tokio::sync::watch;

/// A lease lasts a minute; several renewals may fail before ids no longer follow the clock.
const RENEW_EVERY: Duration = Duration::from_secs(10);

/// Renews until told to stop; fails if another server took over.
pub(super) async fn run(app: Shared, mut stop: watch::Receiver<bool>) -> anyhow::Result<()> {
    let mut health = LoopHealth::new(&app);
    loop {
        tokio::select! {
            () = app.clock.sleep(RENEW_EVERY) => {}
            _ = stop.wait_for(|stop| *stop) => return Ok(()),
        }
        if health.note(app.renew_ids().await) == Some(false) {
            bail!(TAKEN_OVER);
        }
    }
}
