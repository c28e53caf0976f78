//! Bytes to facts: what a media file is, and whether it is whole. Knows no HTTP and no SQL; all
//! calls block and belong on blocking threads.

pub mod inspect;
pub mod sniff;
pub mod tool;
pub mod video;

pub use inspect::{ImageFacts, Limits, Unreadable, inspect_image};
pub use sniff::Format;
