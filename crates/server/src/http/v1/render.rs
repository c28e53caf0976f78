//! v1.1 JSON of domain types, with keys in the recorded order.

pub mod media;
pub mod tweet;
pub mod upload;
pub mod user;

use birdhouse_domain::Timestamp;

/// A timestamp as HTTP headers have it: `Wed, 10 Oct 2018 20:19:24 GMT`.
pub fn http_date(timestamp: Timestamp) -> String {
    let zoned = jiff::Timestamp::from_millisecond(timestamp.0).unwrap_or_default();
    zoned.strftime("%a, %d %b %Y %H:%M:%S GMT").to_string()
}

/// A timestamp in the format of v1.1: `Wed Oct 10 20:19:24 +0000 2018`.
pub fn created_at(timestamp: Timestamp) -> String {
    let zoned = jiff::Timestamp::from_millisecond(timestamp.0).unwrap_or_default();
    zoned.strftime("%a %b %d %H:%M:%S +0000 %Y").to_string()
}
