//! v2 JSON of domain types.

pub mod media;
pub mod poll;
pub mod tweet;
pub mod upload;
pub mod user;

use birdhouse_domain::Timestamp;

/// A timestamp in the format of v2: `2018-10-10T20:19:24.000Z`.
pub fn date_time(timestamp: Timestamp) -> String {
    let zoned = jiff::Timestamp::from_millisecond(timestamp.0).unwrap_or_default();
    zoned.strftime("%Y-%m-%dT%H:%M:%S%.3fZ").to_string()
}
