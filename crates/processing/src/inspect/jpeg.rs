//! JPEG: the walk along its markers, to the end of the image.

use super::metadata::{Metadata, Orientation};
use super::source::Source;
use super::{ImageFacts, Limits, Unreadable, at_most};
use crate::sniff::Format;
use std::io::Read;

/// Pixels times scans: a progressive file can make a decoder pass over all pixels again and
/// again with a few bytes.
const MAX_WORK: u64 = 2_000_000_000;

#[derive(Default)]
struct Seen {
    size: Option<(u32, u32)>,
    components: u8,
    has_quantization: bool,
    has_huffman: bool,
    scans: u32,
    entropy_bytes: u64,
}

pub(super) fn inspect<R: Read>(
    source: &mut Source<R>,
    limits: &Limits,
    metadata: &mut Metadata,
) -> Result<ImageFacts, Unreadable> {
    source.skip(2)?;
    let mut seen = Seen::default();
    let mut start = source.position();
    let mut marker = next_marker(source)?;
    loop {
        match marker {
            // End of image. What follows is not part of the picture.
            0xd9 => break,
            0xd8 | 0x01 | 0xd0..=0xd7 => {
                return Err(Unreadable::Corrupt("a marker stands where none may"));
            }
            0xda => {
                start_scan(source, &mut seen, limits)?;
                marker = pass_entropy(source, &mut seen.entropy_bytes)?;
                start = source.position() - 2;
                continue;
            }
            0xc0..=0xc2 => frame_header(source, &mut seen, limits)?,
            0xc3 | 0xc5..=0xc7 | 0xc9..=0xcb | 0xcd..=0xcf => {
                return Err(Unreadable::Corrupt("it is of a kind that no viewer shows"));
            }
            0xc4 => {
                seen.has_huffman = true;
                skip_segment(source)?;
            }
            0xdb => {
                seen.has_quantization = true;
                skip_segment(source)?;
            }
            0xe0..=0xef | 0xfe => beside(source, marker, start, metadata)?,
            _ => skip_segment(source)?,
        }
        start = source.position();
        marker = next_marker(source)?;
    }
    let (width, height) = seen.size.ok_or(Unreadable::Corrupt("it has no frame"))?;
    // No encoding takes less than a bit for each block of 8x8 and component of a scan; one bit
    // for each sixteen blocks lets every honest file pass.
    let blocks = u64::from(width.div_ceil(8)) * u64::from(height.div_ceil(8));
    if seen.scans == 0 || seen.entropy_bytes < blocks / 128 {
        return Err(Unreadable::Truncated);
    }
    Ok(ImageFacts { format: Format::Jpeg, width, height, frames: 1, has_alpha: false })
}

fn next_marker<R: Read>(source: &mut Source<R>) -> Result<u8, Unreadable> {
    if source.byte()? != 0xff {
        return Err(Unreadable::Corrupt("a marker is missing"));
    }
    loop {
        match source.byte()? {
            0xff => {}
            0 => return Err(Unreadable::Corrupt("a marker is missing")),
            marker => return Ok(marker),
        }
    }
}

fn segment_length<R: Read>(source: &mut Source<R>) -> Result<u64, Unreadable> {
    let length = u16::from_be_bytes(source.take()?);
    u64::from(length).checked_sub(2).ok_or(Unreadable::Corrupt("a segment has a wrong length"))
}

fn skip_segment<R: Read>(source: &mut Source<R>) -> Result<(), Unreadable> {
    let length = segment_length(source)?;
    source.skip(length)
}

/// An application segment or a comment: a few tell how to show the pixels, all others go.
fn beside<R: Read>(
    source: &mut Source<R>,
    marker: u8,
    start: u64,
    metadata: &mut Metadata,
) -> Result<(), Unreadable> {
    let length = segment_length(source)?;
    let body = source.keep(length, usize::from(u16::MAX))?;
    let is_kept = match marker {
        // Longer ones carry a thumbnail.
        0xe0 => body.starts_with(b"JFIF\0") && body.len() == 14,
        0xe2 => body.starts_with(b"ICC_PROFILE\0"),
        0xee => body.starts_with(b"Adobe") && body.len() == 12,
        _ => false,
    };
    if is_kept {
        return Ok(());
    }
    if let Some(packet) = body.strip_prefix(b"http://ns.adobe.com/xap/1.0/\0") {
        packet.clone_into(&mut metadata.xmp);
    }
    let tiff = body.strip_prefix(b"Exif\0\0").filter(|_| marker == 0xe1);
    match tiff.and_then(Orientation::from_exif) {
        Some(orientation) if metadata.orientation.is_upright() && !orientation.is_upright() => {
            metadata.orientation = orientation;
            metadata.replace(start..source.position(), exif_segment(orientation))
        }
        _ => metadata.cut(start..source.position()),
    }
}

fn exif_segment(orientation: Orientation) -> Vec<u8> {
    let tiff = orientation.exif();
    let length = u8::try_from(2 + 6 + tiff.len()).unwrap_or(u8::MAX);
    [&[0xff, 0xe1, 0, length], &b"Exif\0\0"[..], &tiff].concat()
}

fn frame_header<R: Read>(
    source: &mut Source<R>,
    seen: &mut Seen,
    limits: &Limits,
) -> Result<(), Unreadable> {
    let length = segment_length(source)?;
    let [precision, h0, h1, w0, w1, components] = source.take()?;
    if seen.size.is_some() || length != 6 + 3 * u64::from(components) || precision != 8 {
        return Err(Unreadable::Corrupt("the frame header is wrong"));
    }
    if !matches!(components, 1 | 3 | 4) {
        return Err(Unreadable::Corrupt("it has a number of colors that no viewer shows"));
    }
    let (width, height) =
        (u16::from_be_bytes([w0, w1]).into(), u16::from_be_bytes([h0, h1]).into());
    limits.check_frame(width, height)?;
    seen.size = Some((width, height));
    seen.components = components;
    source.skip(3 * u64::from(components))
}

fn start_scan<R: Read>(
    source: &mut Source<R>,
    seen: &mut Seen,
    limits: &Limits,
) -> Result<(), Unreadable> {
    let Some((width, height)) = seen.size else {
        return Err(Unreadable::Corrupt("a scan comes before the frame"));
    };
    if !seen.has_quantization || !seen.has_huffman {
        return Err(Unreadable::Corrupt("a scan comes before its tables"));
    }
    seen.scans += 1;
    at_most("scans", limits.max_scans.into(), seen.scans.into())?;
    let work = u64::from(width) * u64::from(height) * u64::from(seen.scans);
    at_most("pixels in all scans", MAX_WORK, work)?;
    let length = segment_length(source)?;
    let components = source.byte()?;
    if components == 0 || components > seen.components || length != 4 + 2 * u64::from(components) {
        return Err(Unreadable::Corrupt("a scan header is wrong"));
    }
    source.skip(length - 1)
}

/// Passes over entropy-coded bytes; returns the marker that ends them.
fn pass_entropy<R: Read>(source: &mut Source<R>, bytes: &mut u64) -> Result<u8, Unreadable> {
    let mut after_ff = false;
    loop {
        let piece = source.peek()?;
        if piece.is_empty() {
            return Err(Unreadable::Truncated);
        }
        if after_ff {
            let byte = piece[0];
            source.consume(1);
            match byte {
                // A stuffed zero or a restart: the data goes on.
                0 | 0xd0..=0xd7 => after_ff = false,
                0xff => {}
                marker => return Ok(marker),
            }
            continue;
        }
        let upto = memchr(piece).unwrap_or(piece.len());
        after_ff = upto < piece.len();
        let used = upto + usize::from(after_ff);
        *bytes += upto as u64;
        source.consume(used);
    }
}

fn memchr(piece: &[u8]) -> Option<usize> {
    piece.iter().position(|byte| *byte == 0xff)
}
