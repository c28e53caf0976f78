//! Which users may have a webhook, so that what happens to the media of all others costs nothing more.

use birdhouse_domain::UserId;
use std::sync::atomic::{AtomicU64, Ordering};

/// Bits; a user has one of them, and may share it.
const BITS: u64 = 1 << 16;

/// A bit for each user, set if one who has it has had a webhook since the start. Filled at the start.
#[derive(Debug)]
pub(crate) struct WebhookOwners(Box<[AtomicU64]>);

impl Default for WebhookOwners {
    fn default() -> Self {
        Self((0..BITS / 64).map(|_| AtomicU64::new(0)).collect())
    }
}

impl WebhookOwners {
    /// Notes that a user has one.
    pub(crate) fn note(&self, user: UserId) {
        let (word, bit) = self.place(user);
        word.fetch_or(bit, Ordering::Relaxed);
    }

    /// Whether a user may have one; `false` is certain.
    pub(crate) fn may_have(&self, user: UserId) -> bool {
        let (word, bit) = self.place(user);
        word.load(Ordering::Relaxed) & bit != 0
    }

    fn place(&self, user: UserId) -> (&AtomicU64, u64) {
        // Of ids the low bits are often equal; Fibonacci hashing takes the high ones of the product.
        let hash = user.0.cast_unsigned().wrapping_mul(0x9e37_79b9_7f4a_7c15) >> 48;
        let word = usize::try_from(hash / 64).unwrap_or_default();
        (&self.0[word], 1 << (hash % 64))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn who_was_noted_is_found_and_few_others_are() {
        let owners = WebhookOwners::default();
        let id = |n: i64| UserId(1_700_000_000_000_000_000 + (n << 22));
        (0..100).for_each(|n| owners.note(id(n)));
        assert!((0..100).all(|n| owners.may_have(id(n))));
        let mistaken = (100..10_100).filter(|n| owners.may_have(id(*n))).count();
        assert!(mistaken < 200, "{mistaken} of 10,000");
    }
}
