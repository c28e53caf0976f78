//! The operations of Birdhouse (`actions`) over the catalog and the blob store, background jobs
//! (`jobs`), authentication (`auth`), and volatile state (`memory`), without HTTP.
//!
//! The catalog is reachable from this crate only, so a dialect can change nothing except through an
//! action.

pub mod actions;
pub mod app;
pub mod auth;
pub mod blobs;
pub mod config;
pub mod error;
pub mod host;
mod installation;
pub mod jobs;
pub mod memory;
mod vault;
