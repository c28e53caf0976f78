//! Things that there is a number of, and that nobody can take all of.
//!
//! A holder gets more as long as it then has no more than are left. So one alone has at most half, two
//! have a third each, and whoever comes next finds as many free as each of them has. Nothing is set
//! aside for holders that are not there. Those that wait for more are served in turns, so that no
//! holder waits for all that another one wants.
//!
//! Who wants more than is ever free at a time gets its turn, too: of what others give back, half is saved
//! for who has waited longest and has nothing. That is at most a quarter of all, so that one who waits for
//! much, while others keep theirs for long, holds up nobody.

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
    /// Of all there are, how many may be saved for one.
    most_saved: usize,
    free: usize,
    held: HashMap<Holder, usize>,
    /// Those that wait, each once; the first one is served first, and then goes to the end.
    waiting: VecDeque<Line>,
    /// What nobody has, and nobody gets but the first of those that wait and have nothing.
    saved: usize,
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

/// Waits for things of a pool. When it is dropped, what was saved for it goes to others.
struct Waiting<'a> {
    pool: &'a Pool,
    granted: oneshot::Receiver<Share>,
}

impl Drop for Waiting<'_> {
    fn drop(&mut self) {
        self.granted.close();
        self.pool.serve(0);
    }
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
        let counts = Counts {
            most_saved: count / 4,
            free: count,
            held: HashMap::new(),
            waiting: VecDeque::new(),
            saved: 0,
        };
        Self(Arc::new(Inner { counts: Mutex::new(counts), freed: Notify::new() }))
    }

    /// How many nobody has.
    pub(super) fn free(&self) -> usize {
        self.counts().free
    }

    /// How many holders wait.
    #[cfg(test)]
    pub(super) fn waiting(&self) -> usize {
        self.counts().waiting.len()
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
            let mut waiting = Waiting { pool: self, granted };
            // Nobody drops the other end while this one waits.
            if let Ok(share) = (&mut waiting.granted).await {
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
        {
            let mut counts = self.counts();
            counts.free += count;
            counts.remove(holder, count);
        }
        self.serve(count);
        self.0.freed.notify_waiters();
    }

    /// Serves those that wait, after `returned` things were given back.
    fn serve(&self, returned: usize) {
        let granted = self.counts().grant(returned);
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

    /// Takes what can be taken for those that wait, each in its turn, after `returned` were given back.
    fn grant(&mut self, returned: usize) -> Vec<(Wanted, Holder)> {
        self.waiting.retain_mut(Line::is_waiting);
        let mut granted = Vec::from_iter(self.grant_or_save(returned));
        let mut at = 0;
        while let Some(mut line) = self.waiting.remove(at) {
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

    /// Takes what the first of those that have nothing waits for; if that is not free, half of what was
    /// `returned` is saved for it.
    fn grant_or_save(&mut self, returned: usize) -> Option<(Wanted, Holder)> {
        let saved = std::mem::take(&mut self.saved);
        self.free += saved;
        let at = self.waiting.iter().position(|line| self.held(line.holder) == 0)?;
        let holder = self.waiting.get(at)?.holder;
        let count = self.waiting.get(at)?.wanted.front()?.count;
        if !self.take(holder, count) {
            let most = self.most_saved.min(count).min(self.free);
            self.saved = (saved + returned.div_ceil(2)).min(most);
            self.free -= self.saved;
            return None;
        }
        let mut line = self.waiting.remove(at)?;
        let wanted = line.wanted.pop_front()?;
        self.waiting.push_back(line);
        Some((wanted, holder))
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
    /// Whether somebody waits in it; forgets those that have stopped.
    fn is_waiting(&mut self) -> bool {
        self.forget_gone();
        !self.wanted.is_empty()
    }

    fn forget_gone(&mut self) {
        self.wanted.retain(|wanted| !wanted.granted.is_closed());
    }
}

impl Share {
    /// Whom it counts for.
    pub fn holder(&self) -> Holder {
        self.holder
    }

    /// Takes more until there are `count`; `false`, and nothing changes, if so many are not free, or the
    /// holder would have more than are left.
    pub fn grow_to(&mut self, count: usize) -> bool {
        let more = count.saturating_sub(self.count);
        let is_taken = more == 0 || self.pool.counts().take(self.holder, more);
        if is_taken {
            self.count += more;
        }
        is_taken
    }

    /// Gives back all but `count`.
    pub fn shrink_to(&mut self, count: usize) {
        let rest = self.count.saturating_sub(count);
        self.count -= rest;
        self.pool.give_back(self.holder, rest);
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
mod tests;
