//! How many deliveries to webhooks run at once, and of whom: a receiver that is slow takes time from its own
//! user only.

use super::shares::{Holder, Pool, Share};
use birdhouse_domain::UserId;

/// Deliveries at once.
pub(crate) const SLOTS: usize = 16;

/// Slots for deliveries; one user alone gets half of them.
#[derive(Debug)]
pub(crate) struct DeliverySlots(Pool);

impl Default for DeliverySlots {
    fn default() -> Self {
        Self(Pool::new(SLOTS))
    }
}

impl DeliverySlots {
    /// A slot, as soon as the user may have one more.
    pub(crate) async fn take(&self, user: UserId) -> Share {
        self.0.take(Holder::User(user), 1).await
    }

    /// A slot, if the user may have one more now.
    pub(crate) fn try_take(&self, user: UserId) -> Option<Share> {
        self.0.try_take(Holder::User(user), 1)
    }
}
