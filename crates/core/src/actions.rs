//! The operations of the server, without HTTP and SQL: a dialect parses a request, calls one of
//! these, and renders the result.

pub mod access;
pub mod alt_text;
pub mod alt_text_policy;
mod announce;
pub mod captions;
pub mod coverage;
pub mod delegates;
pub mod delivery;
mod derived_variants;
pub mod description_index;
pub mod descriptions;
mod duplicates;
pub mod extras;
pub mod health;
pub mod inspect;
pub mod job_list;
pub mod media;
mod on_demand;
pub mod own_media;
pub mod reconcile;
pub mod search;
pub mod sizes;
pub mod subtitles;
pub mod suggestions;
pub mod tweets;
pub mod upload;
pub mod users;
pub mod videos;
pub mod webhooks;
mod written;
