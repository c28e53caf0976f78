//! Limits on concurrency.

use crate::config::Limits;
use std::sync::Arc;
use tokio::sync::{OwnedSemaphorePermit, Semaphore};

/// Permits for requests and processors.
#[derive(Debug)]
pub struct Permits {
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
            requests: Arc::new(Semaphore::new(limits.requests)),
            inspections: Arc::new(Semaphore::new(processors)),
            decoders: Arc::new(Semaphore::new(processors)),
        }
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
