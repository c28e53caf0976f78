//! WebP, decoded, and encoded if the build has the C codecs.

use super::bitmap::Bitmap;
use super::codec::{Decoded, Encoder};
use super::error::CodecError;
use std::io::Cursor;

/// Encodes lossy WebP; only libwebp does that.
#[cfg(feature = "native")]
pub(crate) const ENCODER: Option<Encoder> = Some(native::encode);
/// This build has no encoder.
#[cfg(not(feature = "native"))]
pub(crate) const ENCODER: Option<Encoder> = None;

/// Decodes the first frame. libwebp is faster, and the Rust decoder reads animations too.
pub(crate) fn decode(bytes: &[u8], _sizes: &[(u32, u32)]) -> Result<Decoded, CodecError> {
    let mut decoder =
        image_webp::WebPDecoder::new(Cursor::new(bytes)).map_err(CodecError::decode)?;
    decoder.set_memory_limit(1 << 30);
    let (width, height) = decoder.dimensions();
    let channels = if decoder.has_alpha() { 4 } else { 3 };
    let profile = decoder.icc_profile().unwrap_or_default();
    #[cfg(feature = "native")]
    if !decoder.is_animated()
        && let Some(bitmap) = native::decode(bytes, (width, height))
    {
        return Ok(Decoded::from_bitmap(bitmap, profile));
    }
    let length = decoder
        .output_buffer_size()
        .ok_or_else(|| CodecError::Decode("it is too large".to_owned()))?;
    let mut pixels = vec![0; length];
    if decoder.is_animated() {
        decoder.read_frame(&mut pixels).map_err(CodecError::decode)?;
    } else {
        decoder.read_image(&mut pixels).map_err(CodecError::decode)?;
    }
    Ok(Decoded::from_bitmap(Bitmap { width, height, channels, pixels }, profile))
}

/// libwebp.
#[cfg(feature = "native")]
mod native {
    use crate::image::bitmap::Bitmap;
    use crate::image::error::CodecError;
    use crate::image::raster::Raster;

    /// Decodes a still image; `None` if libwebp refuses it or finds another size.
    pub(super) fn decode(bytes: &[u8], size: (u32, u32)) -> Option<Bitmap> {
        let image = webp::Decoder::new(bytes).decode()?;
        if (image.width(), image.height()) != size {
            return None;
        }
        let channels = if image.is_alpha() { 4 } else { 3 };
        Some(Bitmap { width: size.0, height: size.1, channels, pixels: image.to_vec() })
    }

    /// Encodes lossy WebP of quality 80.
    pub(super) fn encode(raster: &Raster) -> Result<Vec<u8>, CodecError> {
        let bitmap = raster.to_bitmap();
        let (w, h) = bitmap.size();
        let encoder = match bitmap.channels {
            4 => webp::Encoder::from_rgba(&bitmap.pixels, w, h),
            _ => webp::Encoder::from_rgb(&bitmap.pixels, w, h),
        };
        let encoded = encoder.encode_simple(false, 80.0);
        Ok(encoded.map_err(|_| CodecError::Encode("WebP"))?.to_vec())
    }
}
