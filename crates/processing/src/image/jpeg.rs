//! JPEG, decoded and encoded: by libjpeg-turbo, or by Rust codecs in a build without C.

#[cfg(not(feature = "native"))]
mod portable;
#[cfg(feature = "native")]
mod turbo;

use super::codec::Decoded;
use super::error::CodecError;
use super::raster::Raster;
#[cfg(not(feature = "native"))]
use portable as backend;
#[cfg(feature = "native")]
use turbo as backend;

/// Quality of JPEG: the highest to which the real service re-encodes (documented).
const QUALITY: u8 = 85;

/// Decodes a JPEG, at a smaller scale if that is enough for all `sizes` and the decoder can.
pub(crate) fn decode(bytes: &[u8], sizes: &[(u32, u32)]) -> Result<Decoded, CodecError> {
    backend::decode(bytes, sizes)
}

/// Encodes a baseline JPEG, 4:2:0; transparency becomes white.
pub(crate) fn encode(raster: &Raster) -> Result<Vec<u8>, CodecError> {
    backend::encode(raster, QUALITY)
}
