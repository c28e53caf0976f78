//! WebP: chunks that fill the file exactly, and the size from the bitstream's own header.

use super::metadata::{Metadata, Orientation};
use super::source::Source;
use super::{ImageFacts, Limits, Unreadable};
use crate::sniff::Format;
use crate::xmp;
use std::io::Read;

/// Bytes of an XMP packet that are read.
const XMP_MAX: usize = 1 << 20;

#[derive(Default)]
struct Seen {
    /// Where the flags of the extended header stand, and what they are.
    flags: Option<(u64, u8)>,
    canvas: Option<(u32, u32)>,
    has_alpha: bool,
    frames: u32,
    total_pixels: u64,
}

pub(super) fn inspect<R: Read>(
    source: &mut Source<R>,
    limits: &Limits,
    metadata: &mut Metadata,
) -> Result<ImageFacts, Unreadable> {
    source.skip(4)?;
    let size = u64::from(u32::from_le_bytes(source.take()?));
    if size > source.left() {
        return Err(Unreadable::Truncated);
    }
    source.skip(4)?;
    let left = size.checked_sub(4).ok_or(Unreadable::Corrupt("its length is wrong"))?;
    let mut seen = Seen::default();
    chunks(source, left, &mut seen, limits, metadata)?;
    let (width, height) = seen.canvas.ok_or(Unreadable::Corrupt("it has no image data"))?;
    if seen.frames == 0 {
        return Err(Unreadable::Truncated);
    }
    correct_header(&seen, metadata, size)?;
    Ok(ImageFacts {
        format: Format::WebP,
        width,
        height,
        frames: seen.frames,
        has_alpha: seen.has_alpha,
        duration_ms: 0,
    })
}

/// Says in the header what the cleaning leaves.
fn correct_header(seen: &Seen, metadata: &mut Metadata, size: u64) -> Result<(), Unreadable> {
    let mut flags_edit = None;
    if let Some((at, flags)) = seen.flags {
        let exif = if metadata.orientation.is_upright() { 0 } else { 0x08 };
        let wanted = flags & !(0x08 | 0x04) | exif;
        flags_edit = (wanted != flags).then(|| (at..at + 1, vec![wanted]));
    }
    if metadata.edits.is_empty() && flags_edit.is_none() {
        return Ok(());
    }
    let gone: u64 = metadata.edits.iter().map(|e| e.range.end - e.range.start).sum();
    let come: u64 = metadata.edits.iter().map(|e| e.with.len() as u64).sum();
    let length = u32::try_from(size + come - gone).unwrap_or(u32::MAX).to_le_bytes().to_vec();
    if let Some((range, with)) = flags_edit {
        metadata.replace(range, with)?;
    }
    metadata.replace(4..8, length)?;
    metadata.edits.sort_by_key(|edit| edit.range.start);
    Ok(())
}

/// A chunk that tells nothing about the pixels.
fn beside<R: Read>(
    source: &mut Source<R>,
    kind: [u8; 4],
    length: u64,
    metadata: &mut Metadata,
) -> Result<(), Unreadable> {
    let start = source.position() - 8;
    let body = source.keep(length, XMP_MAX)?;
    let (mut with, mut found) = (Vec::new(), None);
    if &kind == b"XMP " {
        found = xmp::orientation(&body);
        metadata.xmp = body;
    } else if &kind == b"EXIF" {
        found = Orientation::from_exif(body.strip_prefix(b"Exif\0\0").unwrap_or(&body));
    }
    if metadata.turn(found) {
        let tiff = metadata.orientation.exif();
        let length = u32::try_from(tiff.len()).unwrap_or(u32::MAX).to_le_bytes();
        with = [b"EXIF", &length[..], &tiff].concat();
    }
    metadata.replace(start..source.position(), with)
}

fn chunks<R: Read>(
    source: &mut Source<R>,
    mut left: u64,
    seen: &mut Seen,
    limits: &Limits,
    metadata: &mut Metadata,
) -> Result<(), Unreadable> {
    while left >= 8 {
        let kind: [u8; 4] = source.take()?;
        let length = u64::from(u32::from_le_bytes(source.take()?));
        // An odd chunk is padded; at the very end some writers leave the padding out.
        let padded = (length + (length & 1)).min((left - 8).max(length));
        left = (left - 8).checked_sub(padded).ok_or(Unreadable::Truncated)?;
        let used = match &kind {
            b"VP8X" => extended(source, seen, limits)?,
            b"VP8 " => lossy(source, seen, limits)?,
            b"VP8L" => lossless(source, seen, limits)?,
            b"ANMF" => frame(source, seen, limits)?,
            b"ALPH" | b"ANIM" | b"ICCP" => 0,
            _ => {
                beside(source, kind, padded, metadata)?;
                padded
            }
        };
        let rest = padded.checked_sub(used).ok_or(Unreadable::Corrupt("a chunk is too short"))?;
        source.skip(rest)?;
    }
    // Too few bytes for a chunk. They count in the length of the file, so that what is cut off
    // there must be taken off the length too.
    let start = source.position();
    source.skip(left)?;
    metadata.cut(start..source.position())
}

fn add_frame(seen: &mut Seen, limits: &Limits, w: u32, h: u32) -> Result<(), Unreadable> {
    let pixels = limits.check_frame(w, h)?;
    seen.canvas.get_or_insert((w, h));
    seen.frames += 1;
    seen.total_pixels += pixels;
    limits.check_frames(seen.frames, seen.total_pixels)
}

fn small(bytes: [u8; 3]) -> u32 {
    u32::from_le_bytes([bytes[0], bytes[1], bytes[2], 0])
}

fn extended<R: Read>(
    source: &mut Source<R>,
    seen: &mut Seen,
    limits: &Limits,
) -> Result<u64, Unreadable> {
    let at = source.position();
    let [flags, _, _, _] = source.take()?;
    seen.flags.get_or_insert((at, flags));
    seen.has_alpha |= flags & 0x10 != 0;
    let (width, height) = (small(source.take()?) + 1, small(source.take()?) + 1);
    limits.check_frame(width, height)?;
    seen.canvas = Some((width, height));
    Ok(10)
}

fn lossy<R: Read>(
    source: &mut Source<R>,
    seen: &mut Seen,
    limits: &Limits,
) -> Result<u64, Unreadable> {
    let [tag, _, _, s0, s1, s2, w0, w1, h0, h1] = source.take()?;
    if tag & 1 != 0 || [s0, s1, s2] != [0x9d, 0x01, 0x2a] {
        return Err(Unreadable::Corrupt("a frame has no key frame header"));
    }
    let side = |low, high| u32::from(u16::from_le_bytes([low, high]) & 0x3fff);
    add_frame(seen, limits, side(w0, w1), side(h0, h1))?;
    Ok(10)
}

fn lossless<R: Read>(
    source: &mut Source<R>,
    seen: &mut Seen,
    limits: &Limits,
) -> Result<u64, Unreadable> {
    let [signature, a, b, c, d] = source.take()?;
    if signature != 0x2f {
        return Err(Unreadable::Corrupt("a lossless frame has no signature"));
    }
    let bits = u32::from_le_bytes([a, b, c, d]);
    seen.has_alpha |= bits & 1 << 28 != 0;
    add_frame(seen, limits, (bits & 0x3fff) + 1, (bits >> 14 & 0x3fff) + 1)?;
    // 34 bytes can declare 16383x16383: a few bytes of data cannot hold a picture of any size,
    // but one color can, so the pixels are what is limited.
    Ok(5)
}

/// An animation frame: its size; the chunks within are passed over with it.
fn frame<R: Read>(
    source: &mut Source<R>,
    seen: &mut Seen,
    limits: &Limits,
) -> Result<u64, Unreadable> {
    source.skip(6)?;
    let (width, height) = (small(source.take()?) + 1, small(source.take()?) + 1);
    add_frame(seen, limits, width, height)?;
    Ok(12)
}
