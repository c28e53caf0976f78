//! Decoders and encoders of images, one file per format, and the pixels between them: for the
//! sandboxed worker only, because decoders read untrusted bytes.

pub(crate) mod bitmap;
pub(crate) mod codec;
pub(crate) mod color;
pub(crate) mod error;
pub(crate) mod gif;
pub(crate) mod jpeg;
pub(crate) mod placeholders;
#[cfg(feature = "native")]
pub(crate) mod planes;
pub(crate) mod png;
pub(crate) mod raster;
pub(crate) mod webp;
