//! 64-bit ids, ordered by time as those of the real service.

use crate::time::Timestamp;
use std::fmt;
use std::sync::atomic::{AtomicI64, Ordering};

/// The first millisecond of the id clock: 2010-11-04T01:42:54.657Z, as the real service counts.
pub const EPOCH_MS: i64 = 1_288_834_974_657;
/// Low bits of an id that count within one millisecond.
const SEQUENCE_BITS: u32 = 22;

macro_rules! id {
    ($name:ident, $what:literal) => {
        #[doc = $what]
        #[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
        pub struct $name(pub i64);

        impl $name {
            /// Parses a positive decimal number that fits 63 bits; `None` for anything else.
            pub fn parse(text: &str) -> Option<Self> {
                if text.is_empty() || text.len() > 19 || !text.bytes().all(|b| b.is_ascii_digit()) {
                    return None;
                }
                text.parse().ok().filter(|id| *id > 0).map(Self)
            }
        }

        impl fmt::Display for $name {
            fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
                self.0.fmt(out)
            }
        }
    };
}

id!(MediaId, "Identifies a media, from INIT on (`media_id`).");
id!(TweetId, "Identifies a Tweet.");
id!(UserId, "Identifies a user.");
id!(AppId, "Identifies a client application.");

/// How far ahead of the clock ids are leased, in milliseconds.
const LEASE_MS: i64 = 60_000;
/// The last part of a lease, in milliseconds, in which ids no longer follow the clock, so that there
/// are always some left. One millisecond is worth four million ids.
const RESERVE_MS: i64 = 10_000;

/// Hands out ids that grow and never repeat, whatever the clock does, over restarts too.
///
/// The catalog stores the end of a lease before an id of it is handed out; the next process begins
/// after that end. Ids follow the clock as long as it is within the lease, and are counted on from
/// the last one otherwise. They are even: commands beside the server use odd ones.
#[derive(Debug)]
pub struct IdSource {
    last: AtomicI64,
    leased: AtomicI64,
    attempted: AtomicI64,
}

/// A lease of ids to store in the catalog.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Lease {
    /// Ids up to this one may be handed out once it is stored.
    pub end: i64,
    /// The end that is stored now, unless `end` was stored without an answer, or another server shares
    /// the catalog.
    pub stored: i64,
}

impl IdSource {
    /// Ids after `highest`. None may be handed out before a lease was stored and extended.
    pub fn after(highest: i64) -> Self {
        let [last, leased, attempted] = [highest; 3].map(AtomicI64::new);
        Self { last, leased, attempted }
    }

    /// Odd ids for a command that runs beside the server and only for a moment. `random` keeps two
    /// such commands apart.
    pub fn beside(now: Timestamp, random: [u8; 2]) -> Self {
        let first = floor(now) + (i64::from(u16::from_be_bytes(random)) << 4) + 1;
        let [last, leased, attempted] = [first, 0, 0].map(AtomicI64::new);
        Self { last, leased, attempted }
    }

    /// The lease that should be stored now. `random` tells the leases of two servers apart. Until a lease
    /// is stored it stays the same: a try whose answer was lost may still be applied, after any other.
    pub fn next_lease(&self, now: Timestamp, random: [u8; 2]) -> Lease {
        let last = self.last.load(Ordering::Relaxed);
        let stored = self.leased.load(Ordering::Relaxed);
        let undecided = self.attempted.load(Ordering::Relaxed);
        if undecided > stored {
            return Lease { end: undecided, stored };
        }
        let clock = floor(now.plus(LEASE_MS));
        let end = clock.max(last + ((2 * RESERVE_MS) << SEQUENCE_BITS)).max(stored);
        let end = end + (i64::from(u16::from_be_bytes(random)) << 1);
        self.attempted.store(end, Ordering::Relaxed);
        Lease { end, stored }
    }

    /// Allows the ids of a lease that was stored.
    pub fn extend(&self, lease: Lease) {
        self.leased.fetch_max(lease.end, Ordering::Relaxed);
    }

    /// The next id.
    pub fn next(&self, now: Timestamp) -> i64 {
        let floor = floor(now);
        let is_leased =
            floor <= self.leased.load(Ordering::Relaxed) - (RESERVE_MS << SEQUENCE_BITS);
        let step = |last: i64| if is_leased { floor.max(last + 2) } else { last + 2 };
        let last = self.last.fetch_update(Ordering::Relaxed, Ordering::Relaxed, |l| Some(step(l)));
        step(last.unwrap_or_default())
    }

    /// The last id that was handed out.
    pub fn last(&self) -> i64 {
        self.last.load(Ordering::Relaxed)
    }
}

/// The moment at which the clock reaches an id.
pub fn time_of(id: i64) -> Timestamp {
    Timestamp((id >> SEQUENCE_BITS) + EPOCH_MS)
}

fn floor(now: Timestamp) -> i64 {
    now.0.saturating_sub(EPOCH_MS).max(0) << SEQUENCE_BITS
}

#[cfg(test)]
mod tests {
    use super::*;

    const NOW: Timestamp = Timestamp(EPOCH_MS + 1_000_000_000);

    fn leased(highest: i64, now: Timestamp) -> IdSource {
        let source = IdSource::after(highest);
        source.extend(source.next_lease(now, [0, 1]));
        source
    }

    #[test]
    fn ids_grow_even_when_the_clock_stands_or_goes_back() {
        let source = leased(0, NOW);
        let ids = [NOW, NOW, NOW.plus(-5000), NOW.plus(1)].map(|time| source.next(time));
        assert!(ids.is_sorted_by(|a, b| a < b), "{ids:?}");
        assert_eq!(time_of(ids[3]), NOW.plus(1));
    }

    #[test]
    fn no_id_repeats_over_a_restart_with_any_clock() {
        for step in [-17 * 3_600_000, -17_000, -1, 0, 1, 17_000, 17 * 3_600_000] {
            let before = leased(0, NOW);
            let stored = before.next_lease(NOW, [0, 1]).stored;
            let handed_out: Vec<_> =
                (0..1000).map(|ms| before.next(NOW.plus(ms * 100_000))).collect();
            let after = leased(stored, NOW.plus(step));
            assert!(handed_out.iter().all(|id| *id <= stored), "an id beyond its lease");
            assert!(after.next(NOW.plus(step)) > stored, "a clock that steps by {step} ms");
        }
    }

    #[test]
    fn a_lease_whose_answer_is_lost_stays_the_same_until_it_is_stored() {
        let source = leased(0, NOW);
        let lease = source.next_lease(NOW.plus(10_000), [0, 1]);
        assert_eq!(source.next_lease(NOW.plus(20_000), [7, 7]), lease);
        source.extend(lease);
        let next = source.next_lease(NOW.plus(30_000), [0, 1]);
        assert_eq!(next.stored, lease.end);
        assert!(next.end > lease.end);
    }

    #[test]
    fn commands_beside_the_server_never_use_its_ids() {
        let (server, command) = (leased(0, NOW), IdSource::beside(NOW, [7, 9]));
        for _ in 0..100 {
            assert_eq!((server.next(NOW) & 1, command.next(NOW) & 1), (0, 1));
        }
    }

    #[test]
    fn only_positive_decimal_numbers_are_ids() {
        assert_eq!(MediaId::parse("1990000000000000018"), Some(MediaId(1_990_000_000_000_000_018)));
        for bad in ["", "0", "-1", "+1", "1.0", "1e3", " 1", "99999999999999999999", "٣"] {
            assert_eq!(MediaId::parse(bad), None, "{bad:?}");
        }
    }
}
