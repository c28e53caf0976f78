//! What Birdhouse does, without HTTP: operations (`actions`) over the catalog and the blob store,
//! background work (`jobs`), authentication (`auth`), and what may be forgotten at a restart
//! (`memory`).
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
