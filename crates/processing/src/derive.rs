//! Images decoded once and derived into every size: for the sandboxed worker only, because it
//! passes untrusted bytes to decoders.
//!
//! A JPEG whose colors need no conversion never leaves its `YCbCr` planes: they are decoded,
//! resized and encoded as they are. Everything else goes through RGB. Sizes are derived in a
//! cascade, each from the smallest one that is large enough.

use crate::encoding::Encoding;
use crate::formats::Format;
use crate::image::codec::Decoded;
use crate::image::raster::Raster;
use crate::image::{color, placeholders};
use crate::orientation::Orientation;
use birdhouse_domain::image_size::fit_inside;
use serde::{Deserialize, Serialize};

use crate::image::error::CodecError;
pub use crate::image::placeholders::Placeholders;

/// A size to derive.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct SizeSpec {
    /// Name of the size, such as `small`.
    pub name: String,
    /// Pixels across, of the upright image.
    pub width: u32,
    /// Pixels down.
    pub height: u32,
    /// Whether the image fills the size and the overhang is cut off, evenly on both sides.
    pub crop: bool,
    /// The format.
    pub encoding: Encoding,
}

/// A derived size; its bytes are kept apart.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct DerivedImage {
    /// [`SizeSpec::name`].
    pub name: String,
    /// The format.
    pub encoding: Encoding,
    /// Pixels across.
    pub width: u32,
    /// Pixels down.
    pub height: u32,
    /// Bytes of the encoded file.
    pub length: u64,
}

/// Everything that is derived from one image.
#[derive(Debug)]
pub(crate) struct Derivation {
    /// The sizes, largest first, each with its encoded file.
    pub(crate) images: Vec<(DerivedImage, Vec<u8>)>,
    /// The placeholders.
    pub(crate) placeholders: Placeholders,
}

/// Decodes an image that [`crate::inspect_image`] found valid, and derives every size of it,
/// upright and in sRGB.
pub(crate) fn derive(
    bytes: &[u8],
    format: Format,
    orientation: Orientation,
    sizes: &[SizeSpec],
) -> Result<Derivation, CodecError> {
    let pixels = sizes.iter().map(|size| (size.width, size.height)).collect::<Vec<_>>();
    let original = decode(bytes, format, orientation, &pixels)?;
    let mut largest_first: Vec<&SizeSpec> = sizes.iter().collect();
    largest_first.sort_by_key(|s| std::cmp::Reverse(u64::from(s.width) * u64::from(s.height)));
    let mut cascade = Cascade { original, orientation, derived: Vec::new() };
    let mut images = Vec::with_capacity(sizes.len());
    for size in largest_first {
        let raster = cascade.derive((size.width, size.height), size.crop)?;
        let file = size.encoding.encode(raster)?;
        let image = DerivedImage {
            name: size.name.clone(),
            encoding: size.encoding,
            width: size.width,
            height: size.height,
            length: file.len() as u64,
        };
        images.push((image, file));
    }
    let placeholders = cascade.placeholders()?;
    Ok(Derivation { images, placeholders })
}

/// Decodes at a scale that is enough for `sizes`, in pixels of the upright image.
fn decode(
    bytes: &[u8],
    format: Format,
    orientation: Orientation,
    sizes: &[(u32, u32)],
) -> Result<Decoded, CodecError> {
    // Sizes are of the upright image; the decoder knows only the stored one.
    let stored: Vec<(u32, u32)> = sizes
        .iter()
        .map(|(w, h)| if orientation.is_sideways() { (*h, *w) } else { (*w, *h) })
        .collect();
    let not_an_image = || CodecError::Decode("it is not an image".to_owned());
    let decode = format.decoder().ok_or_else(not_an_image)?;
    decode(bytes, &stored)
}

/// The sizes derived so far, each a source for smaller ones.
struct Cascade {
    original: Decoded,
    orientation: Orientation,
    /// Upright and in sRGB.
    derived: Vec<Raster>,
}

impl Cascade {
    /// The image in a size, from the smallest raster that is large enough.
    fn derive(&mut self, size: (u32, u32), crop: bool) -> Result<&Raster, CodecError> {
        // With half as much again, the loss by resampling twice is too small to be seen.
        let is_enough = |(width, height): (u32, u32)| {
            u64::from(width) * 2 >= u64::from(size.0) * 3
                && u64::from(height) * 2 >= u64::from(size.1) * 3
        };
        let large_enough = self.derived.iter().filter(|raster| is_enough(raster.size()));
        let raster = match large_enough.min_by_key(|raster| raster.size()) {
            Some(source) => source.resized(size, crop)?,
            None => self.derive_from_original(size, crop)?,
        };
        self.derived.push(raster);
        self.derived.last().ok_or_else(|| CodecError::Decode("nothing was derived".to_owned()))
    }

    /// The image in a size, from the decoded one: resized first, then rotated and converted, which
    /// costs less.
    fn derive_from_original(&self, size: (u32, u32), crop: bool) -> Result<Raster, CodecError> {
        let stored = if self.orientation.is_sideways() { (size.1, size.0) } else { size };
        let upright = self.original.raster.resized(stored, crop)?.rotated(self.orientation);
        Ok(match (upright, &self.original.profile) {
            (Raster::Rgb(mut bitmap), Some(profile)) => {
                color::to_srgb(&mut bitmap, profile);
                Raster::Rgb(bitmap)
            }
            (upright, _) => upright,
        })
    }

    fn placeholders(&mut self) -> Result<Placeholders, CodecError> {
        let (w, h) = self.original.raster.size();
        let upright = if self.orientation.is_sideways() { (h, w) } else { (w, h) };
        let size = fit_inside(upright, placeholders::SIDE);
        let small = self.derive(size, false)?.to_bitmap();
        Ok(placeholders::placeholders(&small))
    }
}

#[cfg(test)]
mod tests;
