//! Domain to v2 JSON.

pub mod media;
pub mod poll;
pub mod tweet;
pub mod upload;
pub mod user;

use birdhouse_domain::Timestamp;

/// A moment as v2 writes it: `2018-10-10T20:19:24.000Z`.
pub fn moment(moment: Timestamp) -> String {
    let zoned = jiff::Timestamp::from_millisecond(moment.0).unwrap_or_default();
    zoned.strftime("%Y-%m-%dT%H:%M:%S%.3fZ").to_string()
}
