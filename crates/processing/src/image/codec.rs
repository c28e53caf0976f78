//! What every image format has here: a function that decodes it, and perhaps one that encodes it.
//! [`crate::formats`] lists them.

use super::bitmap::Bitmap;
use super::color;
use super::error::CodecError;
use super::raster::Raster;

/// Decodes the first frame of an image. The second argument holds the sizes that will be derived
/// from it, in pixels across and down as stored; a decoder may use a smaller scale if that is
/// enough for all of them.
pub(crate) type Decoder = fn(&[u8], &[(u32, u32)]) -> Result<Decoded, CodecError>;

/// Encodes an image that is upright and in sRGB.
pub(crate) type Encoder = fn(&Raster) -> Result<Vec<u8>, CodecError>;

/// An image as its decoder returns it: not yet upright.
pub(crate) struct Decoded {
    /// The pixels.
    pub(crate) raster: Raster,
    /// A color profile that is not sRGB.
    pub(crate) profile: Option<Vec<u8>>,
}

impl Decoded {
    /// A bitmap with the color profile that its file names.
    pub(crate) fn from_bitmap(bitmap: Bitmap, profile: Option<Vec<u8>>) -> Self {
        let profile = profile.filter(|profile| !color::is_srgb(profile));
        Self { raster: Raster::Rgb(bitmap), profile }
    }
}
