//! Bounds on what runs or is held at the same time.

use crate::config::Limits;
use std::sync::Arc;
use tokio::sync::{OwnedSemaphorePermit, Semaphore};

/// Permits for memory, requests and processors.
#[derive(Debug)]
pub struct Permits {
    /// One permit for each KiB of form bodies.
    form_memory: Arc<Semaphore>,
    requests: Arc<Semaphore>,
    /// One permit for each processor.
    inspections: Arc<Semaphore>,
    /// One permit for each processor. Decoders do not hold up uploads, which have processors of
    /// their own and a higher priority.
    decoders: Arc<Semaphore>,
}

impl Permits {
    /// The permits that the settings and this machine allow.
    pub(crate) fn new(limits: &Limits) -> Self {
        let processors = processors();
        Self {
            form_memory: Arc::new(Semaphore::new(limits.form_bytes / 1024)),
            requests: Arc::new(Semaphore::new(limits.requests)),
            inspections: Arc::new(Semaphore::new(processors)),
            decoders: Arc::new(Semaphore::new(processors)),
        }
    }

    /// Memory for so many KiB of a form body; `None` if there is not as much left.
    pub fn form_memory(&self, kibibytes: u32) -> Option<OwnedSemaphorePermit> {
        self.form_memory.clone().try_acquire_many_owned(kibibytes).ok()
    }

    /// A request; `None` if there are too many.
    pub fn request(&self) -> Option<OwnedSemaphorePermit> {
        self.requests.clone().try_acquire_owned().ok()
    }

    /// Requests that may still start.
    pub fn free_requests(&self) -> usize {
        self.requests.available_permits()
    }

    /// The inspection of a file, or another computation of its length. Held by the work itself,
    /// which goes on when its client has gone.
    pub(crate) async fn inspection(&self) -> crate::error::Result<OwnedSemaphorePermit> {
        Ok(self.inspections.clone().acquire_owned().await?)
    }

    /// A worker that decodes.
    pub(crate) async fn decoder(&self) -> crate::error::Result<OwnedSemaphorePermit> {
        Ok(self.decoders.clone().acquire_owned().await?)
    }
}

/// Processors of this machine.
pub(crate) fn processors() -> usize {
    std::thread::available_parallelism().map_or(2, std::num::NonZero::get)
}
