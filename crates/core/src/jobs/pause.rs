//! How long a job waits before it is tried again.

use birdhouse_catalog::jobs::longest_pause_ms;
use birdhouse_domain::{JobKind, Timestamp};

/// 2 s after the first failure, twice as long after each other, up to the longest pause of its kind;
/// `before` counts the failures before this one.
pub(super) fn pause_ms(kind: JobKind, before: i64) -> i64 {
    ((2 * Timestamp::SECOND) << before.clamp(0, 20)).min(longest_pause_ms(kind))
}
