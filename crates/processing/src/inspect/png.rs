//! PNG: every chunk's checksum, and image data that inflates to exactly the promised length.

mod ancillary;
mod animation;
pub(crate) mod chunk;
mod image_data;

use super::facts::ImageFacts;
use super::limits::ImageLimits;
use super::metadata::Metadata;
use super::reader::ByteReader;
use super::unreadable::Unreadable;
use animation::Animation;
use image_data::ImageData;

/// The header chunk.
struct Header {
    width: u32,
    height: u32,
    bits_per_pixel: u64,
    is_palette: bool,
    is_interlaced: bool,
}

/// Validates a whole PNG.
pub(crate) fn inspect(
    reader: &mut ByteReader<'_>,
    limits: &ImageLimits,
    metadata: &mut Metadata,
) -> Result<ImageFacts, Unreadable> {
    reader.skip(8)?;
    let (length, kind) = chunk::read_head(reader)?;
    if &kind != b"IHDR" || length != 13 {
        return Err(Unreadable::Corrupt("the first chunk is not a header"));
    }
    let mut raw = Vec::with_capacity(13);
    chunk::read_body(reader, length, kind, |piece| {
        raw.extend_from_slice(piece);
        Ok(())
    })?;
    let header = read_header(&raw)?;
    limits.validate_frame(header.width, header.height)?;
    let frames = chunks(reader, &header, limits, metadata)?;
    let (width, height) = (header.width, header.height);
    Ok(ImageFacts { width, height, frames, has_alpha: false, duration_ms: 0 })
}

fn read_header(raw: &[u8]) -> Result<Header, Unreadable> {
    let wrong = Unreadable::Corrupt("the header is wrong");
    let &[w0, w1, w2, w3, h0, h1, h2, h3, depth, color, 0, 0, interlace @ 0..=1] = raw else {
        return Err(wrong);
    };
    let channels = match (color, depth) {
        (0, 1 | 2 | 4 | 8 | 16) | (3, 1 | 2 | 4 | 8) => 1,
        (2, 8 | 16) => 3,
        (4, 8 | 16) => 2,
        (6, 8 | 16) => 4,
        _ => return Err(wrong),
    };
    Ok(Header {
        width: u32::from_be_bytes([w0, w1, w2, w3]),
        height: u32::from_be_bytes([h0, h1, h2, h3]),
        bits_per_pixel: channels * u64::from(depth),
        is_palette: color == 3,
        is_interlaced: interlace == 1,
    })
}

/// Number of bytes that the image data inflates to: for each row a filter byte and its pixels.
fn inflated_length(header: &Header) -> u64 {
    let pass = |width: u32, height: u32| {
        if width == 0 {
            return 0;
        }
        let row = (u64::from(width) * header.bits_per_pixel).div_ceil(8) + 1;
        row * u64::from(height)
    };
    let (w, h) = (header.width, header.height);
    if !header.is_interlaced {
        return pass(w, h);
    }
    // Adam7: first column, first row, and the steps across and down of each pass.
    let passes = [
        (0, 0, 8, 8),
        (4, 0, 8, 8),
        (0, 4, 4, 8),
        (2, 0, 4, 4),
        (0, 2, 2, 4),
        (1, 0, 2, 2),
        (0, 1, 1, 2),
    ];
    let size = |(x, y, dx, dy): (u32, u32, u32, u32)| {
        pass(w.saturating_sub(x).div_ceil(dx), h.saturating_sub(y).div_ceil(dy))
    };
    passes.into_iter().map(size).sum()
}

/// Reads the chunks to the end mark; the number of frames.
fn chunks(
    reader: &mut ByteReader<'_>,
    header: &Header,
    limits: &ImageLimits,
    metadata: &mut Metadata,
) -> Result<u32, Unreadable> {
    let mut data = ImageData::new(inflated_length(header));
    let mut has_palette = false;
    let mut animation = Animation::default();
    loop {
        let (length, kind) = chunk::read_head(reader)?;
        match &kind {
            b"IDAT" if header.is_palette && !has_palette => {
                return Err(Unreadable::Corrupt("the palette is missing"));
            }
            b"IDAT" => chunk::read_body(reader, length, kind, |piece| data.feed(piece))?,
            b"PLTE" => {
                has_palette = length % 3 == 0 && (3..=768).contains(&length);
                chunk::read_body(reader, length, kind, |_| Ok(()))?;
            }
            b"IEND" => {
                chunk::read_body(reader, length, kind, |_| Ok(()))?;
                data.finish()?;
                let frames = animation.finish(metadata)?;
                let pixels = u64::from(header.width) * u64::from(header.height);
                limits.validate_frames(frames, pixels.saturating_mul(frames.into()))?;
                return Ok(frames);
            }
            // A capital first letter marks a critical chunk; an unknown one must not be ignored.
            [b'A'..=b'Z', ..] => return Err(Unreadable::Corrupt("a critical chunk is unknown")),
            b"acTL" | b"fcTL" | b"fdAT" => animation.read(reader, length, kind)?,
            b"tRNS" | b"gAMA" | b"cHRM" | b"sRGB" | b"cICP" | b"sBIT" | b"pHYs" => {
                chunk::read_body(reader, length, kind, |_| Ok(()))?;
            }
            _ => ancillary::read(reader, length, kind, metadata)?,
        }
    }
}
