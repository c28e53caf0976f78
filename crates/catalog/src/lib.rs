//! The catalog: users, apps, media, Tweets, tokens and jobs in a database. All SQL is here, because
//! no other crate can reach a connection.
//!
//! There is one file for each kind of row, with all its statements; each is one text for SQLite and
//! PostgreSQL, but for those of the search index. An atomic change is one write of guarded statements; no transaction is held open
//! across an `.await`.

pub mod alt_text;
mod alt_text_policies;
pub mod apps;
pub mod blobs;
mod bounds;
pub mod captions;
mod catalog;
mod db;
mod delegates;
pub mod deliveries;
pub mod derived;
pub mod description_index;
pub mod descriptions;
pub mod extras;
pub mod garbage;
pub mod installation;
pub mod job_failures;
pub mod jobs;
mod lists;
pub mod media;
pub mod media_views;
mod migrations;
pub mod oauth2;
pub mod own_media;
pub mod request_tokens;
pub mod search;
pub mod segments;
pub mod sessions;
pub mod subtitles;
pub mod suggestions;
pub mod tokens;
pub mod tweets;
pub mod users;
pub mod variants;
pub mod webhooks;

pub use catalog::Catalog;
pub use db::Error;
