//! Background work: one file for each kind of job, the queue, the sweep, the index of
//! descriptions and the reclaiming of blobs.

mod caption;
mod deliver;
mod description_index;
mod failing;
mod ids;
mod pause;
mod queue;
mod reclaim;
mod sizes;
mod sweep;
mod video;

pub use queue::work_once;
pub use sweep::sweep_once;

use crate::app::Shared;
use crate::memory::delivery_slots;
use crate::memory::permits::processors;
use birdhouse_domain::JobKind;
use tokio::sync::watch;
use tokio::task::JoinSet;

/// Runs all background work until `stop` is true; fails if this server must stop.
pub async fn run(app: Shared, stop: watch::Receiver<bool>) -> anyhow::Result<()> {
    queue::release_leases(&app).await;
    let mut workers = JoinSet::new();
    workers.spawn(sweep::run(app.clone(), stop.clone()));
    workers.spawn(reclaim::run(app.clone(), stop.clone()));
    workers.spawn(description_index::run(app.clone(), stop.clone()));
    for kind in JobKind::ALL {
        for _ in 0..workers_of(kind) {
            workers.spawn(queue::work(app.clone(), kind, stop.clone()));
        }
    }
    ids::run(app, stop).await?;
    while workers.join_next().await.is_some() {}
    Ok(())
}

fn workers_of(kind: JobKind) -> usize {
    match kind {
        // Decoders take a permit for a processor; meanwhile other jobs wait for the disk.
        JobKind::DeriveSizes => 2 * processors(),
        // ffmpeg uses all processors by itself.
        JobKind::ProcessVideo => 1,
        JobKind::Deliver => delivery_slots::SLOTS,
        JobKind::Caption => 2,
    }
}
