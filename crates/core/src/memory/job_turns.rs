//! Which user had a job taken last: the next job is that of the user behind.

use birdhouse_domain::{JobKind, UserId};
use std::sync::atomic::{AtomicI64, Ordering};

/// One turn for each kind of job. After a restart it begins with the first user.
#[derive(Debug, Default)]
pub(crate) struct JobTurns {
    sizes: AtomicI64,
    video: AtomicI64,
    deliver: AtomicI64,
    caption: AtomicI64,
}

impl JobTurns {
    /// The user whose job of this kind was taken last.
    pub(crate) fn last(&self, kind: JobKind) -> UserId {
        UserId(self.of(kind).load(Ordering::Relaxed))
    }

    /// Notes whose job of this kind was taken.
    pub(crate) fn taken(&self, kind: JobKind, user: UserId) {
        self.of(kind).store(user.0, Ordering::Relaxed);
    }

    fn of(&self, kind: JobKind) -> &AtomicI64 {
        match kind {
            JobKind::DeriveSizes => &self.sizes,
            JobKind::ProcessVideo => &self.video,
            JobKind::Deliver => &self.deliver,
            JobKind::Caption => &self.caption,
        }
    }
}
