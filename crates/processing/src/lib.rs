//! Bytes to facts: what a media file is, and whether it is whole. Knows no HTTP and no SQL; all
//! calls block and belong on blocking threads.

pub mod embed;
pub mod inspect;
pub mod jail;
pub mod picture;
pub mod sniff;
pub mod subtitles;
pub mod tool;
pub mod video;
pub mod worker;
pub mod xmp;

pub use inspect::{
    Edit, ImageFacts, Inspected, Limits, Metadata, Orientation, Unreadable, inspect_image,
};
pub use sniff::Format;
