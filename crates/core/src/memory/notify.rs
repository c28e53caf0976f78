//! Wakes workers when a job is queued, and the index when a description was written.

use birdhouse_domain::JobKind;
use tokio::sync::Notify;

/// One notification for each kind of job; videos take minutes and must not delay images.
#[derive(Debug, Default)]
pub struct JobNotify {
    sizes: Notify,
    video: Notify,
    deliver: Notify,
    caption: Notify,
    descriptions: Notify,
}

impl JobNotify {
    /// Notifies a worker that a job of this kind was queued.
    pub fn notify(&self, kind: JobKind) {
        self.of(kind).notify_one();
    }

    /// The notification for this kind.
    pub fn of(&self, kind: JobKind) -> &Notify {
        match kind {
            JobKind::DeriveSizes => &self.sizes,
            JobKind::ProcessVideo => &self.video,
            JobKind::Deliver => &self.deliver,
            JobKind::Caption => &self.caption,
        }
    }

    /// Notifies the index that a description was written.
    pub fn described(&self) {
        self.descriptions.notify_one();
    }

    /// The notification that a description was written.
    pub fn descriptions(&self) -> &Notify {
        &self.descriptions
    }
}
