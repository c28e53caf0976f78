//! The rules of Birdhouse: media and their limits, alt text, Tweets and their text, permissions, rate
//! limits, and every reason for which a request can be refused.
//!
//! Nothing here does IO, reads the clock, or knows a wire format.

pub mod access_level;
pub mod alt_text;
pub mod alt_text_lint;
pub mod alt_text_policy;
pub mod blob;
pub mod callback;
pub mod caller;
pub mod category;
pub mod delivery;
pub mod description;
pub mod description_filter;
pub mod fault;
pub mod hosts;
pub mod id;
pub mod image_size;
pub mod job;
pub mod language;
pub mod media;
pub mod media_limits;
pub mod media_permission;
pub mod poll;
pub mod rate;
pub mod rate_table;
pub mod scope;
pub mod search_terms;
pub mod state;
pub mod suggestion;
pub mod time;
pub mod token;
pub mod tweet;
pub mod tweet_text;
pub mod upload;
pub mod webhook;

pub use access_level::Access;
pub use alt_text::{AltText, AltTextOrigin};
pub use blob::StoredBlob;
pub use caller::{AppCaller, Caller, Permission, RateLimitKey, UserCaller};
pub use category::{Category, Kind};
pub use description::Description;
pub use fault::Fault;
pub use id::{AppId, MediaId, TweetId, UserId};
pub use image_size::ImageSize;
pub use job::JobKind;
pub use language::Language;
pub use poll::Poll;
pub use rate_table::Bucket;
pub use scope::Scopes;
pub use search_terms::SearchQuery;
pub use state::{Failure, State};
pub use suggestion::SuggestionState;
pub use time::Timestamp;
pub use token::{ChallengeMethod, TokenKind};
pub use webhook::WebhookEvent;
