//! `/1.1/media/metadata/*`.

pub mod create;
