//! `/1.1/media/*`.

pub mod metadata;
pub mod subtitles;
pub mod upload;
