//! WebP: chunks that fill the file exactly, and the size from the bitstream's own header.

use super::facts::ImageFacts;
use super::limits::ImageLimits;
use super::metadata::{Metadata, MetadataBlock};
use super::reader::ByteReader;
use super::unreadable::Unreadable;
use crate::orientation::Orientation;

/// Bytes of a metadata chunk that are kept in memory.
const BODY_MAX: usize = 1 << 20;

/// Flags of the extended header: the file has transparency, Exif, XMP.
const HAS_ALPHA: u8 = 0x10;
const HAS_EXIF: u8 = 0x08;
const HAS_XMP: u8 = 0x04;

/// What the chunks before the current one declared.
#[derive(Default)]
struct WebPState {
    /// Position and value of the flags in the extended header.
    flags: Option<(u64, u8)>,
    canvas: Option<(u32, u32)>,
    has_alpha: bool,
    frames: u32,
    total_pixels: u64,
}

/// Validates a whole WebP.
pub(crate) fn inspect(
    reader: &mut ByteReader<'_>,
    limits: &ImageLimits,
    metadata: &mut Metadata,
) -> Result<ImageFacts, Unreadable> {
    reader.skip(4)?;
    let size = u64::from(u32::from_le_bytes(reader.array()?));
    if size > reader.remaining() {
        return Err(Unreadable::Truncated);
    }
    reader.skip(4)?;
    let remaining = size.checked_sub(4).ok_or(Unreadable::Corrupt("its length is wrong"))?;
    let mut state = WebPState::default();
    chunks(reader, remaining, &mut state, limits, metadata)?;
    let (width, height) = state.canvas.ok_or(Unreadable::Corrupt("it has no image data"))?;
    if state.frames == 0 {
        return Err(Unreadable::Truncated);
    }
    correct_header(&state, metadata, size)?;
    Ok(ImageFacts {
        width,
        height,
        frames: state.frames,
        has_alpha: state.has_alpha,
        duration_ms: 0,
    })
}

/// Corrects the length and the flags in the headers to match the file without its metadata.
fn correct_header(state: &WebPState, metadata: &mut Metadata, size: u64) -> Result<(), Unreadable> {
    let mut flags_edit = None;
    if let Some((at, flags)) = state.flags {
        let exif = if metadata.orientation.is_upright() { 0 } else { HAS_EXIF };
        let corrected = flags & !(HAS_EXIF | HAS_XMP) | exif;
        flags_edit = (corrected != flags).then(|| (at..at + 1, vec![corrected]));
    }
    if metadata.edits.is_empty() && flags_edit.is_none() {
        return Ok(());
    }
    let removed: u64 = metadata.edits.iter().map(|e| e.range.end - e.range.start).sum();
    let added: u64 = metadata.edits.iter().map(|e| e.replacement.len() as u64).sum();
    let length = u32::try_from(size + added - removed).unwrap_or(u32::MAX).to_le_bytes().to_vec();
    if let Some((range, flags)) = flags_edit {
        metadata.replace(range, flags)?;
    }
    metadata.replace(4..8, length)?;
    metadata.sort_edits();
    Ok(())
}

/// Reads and removes a chunk that does not affect the pixels.
fn metadata_chunk(
    reader: &mut ByteReader<'_>,
    kind: [u8; 4],
    length: u64,
    metadata: &mut Metadata,
) -> Result<(), Unreadable> {
    let start = reader.position() - 8;
    let body = reader.read_up_to(length, BODY_MAX)?;
    let (mut replacement, mut orientation) = (Vec::new(), None);
    if &kind == b"XMP " {
        if metadata.is_first(MetadataBlock::Xmp) {
            orientation = metadata.adopt_xmp(body);
        }
    } else if &kind == b"EXIF" {
        orientation = Orientation::from_exif(body.strip_prefix(b"Exif\0\0").unwrap_or(&body));
    }
    if metadata.adopt_orientation(orientation) {
        let tiff = metadata.orientation.to_exif();
        let length = u32::try_from(tiff.len()).unwrap_or(u32::MAX).to_le_bytes();
        replacement = [b"EXIF", &length[..], &tiff].concat();
    }
    metadata.replace(start..reader.position(), replacement)
}

fn chunks(
    reader: &mut ByteReader<'_>,
    mut remaining: u64,
    state: &mut WebPState,
    limits: &ImageLimits,
    metadata: &mut Metadata,
) -> Result<(), Unreadable> {
    while remaining >= 8 {
        let kind: [u8; 4] = reader.array()?;
        let length = u64::from(u32::from_le_bytes(reader.array()?));
        // A chunk of odd length is padded; some writers omit the padding at the end of the file.
        let padded = (length + (length & 1)).min((remaining - 8).max(length));
        remaining = (remaining - 8).checked_sub(padded).ok_or(Unreadable::Truncated)?;
        let used = match &kind {
            b"VP8X" => extended(reader, state, limits)?,
            b"VP8 " => lossy(reader, state, limits)?,
            b"VP8L" => lossless(reader, state, limits)?,
            b"ANMF" => frame(reader, state, limits)?,
            b"ALPH" | b"ANIM" | b"ICCP" => 0,
            _ => {
                metadata_chunk(reader, kind, padded, metadata)?;
                padded
            }
        };
        let rest = padded.checked_sub(used).ok_or(Unreadable::Corrupt("a chunk is too short"))?;
        reader.skip(rest)?;
    }
    // Too few bytes for a chunk. They count in the length of the file, so that what is cut off
    // there must be taken off the length too.
    let start = reader.position();
    reader.skip(remaining)?;
    metadata.remove(start..reader.position())
}

fn add_frame(
    state: &mut WebPState,
    limits: &ImageLimits,
    w: u32,
    h: u32,
) -> Result<(), Unreadable> {
    let pixels = limits.validate_frame(w, h)?;
    state.canvas.get_or_insert((w, h));
    state.frames += 1;
    state.total_pixels += pixels;
    limits.validate_frames(state.frames, state.total_pixels)
}

/// A 24-bit number.
fn u24(bytes: [u8; 3]) -> u32 {
    u32::from_le_bytes([bytes[0], bytes[1], bytes[2], 0])
}

/// The extended header; the number of bytes that were consumed.
fn extended(
    reader: &mut ByteReader<'_>,
    state: &mut WebPState,
    limits: &ImageLimits,
) -> Result<u64, Unreadable> {
    let at = reader.position();
    let [flags, _, _, _] = reader.array()?;
    state.flags.get_or_insert((at, flags));
    state.has_alpha |= flags & HAS_ALPHA != 0;
    let (width, height) = (u24(reader.array()?) + 1, u24(reader.array()?) + 1);
    limits.validate_frame(width, height)?;
    state.canvas = Some((width, height));
    Ok(10)
}

/// A lossy frame's header; the number of bytes that were consumed.
fn lossy(
    reader: &mut ByteReader<'_>,
    state: &mut WebPState,
    limits: &ImageLimits,
) -> Result<u64, Unreadable> {
    let [tag, _, _, s0, s1, s2, w0, w1, h0, h1] = reader.array()?;
    if tag & 1 != 0 || [s0, s1, s2] != [0x9d, 0x01, 0x2a] {
        return Err(Unreadable::Corrupt("a frame has no key frame header"));
    }
    let side = |low, high| u32::from(u16::from_le_bytes([low, high]) & 0x3fff);
    add_frame(state, limits, side(w0, w1), side(h0, h1))?;
    Ok(10)
}

/// A lossless frame's header; the number of bytes that were consumed.
fn lossless(
    reader: &mut ByteReader<'_>,
    state: &mut WebPState,
    limits: &ImageLimits,
) -> Result<u64, Unreadable> {
    let [signature, a, b, c, d] = reader.array()?;
    if signature != 0x2f {
        return Err(Unreadable::Corrupt("a lossless frame has no signature"));
    }
    let bits = u32::from_le_bytes([a, b, c, d]);
    state.has_alpha |= bits & 1 << 28 != 0;
    add_frame(state, limits, (bits & 0x3fff) + 1, (bits >> 14 & 0x3fff) + 1)?;
    // 34 bytes can declare 16383x16383 pixels, and a single color needs no more data than that, so
    // the length of the file limits nothing: the number of pixels does.
    Ok(5)
}

/// An animation frame's size; the number of bytes that were consumed. The caller skips the chunks
/// within.
fn frame(
    reader: &mut ByteReader<'_>,
    state: &mut WebPState,
    limits: &ImageLimits,
) -> Result<u64, Unreadable> {
    reader.skip(6)?;
    let (width, height) = (u24(reader.array()?) + 1, u24(reader.array()?) + 1);
    add_frame(state, limits, width, height)?;
    Ok(12)
}
