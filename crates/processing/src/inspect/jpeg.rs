//! JPEG: the walk along its markers and through its entropy-coded data, to the end of the image.

mod bits;
mod scan;
mod tables;

use super::metadata::{Metadata, Orientation};
use super::source::Source;
use super::{ImageFacts, Limits, Unreadable, at_most};
use crate::sniff::Format;
use crate::xmp;
use scan::{Component, Scan, Tables};
use std::io::Read;
use std::ops::Range;
use tables::Huffman;

/// Pixels times scans: a progressive file can make a decoder pass over all pixels again and
/// again with a few bytes.
const MAX_WORK: u64 = 2_000_000_000;
/// Bytes between two segments that are passed over.
const JUNK_MAX: u32 = 64 * 1024;

#[derive(Default)]
struct Seen {
    size: Option<(u32, u32)>,
    is_progressive: bool,
    components: Vec<Component>,
    quantization: [bool; 4],
    tables: Tables,
    restart: u32,
    scans: u32,
    profile: Profile,
}

/// The pieces of a colour profile.
#[derive(Default)]
struct Profile {
    pieces: Vec<Range<u64>>,
    total: u8,
}

impl Profile {
    /// Whether a piece is the next one.
    fn takes(&mut self, body: &[u8], range: Range<u64>) -> bool {
        let Some([number, total, ..]) = body.strip_prefix(b"ICC_PROFILE\0") else { return false };
        let is_next = usize::from(*number) == self.pieces.len() + 1;
        if !is_next || (self.total != 0 && self.total != *total) {
            return false;
        }
        self.total = *total;
        self.pieces.push(range);
        true
    }

    /// A profile of which a piece is missing says nothing.
    fn finish(self, metadata: &mut Metadata) -> Result<(), Unreadable> {
        if self.pieces.len() == usize::from(self.total) {
            return Ok(());
        }
        for piece in self.pieces {
            metadata.cut(piece)?;
        }
        metadata.edits.sort_by_key(|edit| edit.range.start);
        Ok(())
    }
}

pub(super) fn inspect<R: Read>(
    source: &mut Source<R>,
    limits: &Limits,
    metadata: &mut Metadata,
) -> Result<ImageFacts, Unreadable> {
    source.skip(2)?;
    let mut seen = Seen::default();
    let mut marker = next_marker(source, metadata)?;
    loop {
        let start = source.position() - 2;
        marker = match marker {
            // End of image. What follows is not part of the picture.
            0xd9 => break,
            0xd8 | 0x01 | 0xd0..=0xd7 => {
                return Err(Unreadable::Corrupt("a marker stands where none may"));
            }
            0xda => {
                let scan = scan_header(source, &mut seen, limits)?;
                scan::walk(source, &scan, &mut seen.components, &seen.tables)?
            }
            other => {
                match other {
                    0xc0..=0xc2 => frame_header(source, other, &mut seen, limits)?,
                    0xc3 | 0xc5..=0xc7 | 0xc9..=0xcb | 0xcd..=0xcf => {
                        return Err(Unreadable::Corrupt("it is of a kind that no viewer shows"));
                    }
                    0xc4 => huffman_tables(source, &mut seen)?,
                    0xdb => quantization_tables(source, &mut seen)?,
                    0xdd => restart_interval(source, &mut seen)?,
                    0xe0..=0xef | 0xfe => beside(source, (other, start), &mut seen, metadata)?,
                    _ => skip_segment(source)?,
                }
                next_marker(source, metadata)?
            }
        };
    }
    let (width, height) = seen.size.ok_or(Unreadable::Corrupt("it has no frame"))?;
    if seen.components.iter().any(|component| !component.has_scan) {
        return Err(Unreadable::Truncated);
    }
    seen.profile.finish(metadata)?;
    Ok(ImageFacts {
        format: Format::Jpeg,
        width,
        height,
        frames: 1,
        has_alpha: false,
        duration_ms: 0,
    })
}

/// The next marker. Bytes that stand where one should, as some cameras leave them, are no part of
/// the picture.
fn next_marker<R: Read>(source: &mut Source<R>, metadata: &mut Metadata) -> Result<u8, Unreadable> {
    let start = source.position();
    let mut last = source.byte()?;
    for _ in 0..JUNK_MAX {
        let next = source.byte()?;
        if last == 0xff && !matches!(next, 0 | 0xff) {
            metadata.cut(start..source.position() - 2)?;
            return Ok(next);
        }
        last = next;
    }
    Err(Unreadable::Corrupt("a marker is missing"))
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
    (marker, start): (u8, u64),
    seen: &mut Seen,
    metadata: &mut Metadata,
) -> Result<(), Unreadable> {
    let length = segment_length(source)?;
    let body = source.keep(length, usize::from(u16::MAX))?;
    let is_kept = match marker {
        // Longer ones carry a thumbnail.
        0xe0 => body.starts_with(b"JFIF\0") && body.len() == 14,
        0xe2 => seen.profile.takes(&body, start..source.position()),
        0xee => body.starts_with(b"Adobe") && body.len() == 12,
        _ => false,
    };
    if is_kept {
        return Ok(());
    }
    let mut found = None;
    if let Some(packet) = body.strip_prefix(b"http://ns.adobe.com/xap/1.0/\0") {
        found = xmp::orientation(packet);
        packet.clone_into(&mut metadata.xmp);
    } else if let Some(tiff) = body.strip_prefix(b"Exif\0\0") {
        found = Orientation::from_exif(tiff);
    }
    if metadata.turn(found) {
        let segment = exif_segment(metadata.orientation);
        return metadata.replace(start..source.position(), segment);
    }
    metadata.cut(start..source.position())
}

fn exif_segment(orientation: Orientation) -> Vec<u8> {
    let tiff = orientation.exif();
    let length = u8::try_from(2 + 6 + tiff.len()).unwrap_or(u8::MAX);
    [&[0xff, 0xe1, 0, length], &b"Exif\0\0"[..], &tiff].concat()
}

fn frame_header<R: Read>(
    source: &mut Source<R>,
    marker: u8,
    seen: &mut Seen,
    limits: &Limits,
) -> Result<(), Unreadable> {
    const WRONG: Unreadable = Unreadable::Corrupt("the frame header is wrong");
    let length = segment_length(source)?;
    let [precision, h0, h1, w0, w1, count] = source.take()?;
    if seen.size.is_some() || length != 6 + 3 * u64::from(count) || precision != 8 {
        return Err(WRONG);
    }
    if !matches!(count, 1 | 3 | 4) {
        return Err(Unreadable::Corrupt("it has a number of colors that no viewer shows"));
    }
    let (width, height) =
        (u16::from_be_bytes([w0, w1]).into(), u16::from_be_bytes([h0, h1]).into());
    limits.check_frame(width, height)?;
    (seen.size, seen.is_progressive) = (Some((width, height)), marker == 0xc2);
    let mut raw = Vec::new();
    for _ in 0..count {
        let [id, sampling, table] = source.take()?;
        let (h, v) = (u32::from(sampling >> 4), u32::from(sampling & 15));
        if !(1..=4).contains(&h) || !(1..=4).contains(&v) || table > 3 {
            return Err(WRONG);
        }
        raw.push((id, (h, v)));
    }
    let most = raw.iter().fold((1, 1), |most, (_, s)| (most.0.max(s.0), most.1.max(s.1)));
    let units = units((width, height), most);
    for (id, sampling) in raw {
        let side = |pixels: u32, own: u32, most: u32| (pixels * own).div_ceil(most).div_ceil(8);
        let blocks = (side(width, sampling.0, most.0), side(height, sampling.1, most.1));
        let (stride, rows) = (units.0 * sampling.0, units.1 * sampling.1);
        let known = if seen.is_progressive { stride as usize * rows as usize } else { 0 };
        let nonzero = vec![0; known];
        let component = Component { id, sampling, blocks, stride, nonzero, has_scan: false };
        seen.components.push(component);
    }
    Ok(())
}

/// Units of an interleaved scan, across and down.
fn units((width, height): (u32, u32), most: (u32, u32)) -> (u32, u32) {
    (width.div_ceil(8 * most.0), height.div_ceil(8 * most.1))
}

fn huffman_tables<R: Read>(source: &mut Source<R>, seen: &mut Seen) -> Result<(), Unreadable> {
    const WRONG: Unreadable = Unreadable::Corrupt("a Huffman table is wrong");
    let mut left = segment_length(source)?;
    while left > 0 {
        left = left.checked_sub(17).ok_or(WRONG)?;
        let kind = source.byte()?;
        let counts: [u8; 16] = source.take()?;
        let total: u64 = counts.iter().copied().map(u64::from).sum();
        left = left.checked_sub(total).filter(|_| total <= 256).ok_or(WRONG)?;
        let values = source.keep(total, 256)?;
        let place = usize::from(kind & 15);
        let tables = if kind >> 4 == 0 { &mut seen.tables.dc } else { &mut seen.tables.ac };
        let is_sane = kind >> 4 == 1 || values.iter().all(|value| *value < 16);
        let table = tables.get_mut(place).filter(|_| kind >> 4 <= 1 && is_sane).ok_or(WRONG)?;
        *table = Some(Huffman::new(&counts, &values)?);
    }
    Ok(())
}

fn quantization_tables<R: Read>(source: &mut Source<R>, seen: &mut Seen) -> Result<(), Unreadable> {
    const WRONG: Unreadable = Unreadable::Corrupt("a quantization table is wrong");
    let mut left = segment_length(source)?;
    while left > 0 {
        let kind = source.byte()?;
        let bytes = if kind >> 4 == 0 { 64 } else { 128 };
        left = left.checked_sub(1 + bytes).filter(|_| kind >> 4 <= 1).ok_or(WRONG)?;
        *seen.quantization.get_mut(usize::from(kind & 15)).ok_or(WRONG)? = true;
        source.skip(bytes)?;
    }
    Ok(())
}

fn restart_interval<R: Read>(source: &mut Source<R>, seen: &mut Seen) -> Result<(), Unreadable> {
    if segment_length(source)? != 2 {
        return Err(Unreadable::Corrupt("the restart interval is wrong"));
    }
    seen.restart = u16::from_be_bytes(source.take()?).into();
    Ok(())
}

fn scan_header<R: Read>(
    source: &mut Source<R>,
    seen: &mut Seen,
    limits: &Limits,
) -> Result<Scan, Unreadable> {
    const WRONG: Unreadable = Unreadable::Corrupt("a scan header is wrong");
    let size = seen.size.ok_or(Unreadable::Corrupt("a scan comes before the frame"))?;
    if !seen.quantization.contains(&true) {
        return Err(Unreadable::Corrupt("a scan comes before its tables"));
    }
    seen.scans += 1;
    at_most("scans", limits.max_scans.into(), seen.scans.into())?;
    let work = u64::from(size.0) * u64::from(size.1) * u64::from(seen.scans);
    at_most("pixels in all scans", MAX_WORK, work)?;
    let length = segment_length(source)?;
    let count = source.byte()?;
    if !(1..=4).contains(&count) || length != 4 + 2 * u64::from(count) {
        return Err(WRONG);
    }
    let mut parts: Vec<(usize, usize, usize)> = Vec::with_capacity(4);
    for _ in 0..count {
        let [id, tables] = source.take()?;
        let found = seen.components.iter_mut().enumerate().find(|(_, c)| c.id == id);
        let (index, component) = found.ok_or(WRONG)?;
        component.has_scan = true;
        let (dc, ac) = (usize::from(tables >> 4), usize::from(tables & 15));
        if dc > 3 || ac > 3 || parts.iter().any(|(other, ..)| *other == index) {
            return Err(WRONG);
        }
        parts.push((index, dc, ac));
    }
    let [first, last, bits] = source.take()?;
    let is_band = first == 0 || (count == 1 && first <= last);
    if seen.is_progressive && (last > 63 || !is_band || (first == 0 && last != 0)) {
        return Err(WRONG);
    }
    let most = seen
        .components
        .iter()
        .fold((1, 1), |most: (u32, u32), c| (most.0.max(c.sampling.0), most.1.max(c.sampling.1)));
    Ok(Scan {
        parts,
        first: first.into(),
        last: last.into(),
        is_refinement: bits >> 4 != 0,
        is_progressive: seen.is_progressive,
        restart: seen.restart,
        units: units(size, most),
    })
}
