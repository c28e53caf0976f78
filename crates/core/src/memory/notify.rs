//! Wakes workers when a job was queued.

use birdhouse_domain::JobKind;
use tokio::sync::Notify;

/// One wake-up for each kind of job; videos take minutes and must not hold up images.
#[derive(Debug, Default)]
pub struct JobNotify {
    sizes: Notify,
    video: Notify,
}

impl JobNotify {
    /// Says that a job of this kind was queued.
    pub fn notify(&self, kind: JobKind) {
        self.of(kind).notify_one();
    }

    /// The wake-up of this kind.
    pub fn of(&self, kind: JobKind) -> &Notify {
        match kind {
            JobKind::DeriveSizes => &self.sizes,
            JobKind::ProcessVideo => &self.video,
        }
    }
}
