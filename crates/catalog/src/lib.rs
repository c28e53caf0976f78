//! The catalog: the users, media, Tweets, tokens and jobs that exist. SQL is written here and
//! nowhere else, because no other crate can reach a connection.
//!
//! There is one file for each noun, with all its statements; each is one text for SQLite and
//! PostgreSQL. What must happen together is one write of guarded statements; no transaction is held
//! open across an `.await`.

pub mod alt_text;
pub mod apps;
pub mod blobs;
mod catalog;
mod db;
pub mod garbage;
pub mod installation;
pub mod jobs;
pub mod media;
pub mod oauth2;
pub mod request_tokens;
mod schema;
pub mod segments;
pub mod sessions;
pub mod subtitles;
pub mod tokens;
pub mod tweets;
pub mod users;
pub mod variants;

pub use catalog::Catalog;
pub use db::Error;
