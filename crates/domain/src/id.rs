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

/// Generates ids that grow and never repeat within a process.
#[derive(Debug, Default)]
pub struct IdSource {
    last: AtomicI64,
}

impl IdSource {
    /// The next id: at least that of the time `now`, and larger than every earlier one.
    pub fn next(&self, now: Timestamp) -> i64 {
        let floor = now.0.saturating_sub(EPOCH_MS).max(0) << SEQUENCE_BITS;
        let step = |last: i64| Some(floor.max(last + 1));
        let last = self.last.fetch_update(Ordering::Relaxed, Ordering::Relaxed, step);
        floor.max(last.unwrap_or(floor) + 1)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ids_grow_even_if_the_clock_stops_or_goes_back() {
        let source = IdSource::default();
        let now = Timestamp(EPOCH_MS + 1_000_000);
        let ids: Vec<i64> = [now, now, now.plus(-5000), now.plus(1)].map(|t| source.next(t)).into();
        assert!(ids.is_sorted_by(|a, b| a < b), "{ids:?}");
    }

    #[test]
    fn only_positive_decimal_numbers_are_ids() {
        assert_eq!(MediaId::parse("1990000000000000018"), Some(MediaId(1_990_000_000_000_000_018)));
        for bad in ["", "0", "-1", "+1", "1.0", "1e3", " 1", "99999999999999999999", "٣"] {
            assert_eq!(MediaId::parse(bad), None, "{bad:?}");
        }
    }
}
