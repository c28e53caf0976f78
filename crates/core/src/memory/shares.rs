//! Things that there is a number of, and that nobody can take all of.
//!
//! A holder gets more as long as it then has no more than are left. So one alone has at most half, two
//! have a third each, and whoever comes next finds as many free as each of them has. Nothing is set
//! aside for holders that are not there. Those that wait for more are served in turns, so that no
//! holder waits for all that another one wants.

use super::network::network;
use birdhouse_domain::{AppId, RateLimitKey, UserId};
use std::collections::{HashMap, VecDeque};
use std::net::IpAddr;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use tokio::sync::{Notify, oneshot};

/// Whose things are counted together.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Holder {
    /// The clients at an address that nobody knows.
    Network(IpAddr),
    /// A user, through whatever app; proven or claimed.
    User(UserId),
    /// An app without a user; proven or claimed.
    App(AppId),
    /// Who may take all: a trusted proxy, the operator.
    Trusted,
}

impl Holder {
    /// The clients at `address`: those of one IPv6 network of 64 bits are counted together.
    pub(super) fn at(address: IpAddr) -> Self {
        Self::Network(network(address))
    }
}

impl From<RateLimitKey> for Holder {
    fn from(key: RateLimitKey) -> Self {
        match key {
            RateLimitKey::User(user, _) => Self::User(user),
            RateLimitKey::App(app) => Self::App(app),
            RateLimitKey::AppAt(_, address) => Self::at(address),
        }
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
    /// Those that wait, each once; the first one is served first, and then goes to the end.
    waiting: VecDeque<Line>,
}

/// What one holder waits for, in order.
#[derive(Debug)]
struct Line {
    holder: Holder,
    wanted: VecDeque<Wanted>,
}

#[derive(Debug)]
struct Wanted {
    count: usize,
    granted: oneshot::Sender<Share>,
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
        let counts =
            Mutex::new(Counts { free: count, held: HashMap::new(), waiting: VecDeque::new() });
        Self(Arc::new(Inner { counts, freed: Notify::new() }))
    }

    /// How many nobody has.
    pub(super) fn free(&self) -> usize {
        self.counts().free
    }

    /// Nothing yet, to which [`Share::grow`] adds.
    pub(super) fn nothing(&self, holder: Holder) -> Share {
        Share { pool: self.clone(), holder, count: 0 }
    }

    /// Takes `count` things; `None` if so many are not free, or the holder would have more than are left.
    pub(super) fn try_take(&self, holder: Holder, count: usize) -> Option<Share> {
        self.counts().take(holder, count).then(|| Share { pool: self.clone(), holder, count })
    }

    /// The same, as soon as it is possible and the holder's turn.
    pub(super) async fn take(&self, holder: Holder, count: usize) -> Share {
        loop {
            let granted = {
                let mut counts = self.counts();
                if counts.take(holder, count) {
                    return Share { pool: self.clone(), holder, count };
                }
                counts.wait(holder, count)
            };
            // Nobody drops the other end while this one waits.
            if let Ok(share) = granted.await {
                return share;
            }
        }
    }

    /// Takes one thing as soon as one is free; `None` if the holder has its share of them.
    pub(super) async fn take_free(&self, holder: Holder) -> Option<Share> {
        loop {
            let mut freed = std::pin::pin!(self.0.freed.notified());
            // What is given back from here on is not missed.
            freed.as_mut().enable();
            if self.free() > 0 {
                return self.try_take(holder, 1);
            }
            freed.await;
        }
    }

    /// Takes things back, and serves those that wait.
    fn give_back(&self, holder: Holder, count: usize) {
        let granted = {
            let mut counts = self.counts();
            counts.free += count;
            counts.remove(holder, count);
            counts.grant()
        };
        self.0.freed.notify_waiters();
        // Without the lock: who has stopped waiting gives it back at once.
        for (wanted, holder) in granted {
            let share = Share { pool: self.clone(), holder, count: wanted.count };
            drop(wanted.granted.send(share));
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

    /// Has a holder wait for `count` things.
    fn wait(&mut self, holder: Holder, count: usize) -> oneshot::Receiver<Share> {
        let (granted, receiver) = oneshot::channel();
        let wanted = Wanted { count, granted };
        match self.waiting.iter_mut().find(|line| line.holder == holder) {
            Some(line) => {
                line.forget_gone();
                line.wanted.push_back(wanted);
            }
            None => self.waiting.push_back(Line { holder, wanted: VecDeque::from([wanted]) }),
        }
        receiver
    }

    /// Takes what can be taken for those that wait, each in its turn.
    fn grant(&mut self) -> Vec<(Wanted, Holder)> {
        let (mut granted, mut at) = (Vec::new(), 0);
        while let Some(mut line) = self.waiting.remove(at) {
            line.forget_gone();
            let Some(first) = line.wanted.front() else { continue };
            if !self.take(line.holder, first.count) {
                self.waiting.insert(at, line);
                at += 1;
                continue;
            }
            granted.extend(line.wanted.pop_front().map(|wanted| (wanted, line.holder)));
            self.waiting.push_back(line);
        }
        granted
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

impl Line {
    /// Forgets those that have stopped waiting.
    fn forget_gone(&mut self) {
        self.wanted.retain(|wanted| !wanted.granted.is_closed());
    }
}

impl Share {
    /// Whom it counts for.
    pub fn holder(&self) -> Holder {
        self.holder
    }

    /// Takes `count` more; `false`, and nothing changes, if so many are not free, or the holder would have
    /// more than are left.
    pub fn grow(&mut self, count: usize) -> bool {
        let is_taken = self.pool.counts().take(self.holder, count);
        if is_taken {
            self.count += count;
        }
        is_taken
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
        self.pool.give_back(self.holder, self.count);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
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
        let user = Holder::User(UserId(1));
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
    fn those_that_wait_are_served_in_turns() {
        let pool = Pool::new(2);
        let mut held = vec![pool.try_take(at("192.0.2.1"), 1).unwrap()];
        held.push(pool.try_take(at("192.0.2.2"), 1).unwrap());
        let mut waiting: Vec<_> = ["192.0.2.1", "192.0.2.1", "192.0.2.1", "192.0.2.3"]
            .map(|address| Box::pin(pool.take(at(address), 1)))
            .into();
        assert!(waiting.iter_mut().all(|one| one.now_or_never().is_none()));
        // Who has stopped waiting is passed over.
        drop(waiting.remove(0));
        held.pop();
        // The one that has something already may not take the last one.
        assert!((&mut waiting[0]).now_or_never().is_none());
        held.push((&mut waiting[2]).now_or_never().unwrap());
        held.remove(0);
        held.push((&mut waiting[0]).now_or_never().unwrap());
        assert!((&mut waiting[1]).now_or_never().is_none());
        held.clear();
        assert!((&mut waiting[1]).now_or_never().is_some());
        assert_eq!((pool.free(), pool.counts().waiting.len()), (2, 0));
    }

    #[test]
    fn a_user_is_one_holder_through_all_apps() {
        let through = |app| Holder::from(RateLimitKey::User(UserId(1), AppId(app)));
        assert_eq!(through(1), through(2));
        assert_ne!(through(1), Holder::from(RateLimitKey::App(AppId(1))));
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
