//! PNG: every chunk's checksum, and image data that inflates to exactly the promised length.

use super::metadata::{Metadata, Orientation};
use super::source::Source;
use super::{ImageFacts, Limits, Unreadable};
use crate::sniff::Format;
use crate::xmp;
use flate2::{Decompress, FlushDecompress, Status};
use std::io::Read;
use std::ops::Range;

/// Bytes of a chunk beside the pixels that are read.
const BESIDE_MAX: usize = 1 << 20;
/// Bytes that a colour profile may inflate to.
const PROFILE_MAX: u64 = 4 << 20;

struct Header {
    width: u32,
    height: u32,
    bits_per_pixel: u64,
    is_palette: bool,
    is_interlaced: bool,
}

pub(super) fn inspect<R: Read>(
    source: &mut Source<R>,
    limits: &Limits,
    metadata: &mut Metadata,
) -> Result<ImageFacts, Unreadable> {
    source.skip(8)?;
    let (length, kind) = chunk_head(source)?;
    if &kind != b"IHDR" || length != 13 {
        return Err(Unreadable::Corrupt("the first chunk is not a header"));
    }
    let mut raw = Vec::with_capacity(13);
    chunk_body(source, length, kind, |piece| {
        raw.extend_from_slice(piece);
        Ok(())
    })?;
    let header = read_header(&raw)?;
    limits.check_frame(header.width, header.height)?;
    let frames = chunks(source, &header, limits, metadata)?;
    Ok(ImageFacts {
        format: Format::Png,
        width: header.width,
        height: header.height,
        frames,
        has_alpha: false,
        duration_ms: 0,
    })
}

fn chunk_head<R: Read>(source: &mut Source<R>) -> Result<(u32, [u8; 4]), Unreadable> {
    let length = u32::from_be_bytes(source.take()?);
    if length > i32::MAX.unsigned_abs() {
        return Err(Unreadable::Corrupt("a chunk is longer than PNG allows"));
    }
    Ok((length, source.take()?))
}

fn chunk_body<R: Read>(
    source: &mut Source<R>,
    length: u32,
    kind: [u8; 4],
    mut see: impl FnMut(&[u8]) -> Result<(), Unreadable>,
) -> Result<(), Unreadable> {
    let mut sum = crc32fast::Hasher::new();
    sum.update(&kind);
    source.each(length.into(), |piece| {
        sum.update(piece);
        see(piece)
    })?;
    if u32::from_be_bytes(source.take()?) != sum.finalize() {
        return Err(Unreadable::Corrupt("a checksum is wrong"));
    }
    Ok(())
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

/// Bytes that the image data inflates to: each row one filter byte and its pixels.
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
    // Adam7: first column, first row, and steps of each pass.
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

/// Walks the chunks to the end mark; the number of frames.
fn chunks<R: Read>(
    source: &mut Source<R>,
    header: &Header,
    limits: &Limits,
    metadata: &mut Metadata,
) -> Result<u32, Unreadable> {
    let mut data = ImageData::new(inflated_length(header));
    let mut has_palette = false;
    let mut animation = Animation::default();
    loop {
        let (length, kind) = chunk_head(source)?;
        match &kind {
            b"IDAT" if header.is_palette && !has_palette => {
                return Err(Unreadable::Corrupt("the palette is missing"));
            }
            b"IDAT" => chunk_body(source, length, kind, |piece| data.see(piece))?,
            b"PLTE" => {
                has_palette = length % 3 == 0 && (3..=768).contains(&length);
                chunk_body(source, length, kind, |_| Ok(()))?;
            }
            b"IEND" => {
                chunk_body(source, length, kind, |_| Ok(()))?;
                data.finish()?;
                let frames = animation.finish(metadata)?;
                let pixels = u64::from(header.width) * u64::from(header.height);
                limits.check_frames(frames, pixels.saturating_mul(frames.into()))?;
                return Ok(frames);
            }
            // A critical chunk has a capital first; one that nobody knows cannot be passed over.
            [b'A'..=b'Z', ..] => return Err(Unreadable::Corrupt("a critical chunk is unknown")),
            b"acTL" | b"fcTL" | b"fdAT" => animation.see(source, length, kind)?,
            b"tRNS" | b"gAMA" | b"cHRM" | b"sRGB" | b"cICP" | b"sBIT" | b"pHYs" => {
                chunk_body(source, length, kind, |_| Ok(()))?;
            }
            _ => beside(source, length, kind, metadata)?,
        }
    }
}

/// A chunk that may be passed over: a colour profile of a sane size stays, all others go.
fn beside<R: Read>(
    source: &mut Source<R>,
    length: u32,
    kind: [u8; 4],
    metadata: &mut Metadata,
) -> Result<(), Unreadable> {
    let start = source.position() - 8;
    let mut body = Vec::new();
    chunk_body(source, length, kind, |piece| {
        let room = BESIDE_MAX.saturating_sub(body.len());
        body.extend_from_slice(&piece[..room.min(piece.len())]);
        Ok(())
    })?;
    let (mut with, mut found) = (Vec::new(), None);
    match &kind {
        b"iCCP" if is_sane_profile(&body) => return Ok(()),
        b"iTXt" => {
            if let Some(packet) = xmp_packet(&body) {
                found = xmp::orientation(&packet);
                metadata.xmp = packet;
            }
        }
        b"eXIf" => found = Orientation::from_exif(&body),
        b"zTXt" | b"tEXt" => found = raw_profile(kind, &body),
        _ => {}
    }
    if metadata.turn(found) {
        with = chunk(*b"eXIf", &metadata.orientation.exif());
    }
    metadata.replace(start..source.position(), with)
}

fn chunk(kind: [u8; 4], body: &[u8]) -> Vec<u8> {
    let length = u32::try_from(body.len()).unwrap_or(u32::MAX).to_be_bytes();
    let mut sum = crc32fast::Hasher::new();
    sum.update(&kind);
    sum.update(body);
    [&length, &kind, body, &sum.finalize().to_be_bytes()].concat()
}

/// The orientation in an Exif block as ImageMagick wrote it before PNG had a place for one: in
/// hexadecimal, after a name and a length.
fn raw_profile(kind: [u8; 4], body: &[u8]) -> Option<Orientation> {
    let rest = body.strip_prefix(b"Raw profile type ")?;
    let name_end = rest.iter().position(|byte| *byte == 0)?;
    if !matches!(&rest[..name_end], b"exif" | b"APP1") {
        return None;
    }
    let text = if &kind == b"zTXt" {
        inflated(rest.get(name_end + 2..)?)?
    } else {
        rest.get(name_end + 1..)?.to_owned()
    };
    let mut lines = text.split(|byte| *byte == b'\n').skip(3);
    let digits: Vec<u8> = lines.by_ref().flatten().copied().filter(u8::is_ascii_hexdigit).collect();
    let value = |pair: &[u8]| u8::from_str_radix(std::str::from_utf8(pair).ok()?, 16).ok();
    let exif: Vec<u8> = digits.chunks_exact(2).map_while(value).collect();
    Orientation::from_exif(exif.strip_prefix(b"Exif\0\0").unwrap_or(&exif))
}

/// At most [`BESIDE_MAX`] bytes of what a zlib stream holds.
fn inflated(packed: &[u8]) -> Option<Vec<u8>> {
    let mut out = Vec::new();
    flate2::read::ZlibDecoder::new(packed).take(BESIDE_MAX as u64).read_to_end(&mut out).ok()?;
    Some(out)
}

/// Whether a profile, which stands compressed after its name, inflates to a bounded size.
fn is_sane_profile(body: &[u8]) -> bool {
    let Some(end) = body.iter().position(|byte| *byte == 0) else { return false };
    let packed = body.get(end + 2..).unwrap_or_default();
    let mut inflate = flate2::read::ZlibDecoder::new(packed).take(PROFILE_MAX + 1);
    std::io::copy(&mut inflate, &mut std::io::sink()).is_ok_and(|bytes| bytes <= PROFILE_MAX)
}

/// The XMP packet of an international text chunk: keyword, two flags, language, translated
/// keyword, text.
fn xmp_packet(body: &[u8]) -> Option<Vec<u8>> {
    let rest = body.strip_prefix(b"XML:com.adobe.xmp\0")?;
    let (flags, rest) = rest.split_first_chunk::<2>()?;
    let mut fields = rest.splitn(3, |byte| *byte == 0);
    let text = fields.nth(2)?;
    if flags[0] == 0 {
        return Some(text.to_owned());
    }
    inflated(text)
}

/// An animation's chunks and whether their numbers are in order. If not, viewers show the still
/// picture, and so do we: the chunks go.
#[derive(Default)]
struct Animation {
    next: u32,
    has_frame: bool,
    is_broken: bool,
    frames: u32,
    ranges: Vec<Range<u64>>,
}

impl Animation {
    fn see<R: Read>(
        &mut self,
        source: &mut Source<R>,
        length: u32,
        kind: [u8; 4],
    ) -> Result<(), Unreadable> {
        let start = source.position() - 8;
        let mut first = Vec::with_capacity(4);
        chunk_body(source, length, kind, |piece| {
            let room = 4 - first.len();
            first.extend_from_slice(&piece[..room.min(piece.len())]);
            Ok(())
        })?;
        self.ranges.push(start..source.position());
        let number = first.try_into().map_or(0, u32::from_be_bytes);
        if &kind == b"acTL" {
            self.frames = number;
            return Ok(());
        }
        self.has_frame |= &kind == b"fcTL";
        self.is_broken |= number != self.next || !self.has_frame;
        self.next = self.next.wrapping_add(1);
        Ok(())
    }

    /// The number of frames.
    fn finish(self, metadata: &mut Metadata) -> Result<u32, Unreadable> {
        if !self.is_broken {
            return Ok(self.frames.max(1));
        }
        for range in self.ranges {
            metadata.cut(range)?;
        }
        metadata.edits.sort_by_key(|edit| edit.range.start);
        Ok(1)
    }
}

/// Image data, inflated piece by piece and thrown away.
struct ImageData {
    inflate: Decompress,
    expected: u64,
    has_ended: bool,
    out: Vec<u8>,
}

impl ImageData {
    fn new(expected: u64) -> Self {
        Self { inflate: Decompress::new(true), expected, has_ended: false, out: vec![0; 64 * 1024] }
    }

    fn see(&mut self, mut piece: &[u8]) -> Result<(), Unreadable> {
        while !piece.is_empty() && !self.has_ended {
            let (before_in, before_out) = (self.inflate.total_in(), self.inflate.total_out());
            let status = self
                .inflate
                .decompress(piece, &mut self.out, FlushDecompress::None)
                .map_err(|_| Unreadable::Corrupt("the image data does not inflate"))?;
            if self.inflate.total_out() > self.expected {
                return Err(Unreadable::Corrupt("there is more image data than the size needs"));
            }
            let used = usize::try_from(self.inflate.total_in() - before_in).unwrap_or(piece.len());
            piece = &piece[used.min(piece.len())..];
            self.has_ended = status == Status::StreamEnd;
            if used == 0 && self.inflate.total_out() == before_out && !self.has_ended {
                return Err(Unreadable::Corrupt("the image data does not inflate"));
            }
        }
        Ok(())
    }

    fn finish(mut self) -> Result<(), Unreadable> {
        // All bytes are in, yet what they stand for may still be on its way out.
        while !self.has_ended {
            let before = self.inflate.total_out();
            let status = self
                .inflate
                .decompress(&[], &mut self.out, FlushDecompress::None)
                .unwrap_or(Status::BufError);
            if self.inflate.total_out() > self.expected {
                return Err(Unreadable::Corrupt("there is more image data than the size needs"));
            }
            if status == Status::StreamEnd || self.inflate.total_out() == before {
                break;
            }
        }
        // The pixels decide; some writers leave out the checksum at the end of the stream.
        if self.inflate.total_out() == self.expected {
            return Ok(());
        }
        Err(Unreadable::Truncated)
    }
}
