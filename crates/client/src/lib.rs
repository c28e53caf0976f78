//! A client of Birdhouse, for programs: profiles, signed requests that are tried again, uploads that
//! resume, and descriptions. Nothing here knows a terminal; [`progress::Progress`] is how a caller
//! observes what happens.

pub mod clock;
pub mod connection;
pub mod description;
pub mod error;
pub mod media_file;
pub mod overview;
pub mod profile;
pub mod progress;
pub mod suggestions;
mod table;
pub mod transfer;
pub mod tweet;
pub mod upload;
