//! Chunks of PNG that a viewer may ignore: where metadata is.

use super::chunk;
use crate::inspect::metadata::{Metadata, MetadataBlock};
use crate::inspect::reader::ByteReader;
use crate::inspect::unreadable::Unreadable;
use crate::orientation::Orientation;
use std::io::Read;

/// Bytes of an ancillary chunk that are kept in memory, and bytes that one may inflate to.
const BODY_MAX: usize = 1 << 20;
/// Bytes that a color profile may inflate to.
const PROFILE_MAX: u64 = 4 << 20;

/// Reads an ancillary chunk: a color profile of a sane size is kept, everything else is removed. Of
/// what may be compressed only the first of each kind is inflated.
pub(super) fn read(
    reader: &mut ByteReader<'_>,
    length: u32,
    kind: [u8; 4],
    metadata: &mut Metadata,
) -> Result<(), Unreadable> {
    let start = reader.position() - 8;
    let mut body = Vec::new();
    chunk::read_body(reader, length, kind, |piece| {
        let room = BODY_MAX.saturating_sub(body.len());
        body.extend_from_slice(&piece[..room.min(piece.len())]);
        Ok(())
    })?;
    let (mut replacement, mut orientation) = (Vec::new(), None);
    match &kind {
        // PNG allows one.
        b"iCCP" if metadata.is_first(MetadataBlock::Profile) && is_sane_profile(&body) => {
            return Ok(());
        }
        b"iTXt" => {
            if let Some(rest) = body.strip_prefix(b"XML:com.adobe.xmp\0")
                && metadata.is_first(MetadataBlock::Xmp)
                && let Some(packet) = xmp_packet(rest)
            {
                orientation = metadata.adopt_xmp(packet);
            }
        }
        b"eXIf" => orientation = Orientation::from_exif(&body),
        b"zTXt" | b"tEXt" => {
            if let Some(rest) = raw_exif(&body)
                && metadata.is_first(MetadataBlock::RawExif)
            {
                orientation = raw_orientation(kind, rest);
            }
        }
        _ => {}
    }
    if metadata.adopt_orientation(orientation) {
        replacement = chunk::encode(*b"eXIf", &metadata.orientation.to_exif());
    }
    metadata.replace(start..reader.position(), replacement)
}

/// What follows the name of a text chunk in which ImageMagick wrote an Exif block before PNG had a
/// chunk for one.
fn raw_exif(body: &[u8]) -> Option<&[u8]> {
    let rest = body.strip_prefix(b"Raw profile type ")?;
    rest.strip_prefix(b"exif\0").or_else(|| rest.strip_prefix(b"APP1\0"))
}

/// The orientation in such a block: in hexadecimal, after a name and a length.
fn raw_orientation(kind: [u8; 4], rest: &[u8]) -> Option<Orientation> {
    let text = if &kind == b"zTXt" { inflated(rest.get(1..)?)? } else { rest.to_owned() };
    let mut lines = text.split(|byte| *byte == b'\n').skip(3);
    let digits: Vec<u8> = lines.by_ref().flatten().copied().filter(u8::is_ascii_hexdigit).collect();
    let value = |pair: &[u8]| u8::from_str_radix(std::str::from_utf8(pair).ok()?, 16).ok();
    let exif: Vec<u8> = digits.chunks_exact(2).map_while(value).collect();
    Orientation::from_exif(exif.strip_prefix(b"Exif\0\0").unwrap_or(&exif))
}

/// At most [`BODY_MAX`] bytes of what a zlib stream holds.
fn inflated(packed: &[u8]) -> Option<Vec<u8>> {
    let mut out = Vec::new();
    flate2::read::ZlibDecoder::new(packed).take(BODY_MAX as u64).read_to_end(&mut out).ok()?;
    Some(out)
}

/// Whether a color profile, which follows its name compressed, inflates to a bounded size.
fn is_sane_profile(body: &[u8]) -> bool {
    let Some(end) = body.iter().position(|byte| *byte == 0) else { return false };
    let packed = body.get(end + 2..).unwrap_or_default();
    let mut inflate = flate2::read::ZlibDecoder::new(packed).take(PROFILE_MAX + 1);
    std::io::copy(&mut inflate, &mut std::io::sink()).is_ok_and(|bytes| bytes <= PROFILE_MAX)
}

/// The XMP packet of an international text chunk, after its keyword: two flags, language,
/// translated keyword, text.
fn xmp_packet(rest: &[u8]) -> Option<Vec<u8>> {
    let (flags, rest) = rest.split_first_chunk::<2>()?;
    let mut fields = rest.splitn(3, |byte| *byte == 0);
    let text = fields.nth(2)?;
    if flags[0] == 0 {
        return Some(text.to_owned());
    }
    inflated(text)
}
