//! `/2/media/*`.

pub mod append;
pub mod finalize;
pub mod initialize;
pub mod lookup;
pub mod metadata;
pub mod status;
pub mod subtitles;
pub mod upload;
