//! JPEG: its markers and its entropy-coded data, read to the end of the image.

mod bits;
mod profile;
mod scan;
mod tables;

use super::facts::ImageFacts;
use super::limits::{ImageLimits, at_most};
use super::metadata::{Metadata, MetadataBlock};
use super::reader::ByteReader;
use super::unreadable::Unreadable;
use crate::orientation::Orientation;
use profile::ProfilePieces;
use scan::{Component, Scan, ScanComponent, Tables};
use tables::Huffman;

/// Pixels times scans: with a few bytes, a progressive file can make a decoder visit all pixels
/// again and again.
const MAX_WORK: u64 = 2_000_000_000;
/// Bytes between two segments that are tolerated.
const JUNK_MAX: u32 = 64 * 1024;

/// What the segments before the current one declared.
#[derive(Default)]
struct JpegState {
    /// Pixels across and down.
    size: Option<(u32, u32)>,
    is_progressive: bool,
    components: Vec<Component>,
    /// Which quantization tables are defined.
    quantization: [bool; 4],
    tables: Tables,
    /// Units between two restart markers; 0 for none.
    restart_interval: u32,
    /// Number of scans.
    scans: u32,
    profile: ProfilePieces,
}

/// Validates a whole JPEG.
pub(crate) fn inspect(
    reader: &mut ByteReader<'_>,
    limits: &ImageLimits,
    metadata: &mut Metadata,
) -> Result<ImageFacts, Unreadable> {
    reader.skip(2)?;
    let mut state = JpegState::default();
    let mut marker = next_marker(reader, metadata)?;
    loop {
        let start = reader.position() - 2;
        marker = match marker {
            // End of image. What follows is not part of it.
            0xd9 => break,
            0xd8 | 0x01 | 0xd0..=0xd7 => {
                return Err(Unreadable::Corrupt("a marker is at a place where none is allowed"));
            }
            0xda => {
                let scan = scan_header(reader, &mut state, limits)?;
                scan::read(reader, &scan, &mut state.components, &state.tables)?
            }
            other => {
                match other {
                    0xc0..=0xc2 => frame_header(reader, other, &mut state, limits)?,
                    0xc3 | 0xc5..=0xc7 | 0xc9..=0xcb | 0xcd..=0xcf => {
                        return Err(Unreadable::Corrupt(
                            "it uses a JPEG process that no viewer supports",
                        ));
                    }
                    0xc4 => huffman_tables(reader, &mut state)?,
                    0xdb => quantization_tables(reader, &mut state)?,
                    0xdd => restart_interval(reader, &mut state)?,
                    0xe0..=0xef | 0xfe => {
                        metadata_segment(reader, other, start, &mut state, metadata)?;
                    }
                    _ => skip_segment(reader)?,
                }
                next_marker(reader, metadata)?
            }
        };
    }
    let (width, height) = state.size.ok_or(Unreadable::Corrupt("it has no frame"))?;
    if state.components.iter().any(|component| !component.has_scan) {
        return Err(Unreadable::Truncated);
    }
    state.profile.finish(metadata)?;
    Ok(ImageFacts { width, height, frames: 1, has_alpha: false, duration_ms: 0 })
}

/// The next marker. Other bytes in its place, as some cameras write them, are removed.
fn next_marker(reader: &mut ByteReader<'_>, metadata: &mut Metadata) -> Result<u8, Unreadable> {
    let start = reader.position();
    let mut last = reader.byte()?;
    for _ in 0..JUNK_MAX {
        let next = reader.byte()?;
        if last == 0xff && !matches!(next, 0 | 0xff) {
            metadata.remove(start..reader.position() - 2)?;
            return Ok(next);
        }
        last = next;
    }
    Err(Unreadable::Corrupt("a marker is missing"))
}

fn segment_length(reader: &mut ByteReader<'_>) -> Result<u64, Unreadable> {
    let length = u16::from_be_bytes(reader.array()?);
    u64::from(length).checked_sub(2).ok_or(Unreadable::Corrupt("a segment has a wrong length"))
}

fn skip_segment(reader: &mut ByteReader<'_>) -> Result<(), Unreadable> {
    let length = segment_length(reader)?;
    reader.skip(length)
}

/// An application segment or a comment that begins at `start`: the few that affect how the pixels
/// are shown are kept, all others are removed.
fn metadata_segment(
    reader: &mut ByteReader<'_>,
    marker: u8,
    start: u64,
    state: &mut JpegState,
    metadata: &mut Metadata,
) -> Result<(), Unreadable> {
    let length = segment_length(reader)?;
    let body = reader.read_up_to(length, usize::from(u16::MAX))?;
    let is_kept = match marker {
        // Longer ones hold a thumbnail.
        0xe0 => body.starts_with(b"JFIF\0") && body.len() == 14,
        0xe2 => state.profile.add(&body, start..reader.position()),
        0xee => body.starts_with(b"Adobe") && body.len() == 12,
        _ => false,
    };
    if is_kept {
        return Ok(());
    }
    let mut orientation = None;
    if let Some(packet) = body.strip_prefix(b"http://ns.adobe.com/xap/1.0/\0") {
        if metadata.is_first(MetadataBlock::Xmp) {
            orientation = metadata.adopt_xmp(packet.to_owned());
        }
    } else if let Some(tiff) = body.strip_prefix(b"Exif\0\0") {
        orientation = Orientation::from_exif(tiff);
    }
    if metadata.adopt_orientation(orientation) {
        let segment = exif_segment(metadata.orientation);
        return metadata.replace(start..reader.position(), segment);
    }
    metadata.remove(start..reader.position())
}

fn exif_segment(orientation: Orientation) -> Vec<u8> {
    let tiff = orientation.to_exif();
    let length = u8::try_from(2 + 6 + tiff.len()).unwrap_or(u8::MAX);
    [&[0xff, 0xe1, 0, length], &b"Exif\0\0"[..], &tiff].concat()
}

fn frame_header(
    reader: &mut ByteReader<'_>,
    marker: u8,
    state: &mut JpegState,
    limits: &ImageLimits,
) -> Result<(), Unreadable> {
    const WRONG: Unreadable = Unreadable::Corrupt("the frame header is wrong");
    let length = segment_length(reader)?;
    let [precision, h0, h1, w0, w1, count] = reader.array()?;
    if state.size.is_some() || length != 6 + 3 * u64::from(count) || precision != 8 {
        return Err(WRONG);
    }
    if !matches!(count, 1 | 3 | 4) {
        return Err(Unreadable::Corrupt(
            "it has a number of color channels that no viewer supports",
        ));
    }
    let (width, height) =
        (u16::from_be_bytes([w0, w1]).into(), u16::from_be_bytes([h0, h1]).into());
    limits.validate_frame(width, height)?;
    (state.size, state.is_progressive) = (Some((width, height)), marker == 0xc2);
    let mut raw = Vec::new();
    for _ in 0..count {
        let [id, sampling, table] = reader.array()?;
        let (h, v) = (u32::from(sampling >> 4), u32::from(sampling & 15));
        if !(1..=4).contains(&h) || !(1..=4).contains(&v) || table > 3 {
            return Err(WRONG);
        }
        raw.push((id, (h, v)));
    }
    let max_sampling = max_sampling(raw.iter().map(|(_, sampling)| *sampling));
    let units = units((width, height), max_sampling);
    for (id, sampling) in raw {
        let side = |pixels: u32, own: u32, max: u32| (pixels * own).div_ceil(max).div_ceil(8);
        let blocks =
            (side(width, sampling.0, max_sampling.0), side(height, sampling.1, max_sampling.1));
        let (stride, rows) = (units.0 * sampling.0, units.1 * sampling.1);
        let tracked = if state.is_progressive { stride as usize * rows as usize } else { 0 };
        let nonzero = vec![0; tracked];
        let component = Component { id, sampling, blocks, stride, nonzero, has_scan: false };
        state.components.push(component);
    }
    Ok(())
}

/// The largest sampling factors of all components, across and down.
fn max_sampling(all: impl Iterator<Item = (u32, u32)>) -> (u32, u32) {
    all.fold((1, 1), |max, sampling| (max.0.max(sampling.0), max.1.max(sampling.1)))
}

/// Number of units of an interleaved scan, across and down.
fn units((width, height): (u32, u32), max_sampling: (u32, u32)) -> (u32, u32) {
    (width.div_ceil(8 * max_sampling.0), height.div_ceil(8 * max_sampling.1))
}

fn huffman_tables(reader: &mut ByteReader<'_>, state: &mut JpegState) -> Result<(), Unreadable> {
    const WRONG: Unreadable = Unreadable::Corrupt("a Huffman table is wrong");
    let mut remaining = segment_length(reader)?;
    while remaining > 0 {
        remaining = remaining.checked_sub(17).ok_or(WRONG)?;
        let kind = reader.byte()?;
        let counts: [u8; 16] = reader.array()?;
        let total: u64 = counts.iter().copied().map(u64::from).sum();
        remaining = remaining.checked_sub(total).filter(|_| total <= 256).ok_or(WRONG)?;
        let values = reader.read_up_to(total, 256)?;
        let index = usize::from(kind & 15);
        let tables = if kind >> 4 == 0 { &mut state.tables.dc } else { &mut state.tables.ac };
        let is_sane = kind >> 4 == 1 || values.iter().all(|value| *value < 16);
        let table = tables.get_mut(index).filter(|_| kind >> 4 <= 1 && is_sane).ok_or(WRONG)?;
        *table = Some(Huffman::new(&counts, &values)?);
    }
    Ok(())
}

fn quantization_tables(
    reader: &mut ByteReader<'_>,
    state: &mut JpegState,
) -> Result<(), Unreadable> {
    const WRONG: Unreadable = Unreadable::Corrupt("a quantization table is wrong");
    let mut remaining = segment_length(reader)?;
    while remaining > 0 {
        let kind = reader.byte()?;
        let bytes = if kind >> 4 == 0 { 64 } else { 128 };
        remaining = remaining.checked_sub(1 + bytes).filter(|_| kind >> 4 <= 1).ok_or(WRONG)?;
        *state.quantization.get_mut(usize::from(kind & 15)).ok_or(WRONG)? = true;
        reader.skip(bytes)?;
    }
    Ok(())
}

fn restart_interval(reader: &mut ByteReader<'_>, state: &mut JpegState) -> Result<(), Unreadable> {
    if segment_length(reader)? != 2 {
        return Err(Unreadable::Corrupt("the restart interval is wrong"));
    }
    state.restart_interval = u16::from_be_bytes(reader.array()?).into();
    Ok(())
}

fn scan_header(
    reader: &mut ByteReader<'_>,
    state: &mut JpegState,
    limits: &ImageLimits,
) -> Result<Scan, Unreadable> {
    const WRONG: Unreadable = Unreadable::Corrupt("a scan header is wrong");
    let size = state.size.ok_or(Unreadable::Corrupt("a scan precedes the frame header"))?;
    if !state.quantization.contains(&true) {
        return Err(Unreadable::Corrupt("a scan precedes its tables"));
    }
    state.scans += 1;
    at_most("scans", limits.max_scans.into(), state.scans.into())?;
    let work = u64::from(size.0) * u64::from(size.1) * u64::from(state.scans);
    at_most("pixels in all scans", MAX_WORK, work)?;
    let length = segment_length(reader)?;
    let count = reader.byte()?;
    if !(1..=4).contains(&count) || length != 4 + 2 * u64::from(count) {
        return Err(WRONG);
    }
    let mut parts: Vec<ScanComponent> = Vec::with_capacity(4);
    for _ in 0..count {
        let [id, tables] = reader.array()?;
        let found = state.components.iter_mut().enumerate().find(|(_, c)| c.id == id);
        let (index, component) = found.ok_or(WRONG)?;
        component.has_scan = true;
        let (dc_table, ac_table) = (usize::from(tables >> 4), usize::from(tables & 15));
        if dc_table > 3 || ac_table > 3 || parts.iter().any(|part| part.index == index) {
            return Err(WRONG);
        }
        parts.push(ScanComponent { index, dc_table, ac_table });
    }
    let [first, last, bits] = reader.array()?;
    let is_band = first == 0 || (count == 1 && first <= last);
    if state.is_progressive && (last > 63 || !is_band || (first == 0 && last != 0)) {
        return Err(WRONG);
    }
    let max_sampling = max_sampling(state.components.iter().map(|c| c.sampling));
    Ok(Scan {
        parts,
        first: first.into(),
        last: last.into(),
        is_refinement: bits >> 4 != 0,
        is_progressive: state.is_progressive,
        restart_interval: state.restart_interval,
        units: units(size, max_sampling),
    })
}
