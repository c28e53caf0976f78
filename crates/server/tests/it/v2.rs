//! API v2.

mod bad_input;
mod cross_dialect;
mod errors;
mod limits;
mod lookups;
mod metadata;
mod uploads;
