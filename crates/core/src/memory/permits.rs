//! Limits on concurrency and memory.

use crate::config::Limits;
use std::sync::Arc;
use tokio::sync::{OwnedSemaphorePermit, Semaphore};

/// Permits for memory, requests and processors.
#[derive(Debug)]
pub struct Permits {
    /// One permit for each KiB of form bodies.
    form_memory: Arc<Semaphore>,
    form_kibibytes: usize,
    requests: Arc<Semaphore>,
    /// One permit for each processor.
    inspections: Arc<Semaphore>,
    /// One permit for each processor, separate from inspections so that decoders do not delay uploads.
    decoders: Arc<Semaphore>,
}

impl Permits {
    /// Permits according to the settings and the number of processors.
    pub(crate) fn new(limits: &Limits) -> Self {
        let processors = processors();
        Self {
            form_memory: Arc::new(Semaphore::new(limits.form_bytes / 1024)),
            form_kibibytes: limits.form_bytes / 1024,
            requests: Arc::new(Semaphore::new(limits.requests)),
            inspections: Arc::new(Semaphore::new(processors)),
            decoders: Arc::new(Semaphore::new(processors)),
        }
    }

    /// Memory for a form body, once enough is free; `None` if there never is so much.
    pub async fn form_memory(&self, kibibytes: u32) -> Option<OwnedSemaphorePermit> {
        let all = self.form_kibibytes;
        if usize::try_from(kibibytes).is_ok_and(|wanted| wanted > all) {
            return None;
        }
        self.form_memory.clone().acquire_many_owned(kibibytes).await.ok()
    }

    /// A permit for a request; `None` if there are too many.
    pub fn request(&self) -> Option<OwnedSemaphorePermit> {
        self.requests.clone().try_acquire_owned().ok()
    }

    /// Number of requests that may still start.
    pub fn free_requests(&self) -> usize {
        self.requests.available_permits()
    }

    /// A permit to inspect a file or do similar work. The work holds it itself, because it continues
    /// when its client disconnects.
    pub(crate) async fn inspection(&self) -> crate::error::Result<OwnedSemaphorePermit> {
        Ok(self.inspections.clone().acquire_owned().await?)
    }

    /// A permit for a decoder.
    pub(crate) async fn decoder(&self) -> crate::error::Result<OwnedSemaphorePermit> {
        Ok(self.decoders.clone().acquire_owned().await?)
    }
}

/// Number of processors.
pub(crate) fn processors() -> usize {
    std::thread::available_parallelism().map_or(2, std::num::NonZero::get)
}
