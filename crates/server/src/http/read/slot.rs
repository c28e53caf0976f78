//! The place of a request among those that are handled at the same time.

use birdhouse_core::app::App;
use birdhouse_core::error::Result;
use birdhouse_core::memory::shares::Share;
use birdhouse_domain::{Fault, RateLimitKey};
use std::net::IpAddr;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

/// The place of a request; it is in the request's extensions.
#[derive(Clone, Debug)]
pub struct Slot {
    client: IpAddr,
    share: Arc<Mutex<Option<Share>>>,
}

impl Slot {
    /// Takes one for the client at this address; [`Fault::Overloaded`] if there is none.
    pub fn take(app: &App, client: IpAddr) -> Result<Self> {
        let slot = Self { client, share: Arc::default() };
        slot.retake(app)?;
        Ok(slot)
    }

    /// Gives it up while the request waits for a client that nobody knows.
    pub fn release(&self) {
        self.share().take();
    }

    /// Takes one again.
    pub fn retake(&self, app: &App) -> Result<()> {
        let share = app.memory.permits.request(self.client).ok_or(Fault::Overloaded)?;
        self.share().replace(share);
        Ok(())
    }

    /// Counts it for the caller of the request, and no longer for its address; [`Fault::Overloaded`] if
    /// the caller has too many.
    pub fn identify(&self, app: &App, caller: RateLimitKey) -> Result<()> {
        let mut share = self.share();
        let is_counted =
            share.as_mut().is_none_or(|share| app.memory.permits.identify(share, caller));
        if is_counted { Ok(()) } else { Err(Fault::Overloaded.into()) }
    }

    /// Memory for a response of `bytes`, which counts for whom the slot counts; [`Fault::Overloaded`] if
    /// it is not free, or those responses that the client has not read yet take too much.
    pub fn response_memory(&self, app: &App, bytes: u64) -> Result<Share> {
        let holder = self.share().as_ref().map(Share::holder);
        let memory = app.memory.permits.response_memory(holder, self.client, bytes);
        Ok(memory.ok_or(Fault::Overloaded)?)
    }

    fn share(&self) -> MutexGuard<'_, Option<Share>> {
        self.share.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
