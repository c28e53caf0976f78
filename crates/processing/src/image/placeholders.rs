//! Placeholders of a few bytes.

use super::bitmap::Bitmap;
use serde::{Deserialize, Serialize};

/// Placeholders to show while an image loads.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Placeholders {
    /// Blurhash of 4x3 components (<https://github.com/woltapp/blurhash>).
    pub blurhash: String,
    /// Thumbhash (<https://evanw.github.io/thumbhash/>), which keeps transparency.
    pub thumbhash: Vec<u8>,
}

/// The longer side of the bitmap that placeholders are computed from, in pixels.
pub(crate) const SIDE: u32 = 100;

/// The placeholders of a small bitmap.
pub(crate) fn placeholders(small: &Bitmap) -> Placeholders {
    let rgba: Vec<u8> = match small.channels {
        4 => small.pixels.clone(),
        _ => small.pixels.chunks_exact(3).flat_map(|p| [p[0], p[1], p[2], 255]).collect(),
    };
    let on_white = small.opaque();
    let opaque: Vec<u8> =
        on_white.pixels.chunks_exact(3).flat_map(|p| [p[0], p[1], p[2], 255]).collect();
    let blurhash = blurhash::encode(4, 3, small.width, small.height, &opaque).unwrap_or_default();
    let (w, h) = (small.width as usize, small.height as usize);
    Placeholders { blurhash, thumbhash: thumbhash::rgba_to_thumb_hash(w, h, &rgba) }
}
