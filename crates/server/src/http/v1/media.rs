//! `/1.1/media/*`.

pub mod metadata;
pub mod upload;
