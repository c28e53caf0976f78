//! `/1.1/media/*`.

pub mod json_body;
pub mod metadata;
pub mod subtitles;
pub mod upload;
