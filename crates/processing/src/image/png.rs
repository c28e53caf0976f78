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

/// Rows that are tried before a filter is chosen, in bands spread over the image.
const SAMPLE_BANDS: usize = 8;
/// The part of an image's rows that is in a band.
const BAND_PART: usize = 64;

/// Encodes a PNG with 8 bits a channel. Of the two filters that pay off, the one is chosen that makes
/// a sample of the rows smaller: `Adaptive` suits photographs, none at all drawings and text.
pub(crate) fn encode(raster: &Raster) -> Result<Vec<u8>, CodecError> {
    let bitmap = raster.to_bitmap();
    let sample = sample(&bitmap);
    let length = |filter: &png::Filter| write(&sample, *filter).map_or(usize::MAX, |b| b.len());
    let filters = [png::Filter::Adaptive, png::Filter::NoFilter];
    let filter = filters.into_iter().min_by_key(length).unwrap_or_default();
    write(&bitmap, filter).map_err(|_| CodecError::Encode("PNG"))
}

/// Some rows of an image, in bands because filters depend on the row above.
fn sample(bitmap: &Bitmap) -> Bitmap {
    let (rows, length) = (bitmap.height as usize, bitmap.pixels.len());
    let band = (rows / BAND_PART).max(1);
    let row = length / rows.max(1);
    let starts = (0..SAMPLE_BANDS).map(|n| n * rows / SAMPLE_BANDS);
    let bands = starts.filter_map(|start| bitmap.pixels.get(start * row..(start + band) * row));
    let pixels = bands.flatten().copied().collect::<Vec<u8>>();
    let height = u32::try_from(pixels.len() / row.max(1)).unwrap_or(0);
    Bitmap { height, pixels, ..*bitmap }
}

fn write(bitmap: &Bitmap, filter: png::Filter) -> Result<Vec<u8>, png::EncodingError> {
    let mut out = Vec::new();
    let mut encoder = png::Encoder::new(&mut out, bitmap.width, bitmap.height);
    let color = if bitmap.channels == 4 { png::ColorType::Rgba } else { png::ColorType::Rgb };
    encoder.set_color(color);
    encoder.set_depth(png::BitDepth::Eight);
    // Level 1 takes a fifth of the time of level 6, for a twentieth more bytes; both are less than
    // libvips takes.
    encoder.set_deflate_compression(png::DeflateCompression::Level(1));
    encoder.set_filter(filter);
    let mut writer = encoder.write_header()?;
    writer.write_image_data(&bitmap.pixels)?;
    writer.finish()?;
    Ok(out)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_filter_that_suits_an_image_is_chosen() {
        let bitmap = |color: fn(usize, usize) -> u8| {
            let at = |n: usize| color(n % 300, n / 300);
            let pixels = (0..300 * 200).flat_map(|n| [at(n), at(n) / 2, 255 - at(n)]).collect();
            Bitmap { width: 300, height: 200, channels: 3, pixels }
        };
        let smooth = bitmap(|x, y| u8::try_from((x * x / 300 + y) % 256).unwrap());
        let few_colors = bitmap(|x, y| [0, 90, 255][(x * x + y * 31 + x * y) % 7 % 3]);
        for image in [smooth, few_colors] {
            let lengths =
                [png::Filter::Adaptive, png::Filter::NoFilter].map(|f| write(&image, f).unwrap());
            let best = lengths.iter().map(Vec::len).min().unwrap();
            let worst = lengths.iter().map(Vec::len).max().unwrap();
            assert!(best < worst, "the image tells nothing");
            let encoded = encode(&Raster::Rgb(image.clone())).unwrap();
            assert_eq!(encoded.len(), best);
            let decoded = decode(&encoded, &[]).unwrap().raster;
            assert_eq!(decoded.to_bitmap().pixels, image.pixels);
        }
    }
}
