//! Domain to v1.1 JSON, with keys in the recorded order.

pub mod media;
pub mod tweet;
pub mod upload;
pub mod user;

use birdhouse_domain::Timestamp;

/// A moment as v1.1 writes it: `Wed Oct 10 20:19:24 +0000 2018`.
pub fn created_at(moment: Timestamp) -> String {
    let zoned = jiff::Timestamp::from_millisecond(moment.0).unwrap_or_default();
    zoned.strftime("%a %b %d %H:%M:%S +0000 %Y").to_string()
}
