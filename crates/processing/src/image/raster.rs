//! A decoded image, in the representation that costs least.

use super::bitmap::Bitmap;
use super::error::CodecError;
#[cfg(feature = "native")]
use super::planes::Planes;
use crate::orientation::Orientation;
use std::borrow::Cow;

/// A decoded image.
pub(crate) enum Raster {
    /// RGB or RGBA.
    Rgb(Bitmap),
    /// The `YCbCr` planes of a JPEG.
    #[cfg(feature = "native")]
    Planes(Planes),
}

impl Raster {
    /// Pixels across and down.
    pub(crate) fn size(&self) -> (u32, u32) {
        match self {
            Self::Rgb(bitmap) => bitmap.size(),
            #[cfg(feature = "native")]
            Self::Planes(planes) => planes.size(),
        }
    }

    /// The image in another size; with `crop` it fills the size and the overhang is cut off evenly.
    pub(crate) fn resized(&self, size: (u32, u32), crop: bool) -> Result<Self, CodecError> {
        Ok(match self {
            Self::Rgb(bitmap) => Self::Rgb(bitmap.resized(size, crop)?),
            #[cfg(feature = "native")]
            Self::Planes(planes) => Self::Planes(planes.resized(size, crop)?),
        })
    }

    /// The image brought upright from this orientation.
    pub(crate) fn rotated(self, orientation: Orientation) -> Self {
        match self {
            Self::Rgb(bitmap) => Self::Rgb(bitmap.rotated(orientation)),
            #[cfg(feature = "native")]
            Self::Planes(planes) => Self::Planes(planes.rotated(orientation)),
        }
    }

    /// The image in RGB or RGBA.
    pub(crate) fn to_bitmap(&self) -> Cow<'_, Bitmap> {
        match self {
            Self::Rgb(bitmap) => Cow::Borrowed(bitmap),
            #[cfg(feature = "native")]
            Self::Planes(planes) => Cow::Owned(planes.to_rgb()),
        }
    }
}
