//! Writers of XMP packets, one file per format.

pub(crate) mod image_head;
pub(crate) mod jpeg;
pub(crate) mod png;
pub(crate) mod webp;
