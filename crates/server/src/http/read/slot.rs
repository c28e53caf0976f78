//! The place of a request among those that are handled at the same time.

use birdhouse_core::app::App;
use birdhouse_core::error::Result;
use birdhouse_domain::Fault;
use std::sync::{Arc, Mutex, PoisonError};
use tokio::sync::OwnedSemaphorePermit;

/// The place of a request; it is in the request's extensions.
#[derive(Clone, Debug)]
pub struct Slot(Arc<Mutex<Option<OwnedSemaphorePermit>>>);

impl Slot {
    /// Takes one; [`Fault::Overloaded`] if there is none.
    pub fn take(app: &App) -> Result<Self> {
        let permit = app.memory.permits.request().ok_or(Fault::Overloaded)?;
        Ok(Self(Arc::new(Mutex::new(Some(permit)))))
    }

    /// Gives it up while the request waits for a client that nobody knows.
    pub fn release(&self) {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).take();
    }

    /// Takes one again.
    pub fn retake(&self, app: &App) -> Result<()> {
        let permit = app.memory.permits.request().ok_or(Fault::Overloaded)?;
        self.0.lock().unwrap_or_else(PoisonError::into_inner).replace(permit);
        Ok(())
    }
}
