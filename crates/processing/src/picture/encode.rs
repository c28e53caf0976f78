//! Bitmaps to files.

use super::bitmap::Bitmap;
use super::{Encoding, Undecodable};

/// Quality of JPEG: what the real service re-encoded to at most (documented).
pub(super) const JPEG_QUALITY: u8 = 85;

pub(super) fn encode(bitmap: &Bitmap, encoding: Encoding) -> Result<Vec<u8>, Undecodable> {
    match encoding {
        Encoding::Jpeg => jpeg(&bitmap.opaque()),
        Encoding::Png => png(bitmap).map_err(|_| Undecodable::Encode(encoding)),
        Encoding::WebP => webp(bitmap),
    }
}

fn png(bitmap: &Bitmap) -> Result<Vec<u8>, png::EncodingError> {
    let mut out = Vec::new();
    let mut encoder = png::Encoder::new(&mut out, bitmap.width, bitmap.height);
    let color = if bitmap.channels == 4 { png::ColorType::Rgba } else { png::ColorType::Rgb };
    encoder.set_color(color);
    encoder.set_depth(png::BitDepth::Eight);
    encoder.set_compression(png::Compression::Balanced);
    let mut writer = encoder.write_header()?;
    writer.write_image_data(&bitmap.pixels)?;
    writer.finish()?;
    Ok(out)
}

#[cfg(feature = "native")]
fn jpeg(bitmap: &Bitmap) -> Result<Vec<u8>, Undecodable> {
    let broken = |_| Undecodable::Encode(Encoding::Jpeg);
    let mut compressor = turbojpeg::Compressor::new().map_err(broken)?;
    compressor.set_quality(JPEG_QUALITY.into()).map_err(broken)?;
    compressor.set_subsamp(turbojpeg::Subsamp::Sub2x2).map_err(broken)?;
    let image = turbojpeg::Image {
        pixels: &bitmap.pixels[..],
        width: bitmap.width as usize,
        pitch: bitmap.width as usize * 3,
        height: bitmap.height as usize,
        format: turbojpeg::PixelFormat::RGB,
    };
    compressor.compress_to_vec(image).map_err(broken)
}

#[cfg(not(feature = "native"))]
fn jpeg(bitmap: &Bitmap) -> Result<Vec<u8>, Undecodable> {
    let broken = |_| Undecodable::Encode(Encoding::Jpeg);
    let side = |pixels: u32| u16::try_from(pixels).map_err(|_| Undecodable::Encode(Encoding::Jpeg));
    let mut out = Vec::new();
    let mut encoder = jpeg_encoder::Encoder::new(&mut out, JPEG_QUALITY);
    encoder.set_sampling_factor(jpeg_encoder::SamplingFactor::F_2_2);
    let (width, height) = (side(bitmap.width)?, side(bitmap.height)?);
    encoder.encode(&bitmap.pixels, width, height, jpeg_encoder::ColorType::Rgb).map_err(broken)?;
    Ok(out)
}

#[cfg(feature = "native")]
fn webp(bitmap: &Bitmap) -> Result<Vec<u8>, Undecodable> {
    let (w, h) = bitmap.size();
    let encoder = match bitmap.channels {
        4 => webp::Encoder::from_rgba(&bitmap.pixels, w, h),
        _ => webp::Encoder::from_rgb(&bitmap.pixels, w, h),
    };
    let encoded = encoder.encode_simple(false, 80.0);
    Ok(encoded.map_err(|_| Undecodable::Encode(Encoding::WebP))?.to_vec())
}

#[cfg(not(feature = "native"))]
fn webp(_: &Bitmap) -> Result<Vec<u8>, Undecodable> {
    Err(Undecodable::Encode(Encoding::WebP))
}
