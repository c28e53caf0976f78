//! Pictures decoded once and derived into every size: for the jailed worker only, because it
//! hands untrusted bytes to decoders.
//!
//! A JPEG whose colours need no conversion never leaves its `YCbCr` planes: they are decoded,
//! resized and encoded as they are. Everything else goes through RGB. Sizes are made in a
//! cascade, each from the smallest one that is large enough.

mod bitmap;
mod color;
mod decode;
mod encode;
mod hashes;
#[cfg(feature = "native")]
mod planes;

use crate::inspect::Orientation;
use crate::sniff::Format;
use birdhouse_domain::image_size::fit_inside;
use bitmap::Bitmap;
use serde::{Deserialize, Serialize};

/// A size to derive.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Wanted {
    /// Name of the size, such as `small`.
    pub name: String,
    /// Pixels across, of the upright picture.
    pub width: u32,
    /// Pixels down.
    pub height: u32,
    /// Whether the picture fills the size and what hangs over is cut off, evenly on both sides.
    pub crop: bool,
    /// The format.
    pub encoding: Encoding,
}

/// A format that is written.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Encoding {
    /// Baseline JPEG, quality 85, 4:2:0.
    Jpeg,
    /// PNG with 8 bits a channel.
    Png,
    /// Lossy WebP, quality 80; only with the C codecs.
    WebP,
}

impl Encoding {
    /// Content type.
    pub fn mime(self) -> &'static str {
        match self {
            Self::Jpeg => "image/jpeg",
            Self::Png => "image/png",
            Self::WebP => "image/webp",
        }
    }

    /// Whether this build writes it.
    pub fn is_supported(self) -> bool {
        cfg!(feature = "native") || self != Self::WebP
    }
}

/// What a derivation made.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Made {
    /// [`Wanted::name`].
    pub name: String,
    /// Content type.
    pub mime: String,
    /// Pixels across.
    pub width: u32,
    /// Pixels down.
    pub height: u32,
    /// The encoded file.
    #[serde(skip)]
    pub bytes: Vec<u8>,
}

/// Placeholders to show while a picture loads.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Placeholders {
    /// Blurhash of 4x3 components (<https://github.com/woltapp/blurhash>).
    pub blurhash: String,
    /// Thumbhash (<https://evanw.github.io/thumbhash/>), which keeps transparency.
    pub thumbhash: Vec<u8>,
}

/// Why nothing was made.
#[derive(Debug, thiserror::Error)]
pub enum Undecodable {
    /// The decoder refuses the bytes.
    #[error("{0}")]
    Decode(String),
    /// The encoder cannot write this.
    #[error("cannot write {0:?}")]
    Encode(Encoding),
}

impl Undecodable {
    fn decode(error: impl std::fmt::Display) -> Self {
        Self::Decode(error.to_string())
    }
}

/// A decoded picture, in the form that costs least.
enum Raster {
    Rgb(Bitmap),
    #[cfg(feature = "native")]
    Planes(planes::Planes),
}

impl Raster {
    fn size(&self) -> (u32, u32) {
        match self {
            Self::Rgb(bitmap) => bitmap.size(),
            #[cfg(feature = "native")]
            Self::Planes(planes) => planes.size(),
        }
    }

    fn resized(&self, size: (u32, u32), crop: bool) -> Result<Self, Undecodable> {
        Ok(match self {
            Self::Rgb(bitmap) => Self::Rgb(bitmap.resized(size, crop)?),
            #[cfg(feature = "native")]
            Self::Planes(planes) => Self::Planes(planes.resized(size, crop)?),
        })
    }

    fn turned(self, orientation: Orientation) -> Self {
        match self {
            Self::Rgb(bitmap) => Self::Rgb(bitmap.turned(orientation)),
            #[cfg(feature = "native")]
            Self::Planes(planes) => Self::Planes(planes.turned(orientation)),
        }
    }

    fn encoded(&self, encoding: Encoding) -> Result<Vec<u8>, Undecodable> {
        match (self, encoding) {
            (Self::Rgb(bitmap), _) => encode::encode(bitmap, encoding),
            #[cfg(feature = "native")]
            (Self::Planes(planes), Encoding::Jpeg) => planes.encoded(),
            #[cfg(feature = "native")]
            (Self::Planes(planes), _) => encode::encode(&planes.to_rgb(), encoding),
        }
    }

    fn to_bitmap(&self) -> std::borrow::Cow<'_, Bitmap> {
        match self {
            Self::Rgb(bitmap) => std::borrow::Cow::Borrowed(bitmap),
            #[cfg(feature = "native")]
            Self::Planes(planes) => std::borrow::Cow::Owned(planes.to_rgb()),
        }
    }
}

/// Decodes a picture that [`crate::inspect_image`] found whole, and makes every wanted size of
/// it, upright and in sRGB.
pub fn derive(
    bytes: &[u8],
    format: Format,
    orientation: Orientation,
    wanted: &[Wanted],
) -> Result<(Vec<Made>, Placeholders), Undecodable> {
    let needed = wanted.iter().map(|w| (w.width, w.height)).collect::<Vec<_>>();
    let (source, profile) = open(bytes, format, orientation, &needed)?;
    let mut order: Vec<&Wanted> = wanted.iter().collect();
    order.sort_by_key(|w| std::cmp::Reverse(u64::from(w.width) * u64::from(w.height)));
    let mut cascade = Cascade { source, profile, orientation, made: Vec::new() };
    let mut out = Vec::with_capacity(wanted.len());
    for want in order {
        let raster = cascade.make((want.width, want.height), want.crop)?;
        out.push(Made {
            name: want.name.clone(),
            mime: want.encoding.mime().to_owned(),
            width: want.width,
            height: want.height,
            bytes: raster.encoded(want.encoding)?,
        });
    }
    let placeholders = cascade.placeholders()?;
    Ok((out, placeholders))
}

fn open(
    bytes: &[u8],
    format: Format,
    orientation: Orientation,
    needed: &[(u32, u32)],
) -> Result<(Raster, Option<Vec<u8>>), Undecodable> {
    // Sizes are of the upright picture; the decoder knows only the stored one.
    let stored: Vec<(u32, u32)> = needed
        .iter()
        .map(|(w, h)| if orientation.is_sideways() { (*h, *w) } else { (*w, *h) })
        .collect();
    let decoded = match format {
        Format::Jpeg => decode::jpeg(bytes, &stored)?,
        Format::Png => decode::png(bytes)?,
        Format::Gif => decode::gif(bytes)?,
        Format::WebP => decode::webp(bytes)?,
        _ => return Err(Undecodable::Decode("it is no picture".to_owned())),
    };
    Ok((decoded.raster, decoded.profile))
}

/// The sizes made so far, each a source for smaller ones.
struct Cascade {
    source: Raster,
    profile: Option<Vec<u8>>,
    orientation: Orientation,
    /// Upright and in sRGB.
    made: Vec<Raster>,
}

impl Cascade {
    fn make(&mut self, size: (u32, u32), crop: bool) -> Result<&Raster, Undecodable> {
        // Half as much again keeps what a second resampling costs below what is seen.
        let is_enough = |have: (u32, u32)| {
            u64::from(have.0) * 2 >= u64::from(size.0) * 3
                && u64::from(have.1) * 2 >= u64::from(size.1) * 3
        };
        let smallest = self.made.iter().filter(|made| is_enough(made.size()));
        let raster = match smallest.min_by_key(|made| made.size()) {
            Some(source) => source.resized(size, crop)?,
            None => self.first(size, crop)?,
        };
        self.made.push(raster);
        self.made.last().ok_or_else(|| Undecodable::Decode("nothing was made".to_owned()))
    }

    /// From the decoded picture: resized first, then turned and converted, which costs less.
    fn first(&self, size: (u32, u32), crop: bool) -> Result<Raster, Undecodable> {
        let stored = if self.orientation.is_sideways() { (size.1, size.0) } else { size };
        let turned = self.source.resized(stored, crop)?.turned(self.orientation);
        Ok(match (turned, &self.profile) {
            (Raster::Rgb(mut bitmap), Some(profile)) => {
                color::to_srgb(&mut bitmap, profile);
                Raster::Rgb(bitmap)
            }
            (turned, _) => turned,
        })
    }

    fn placeholders(&mut self) -> Result<Placeholders, Undecodable> {
        let (w, h) = self.source.size();
        let (w, h) = if self.orientation.is_sideways() { (h, w) } else { (w, h) };
        let (w, h) = fit_inside((w, h), hashes::SIDE);
        let small = self.make((w, h), false)?.to_bitmap().into_owned();
        Ok(hashes::placeholders(&small))
    }
}

#[cfg(test)]
mod tests;
