//! PNG, decoded and encoded.

use super::bitmap::Bitmap;
use super::codec::Decoded;
use super::error::CodecError;
use super::raster::Raster;
use std::io::Cursor;

/// Decodes a PNG to 8 bits a channel.
pub(crate) fn decode(bytes: &[u8], _sizes: &[(u32, u32)]) -> Result<Decoded, CodecError> {
    let mut decoder = png::Decoder::new(Cursor::new(bytes));
    decoder.set_transformations(png::Transformations::normalize_to_color8());
    decoder.set_ignore_text_chunk(true);
    decoder.set_limits(png::Limits { bytes: 1 << 30 });
    let mut reader = decoder.read_info().map_err(CodecError::decode)?;
    let (width, height) = (reader.info().width, reader.info().height);
    let profile = reader.info().icc_profile.as_ref().map(|profile| profile.to_vec());
    let length = reader
        .output_buffer_size()
        .ok_or_else(|| CodecError::Decode("it is too large".to_owned()))?;
    let mut pixels = vec![0; length];
    let frame = reader.next_frame(&mut pixels).map_err(CodecError::decode)?;
    pixels.truncate(frame.buffer_size());
    let (channels, pixels) = match frame.color_type {
        png::ColorType::Rgb => (3, pixels),
        png::ColorType::Rgba => (4, pixels),
        png::ColorType::Grayscale => (3, pixels.iter().flat_map(|g| [*g, *g, *g]).collect()),
        png::ColorType::GrayscaleAlpha => {
            (4, pixels.chunks_exact(2).flat_map(|p| [p[0], p[0], p[0], p[1]]).collect())
        }
        png::ColorType::Indexed => {
            return Err(CodecError::Decode("its palette is missing".to_owned()));
        }
    };
    // A profile of grays does not apply to the three channels that they became.
    let is_color = matches!(frame.color_type, png::ColorType::Rgb | png::ColorType::Rgba);
    let bitmap = Bitmap { width, height, channels, pixels };
    Ok(Decoded::from_bitmap(bitmap, profile.filter(|_| is_color)))
}

/// Encodes a PNG with 8 bits a channel.
pub(crate) fn encode(raster: &Raster) -> Result<Vec<u8>, CodecError> {
    write(&raster.to_bitmap()).map_err(|_| CodecError::Encode("PNG"))
}

fn write(bitmap: &Bitmap) -> Result<Vec<u8>, png::EncodingError> {
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
