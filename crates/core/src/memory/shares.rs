//! Things that there is a number of, and that nobody can take all of.
//!
//! A holder gets more as long as it then has no more than are left. So one alone has at most half, two
//! have a third each, and whoever comes next finds as many free as each of them has. Nothing is set
//! aside for holders that are not there.

use super::network::network;
use birdhouse_domain::{RateLimitKey, UserId};
use std::collections::HashMap;
use std::net::IpAddr;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use tokio::sync::Notify;

/// Whose things are counted together.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Holder {
    /// The clients at an address that nobody knows.
    Network(IpAddr),
    /// A caller, proven or claimed.
    Caller(RateLimitKey),
    /// A user in browsers that the user signed in on before, wherever they are.
    User(UserId),
    /// Who may take all: a trusted proxy, the operator.
    Trusted,
}

impl Holder {
    /// The clients at `address`: those of one IPv6 network of 64 bits are counted together.
    pub(super) fn at(address: IpAddr) -> Self {
        Self::Network(network(address))
    }
}

/// A number of equal things.
#[derive(Clone, Debug)]
pub(super) struct Pool(Arc<Inner>);

#[derive(Debug)]
struct Inner {
    counts: Mutex<Counts>,
    freed: Notify,
}

#[derive(Debug)]
struct Counts {
    free: usize,
    held: HashMap<Holder, usize>,
}

/// Things of a pool, given back when this is dropped.
#[derive(Debug)]
pub struct Share {
    pool: Pool,
    holder: Holder,
    count: usize,
}

impl Pool {
    /// A pool of `count` things.
    pub(super) fn new(count: usize) -> Self {
        let counts = Mutex::new(Counts { free: count, held: HashMap::new() });
        Self(Arc::new(Inner { counts, freed: Notify::new() }))
    }

    /// How many nobody has.
    pub(super) fn free(&self) -> usize {
        self.counts().free
    }

    /// Takes `count` things; `None` if so many are not free, or the holder would have more than are left.
    pub(super) fn try_take(&self, holder: Holder, count: usize) -> Option<Share> {
        self.counts().take(holder, count).then(|| Share { pool: self.clone(), holder, count })
    }

    /// The same, as soon as it is possible.
    pub(super) async fn take(&self, holder: Holder, count: usize) -> Share {
        self.once_freed(|| self.try_take(holder, count)).await
    }

    /// Takes one thing as soon as one is free; `None` if the holder has its share of them.
    pub(super) async fn take_free(&self, holder: Holder) -> Option<Share> {
        let attempt = || {
            let mut counts = self.counts();
            (counts.free > 0).then(|| counts.take(holder, 1))
        };
        let is_taken = self.once_freed(attempt).await;
        is_taken.then(|| Share { pool: self.clone(), holder, count: 1 })
    }

    /// What `attempt` returns, which is repeated whenever something is given back.
    async fn once_freed<T>(&self, attempt: impl Fn() -> Option<T>) -> T {
        loop {
            let mut freed = std::pin::pin!(self.0.freed.notified());
            // What is given back from here on is not missed.
            freed.as_mut().enable();
            if let Some(done) = attempt() {
                return done;
            }
            freed.await;
        }
    }

    fn counts(&self) -> MutexGuard<'_, Counts> {
        self.0.counts.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Counts {
    fn held(&self, holder: Holder) -> usize {
        self.held.get(&holder).copied().unwrap_or_default()
    }

    fn take(&mut self, holder: Holder, count: usize) -> bool {
        let has_left = self.held(holder) + count <= self.free;
        if has_left {
            self.free -= count;
            self.add(holder, count);
        }
        has_left
    }

    fn add(&mut self, holder: Holder, count: usize) {
        if holder != Holder::Trusted {
            *self.held.entry(holder).or_default() += count;
        }
    }

    fn remove(&mut self, holder: Holder, count: usize) {
        if let Some(held) = self.held.get_mut(&holder) {
            *held -= count;
            if *held == 0 {
                self.held.remove(&holder);
            }
        }
    }
}

impl Share {
    /// Whom it counts for.
    pub fn holder(&self) -> Holder {
        self.holder
    }

    /// Adds another share of the same holder.
    pub fn merge(&mut self, mut other: Self) {
        self.count += std::mem::take(&mut other.count);
    }

    /// Makes it one of another holder; `false`, and nothing changes, if that has more than are left.
    pub(super) fn pass_to(&mut self, holder: Holder) -> bool {
        let mut counts = self.pool.counts();
        let has_left = counts.held(holder) <= counts.free;
        if has_left {
            counts.remove(self.holder, self.count);
            counts.add(holder, self.count);
            self.holder = holder;
        }
        has_left
    }
}

impl Drop for Share {
    fn drop(&mut self) {
        let mut counts = self.pool.counts();
        counts.free += self.count;
        counts.remove(self.holder, self.count);
        drop(counts);
        self.pool.0.freed.notify_waiters();
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use birdhouse_domain::AppId;
    use futures_util::FutureExt;

    fn at(address: &str) -> Holder {
        Holder::at(address.parse().unwrap())
    }

    /// Takes single things until it is refused.
    fn take_all(pool: &Pool, holder: Holder) -> Vec<Share> {
        std::iter::from_fn(|| pool.try_take(holder, 1)).collect()
    }

    #[test]
    fn who_comes_next_finds_as_many_free_as_each_of_the_others_has() {
        let pool = Pool::new(60);
        let first = take_all(&pool, at("192.0.2.1"));
        assert_eq!(first.len(), 30);
        let second = take_all(&pool, at("192.0.2.2"));
        assert_eq!(second.len(), 15);
        let third = take_all(&pool, at("192.0.2.3"));
        assert!((7..=8).contains(&third.len()));
        drop((first, second));
        assert_eq!(take_all(&pool, at("192.0.2.3")).len() + third.len(), 30);
        assert!(take_all(&pool, at("192.0.2.9")).len() >= 15);
    }

    #[test]
    fn the_last_one_is_for_who_has_none() {
        for count in [1, 2] {
            let pool = Pool::new(count);
            assert_eq!(take_all(&pool, at("192.0.2.1")).len(), 1);
        }
        let pool = Pool::new(2);
        let _first = take_all(&pool, at("192.0.2.1"));
        let _second = take_all(&pool, at("192.0.2.2"));
        assert_eq!(pool.free(), 0);
    }

    #[test]
    fn one_network_is_one_holder_and_a_proxy_is_none() {
        let pool = Pool::new(20);
        let _one = take_all(&pool, at("2001:db8::1"));
        assert!(pool.try_take(at("2001:db8::ffff"), 1).is_none());
        assert!(pool.try_take(at("2001:db8:0:1::1"), 1).is_some());
        let _mapped = take_all(&pool, at("::ffff:192.0.2.1"));
        assert!(pool.try_take(at("192.0.2.1"), 1).is_none());
        let _rest = take_all(&pool, Holder::Trusted);
        assert_eq!(pool.free(), 0);
    }

    #[test]
    fn what_is_passed_on_counts_for_its_new_holder() {
        let pool = Pool::new(10);
        let user = Holder::Caller(RateLimitKey::User(UserId(1), AppId(1)));
        let mut passed = Vec::new();
        for _ in 0..5 {
            let mut share = pool.try_take(at("192.0.2.1"), 1).unwrap();
            assert!(share.pass_to(user));
            passed.push(share);
        }
        // It has more than are left now, but the address has nothing.
        let mut share = pool.try_take(at("192.0.2.1"), 1).unwrap();
        assert!(!share.pass_to(user));
        drop((share, passed));
        assert_eq!((pool.free(), pool.counts().held.len()), (10, 0));
    }

    #[test]
    fn what_is_given_back_goes_to_who_waits_and_may_have_it() {
        let pool = Pool::new(4);
        let mut large = pool.try_take(at("192.0.2.1"), 1).unwrap();
        large.merge(pool.try_take(at("192.0.2.1"), 1).unwrap());
        let mut waiting = Box::pin(pool.take(at("192.0.2.2"), 3));
        assert!((&mut waiting).now_or_never().is_none());
        assert!(pool.take(at("192.0.2.3"), 2).now_or_never().is_some(), "waits for nobody");
        drop(large);
        assert!(waiting.now_or_never().is_some());
        assert_eq!(pool.free(), 4);
    }

    #[test]
    fn who_has_its_share_is_refused_at_once_and_others_wait_for_a_free_one() {
        let pool = Pool::new(2);
        let first = pool.take_free(at("192.0.2.1")).now_or_never().unwrap();
        assert!(matches!(pool.take_free(at("192.0.2.1")).now_or_never(), Some(None)));
        let _second = pool.take_free(at("192.0.2.2")).now_or_never().unwrap();
        let mut waiting = Box::pin(pool.take_free(at("192.0.2.3")));
        assert!((&mut waiting).now_or_never().is_none());
        drop(first);
        assert!(matches!(waiting.now_or_never(), Some(Some(_))));
    }
}
