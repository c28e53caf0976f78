//! The rules of Birdhouse, each held once: what a media is, what may be said of it, what a Tweet
//! may carry, and every way in which a request can be refused.
//!
//! Nothing here does IO, asks the time, or knows a wire format.

pub mod access;
pub mod alt_text;
pub mod category;
pub mod fault;
pub mod id;
pub mod media;
pub mod media_limits;
pub mod picture_size;
pub mod poll;
pub mod rate;
pub mod scope;
pub mod time;
pub mod tweet;
pub mod tweet_text;
pub mod upload;

pub use access::Access;
pub use alt_text::{AltText, AltTextSource};
pub use category::{Category, Kind};
pub use fault::Fault;
pub use id::{AppId, MediaId, TweetId, UserId};
pub use picture_size::PictureSize;
pub use poll::Poll;
pub use scope::Scopes;
pub use time::Timestamp;
