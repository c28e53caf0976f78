//! JPEG by codecs in Rust.

use crate::image::bitmap::Bitmap;
use crate::image::codec::Decoded;
use crate::image::color;
use crate::image::error::CodecError;
use crate::image::raster::Raster;
use std::io::Cursor;
use zune_core::colorspace::ColorSpace;
use zune_core::options::DecoderOptions;

/// Decodes at full size, the only one that this decoder knows.
pub(super) fn decode(bytes: &[u8], _sizes: &[(u32, u32)]) -> Result<Decoded, CodecError> {
    let wrong = |error| CodecError::Decode(format!("{error:?}"));
    let options = DecoderOptions::default()
        .set_max_width(65_535)
        .set_max_height(65_535)
        .set_strict_mode(true)
        .jpeg_set_max_scans(100)
        .jpeg_set_out_colorspace(ColorSpace::RGB);
    let mut decoder = zune_jpeg::JpegDecoder::new_with_options(Cursor::new(bytes), options);
    decoder.decode_headers().map_err(wrong)?;
    let is_cmyk = matches!(decoder.input_colorspace(), Some(ColorSpace::CMYK | ColorSpace::YCCK));
    if is_cmyk {
        decoder.set_options(options.jpeg_set_out_colorspace(ColorSpace::CMYK));
    }
    let pixels = decoder.decode().map_err(wrong)?;
    let info = decoder.info().ok_or_else(|| CodecError::Decode("it has no size".to_owned()))?;
    let bitmap = |pixels| {
        let (width, height) = (info.width.into(), info.height.into());
        Bitmap { width, height, channels: 3, pixels }
    };
    let profile = decoder.icc_profile();
    if is_cmyk && decoder.output_colorspace() == Some(ColorSpace::CMYK) {
        let rgb = color::inverted_cmyk_to_rgb(&pixels);
        return Ok(Decoded::from_bitmap(bitmap(rgb), None));
    }
    Ok(Decoded::from_bitmap(bitmap(pixels), profile.filter(|_| !is_cmyk)))
}

/// Encodes in RGB.
pub(super) fn encode(raster: &Raster, quality: u8) -> Result<Vec<u8>, CodecError> {
    const FAILED: CodecError = CodecError::Encode("JPEG");
    let bitmap = raster.to_bitmap();
    let bitmap = bitmap.opaque();
    let side = |pixels: u32| u16::try_from(pixels).map_err(|_| FAILED);
    let mut out = Vec::new();
    let mut encoder = jpeg_encoder::Encoder::new(&mut out, quality);
    encoder.set_sampling_factor(jpeg_encoder::SamplingFactor::F_2_2);
    let (width, height) = (side(bitmap.width)?, side(bitmap.height)?);
    encoder
        .encode(&bitmap.pixels, width, height, jpeg_encoder::ColorType::Rgb)
        .map_err(|_| FAILED)?;
    Ok(out)
}
