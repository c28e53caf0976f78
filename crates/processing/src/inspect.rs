//! Inspectors, one file per format: whether an image is complete and valid, found out without
//! decoding pixels.
//!
//! The bytes are hostile until proven otherwise: everything here is safe Rust, reads the file
//! once in pieces, and counts pixels, frames and scans from headers before it reads on. Each
//! format's own checksums, lengths and end marks must agree.

pub(crate) mod facts;
pub(crate) mod gif;
pub(crate) mod jpeg;
pub(crate) mod limits;
pub(crate) mod metadata;
pub(crate) mod png;
pub(crate) mod reader;
pub(crate) mod unreadable;
pub(crate) mod webp;
