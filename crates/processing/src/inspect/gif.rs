//! GIF: every block to the trailer, and every frame's codes counted.

use super::facts::ImageFacts;
use super::limits::ImageLimits;
use super::metadata::Metadata;
use super::reader::ByteReader;
use super::unreadable::Unreadable;

/// Validates a whole GIF.
pub(crate) fn inspect(
    reader: &mut ByteReader<'_>,
    limits: &ImageLimits,
    metadata: &mut Metadata,
) -> Result<ImageFacts, Unreadable> {
    reader.skip(6)?;
    let [w0, w1, h0, h1, flags, _, _] = reader.array()?;
    let (mut width, mut height): (u32, u32) =
        (u16::from_le_bytes([w0, w1]).into(), u16::from_le_bytes([h0, h1]).into());
    skip_palette(reader, flags)?;
    let (mut frames, mut total_pixels, mut duration_ms) = (0, 0, 0);
    loop {
        match reader.byte()? {
            b',' => {
                let (frame_width, frame_height) = frame(reader, limits)?;
                frames += 1;
                total_pixels += u64::from(frame_width) * u64::from(frame_height);
                limits.validate_frames(frames, total_pixels)?;
                if width == 0 || height == 0 {
                    (width, height) = (frame_width, frame_height);
                }
            }
            b'!' => duration_ms += extension(reader, metadata)?,
            b';' => break,
            // Some writers leave padding between blocks.
            0 => {}
            _ => return Err(Unreadable::Corrupt("it has a block of an unknown kind")),
        }
    }
    if frames == 0 {
        return Err(Unreadable::Corrupt("it has no frame"));
    }
    limits.validate_frame(width, height)?;
    Ok(ImageFacts { width, height, frames, has_alpha: false, duration_ms })
}

/// An extension: those that control how the frames are shown are kept, all others are removed.
/// Returns the display time of the next frame in milliseconds, 0 if the extension does not set one.
fn extension(reader: &mut ByteReader<'_>, metadata: &mut Metadata) -> Result<u64, Unreadable> {
    let start = reader.position() - 1;
    let mut delay_ms = 0;
    let is_kept = match reader.byte()? {
        0xf9 => {
            let length = reader.byte()?;
            let control = reader.read_up_to(length.into(), 4)?;
            if let [_, low, high, _] = control[..] {
                delay_ms = u64::from(u16::from_le_bytes([low, high])) * 10;
            }
            true
        }
        0xff => {
            let length = reader.byte()?;
            let name = reader.read_up_to(length.into(), usize::from(u8::MAX))?;
            matches!(&name[..], b"NETSCAPE2.0" | b"ANIMEXTS1.0" | b"ICCRGBG1012")
        }
        _ => false,
    };
    skip_blocks(reader)?;
    if !is_kept {
        metadata.remove(start..reader.position())?;
    }
    Ok(delay_ms)
}

fn skip_palette(reader: &mut ByteReader<'_>, flags: u8) -> Result<(), Unreadable> {
    if flags & 0x80 == 0 {
        return Ok(());
    }
    reader.skip(3 << ((flags & 7) + 1))
}

fn skip_blocks(reader: &mut ByteReader<'_>) -> Result<(), Unreadable> {
    loop {
        match reader.byte()? {
            0 => return Ok(()),
            length => reader.skip(length.into())?,
        }
    }
}

/// One frame to its end; its pixels across and down.
fn frame(reader: &mut ByteReader<'_>, limits: &ImageLimits) -> Result<(u32, u32), Unreadable> {
    let [_, _, _, _, w0, w1, h0, h1, flags] = reader.array()?;
    let (w, h) = (u16::from_le_bytes([w0, w1]).into(), u16::from_le_bytes([h0, h1]).into());
    let pixels = limits.validate_frame(w, h)?;
    skip_palette(reader, flags)?;
    let code_size = reader.byte()?;
    if !(1..=11).contains(&code_size) {
        return Err(Unreadable::Corrupt("a frame has a wrong code size"));
    }
    let mut codes = LzwCounter::new(code_size, pixels);
    loop {
        match reader.byte()? {
            0 => break,
            length => reader.for_each_piece(length.into(), |piece| codes.feed(piece))?,
        }
    }
    if codes.pixels < pixels {
        return Err(Unreadable::Truncated);
    }
    Ok((w, h))
}

/// Counts the pixels that LZW codes stand for, without writing them.
struct LzwCounter {
    /// Bits of a literal pixel.
    minimum_width: u8,
    /// Bits of the next code.
    width: u8,
    /// Bits that were read and not used yet, the next one lowest.
    bits: u32,
    /// How many bits `bits` holds.
    bit_count: u8,
    /// Number of pixels that each known code stands for.
    lengths: Vec<u16>,
    /// Number of pixels of the previous code.
    previous: Option<u16>,
    /// Pixels counted so far.
    pixels: u64,
    /// Pixels of the frame.
    expected_pixels: u64,
    has_ended: bool,
}

impl LzwCounter {
    fn new(minimum_width: u8, expected_pixels: u64) -> Self {
        let mut codes = Self {
            minimum_width,
            width: minimum_width + 1,
            bits: 0,
            bit_count: 0,
            lengths: Vec::with_capacity(4096),
            previous: None,
            pixels: 0,
            expected_pixels,
            has_ended: false,
        };
        // The literals, the mark that clears and that of the end. They stay: a frame may consist of
        // marks that clear and nothing else.
        codes.lengths.resize(codes.first_code(), 1);
        codes
    }

    /// The first code that is not defined from the start.
    fn first_code(&self) -> usize {
        usize::from(1_u16 << self.minimum_width) + 2
    }

    fn clear(&mut self) {
        self.lengths.truncate(self.first_code());
        self.width = self.minimum_width + 1;
        self.previous = None;
    }

    fn feed(&mut self, piece: &[u8]) -> Result<(), Unreadable> {
        for byte in piece {
            // Codes after the end mark or beyond the last pixel are ignored, as viewers do.
            if self.has_ended || self.pixels >= self.expected_pixels {
                return Ok(());
            }
            self.bits |= u32::from(*byte) << self.bit_count;
            self.bit_count += 8;
            while self.bit_count >= self.width {
                let code = self.bits & ((1 << self.width) - 1);
                self.bits >>= self.width;
                self.bit_count -= self.width;
                self.code(usize::try_from(code).unwrap_or(usize::MAX))?;
                if self.has_ended {
                    break;
                }
            }
        }
        Ok(())
    }

    fn code(&mut self, code: usize) -> Result<(), Unreadable> {
        let clear = 1 << self.minimum_width;
        if code == clear {
            self.clear();
            return Ok(());
        }
        if code == clear + 1 {
            self.has_ended = true;
            return Ok(());
        }
        let next = self.lengths.len();
        let length = match (self.lengths.get(code), self.previous) {
            (Some(length), _) => *length,
            (None, Some(previous)) if code == next => previous.saturating_add(1),
            _ => return Err(Unreadable::Corrupt("a frame has an undefined code")),
        };
        self.pixels += u64::from(length);
        if let Some(previous) = self.previous
            && next < 4096
        {
            self.lengths.push(previous.saturating_add(1));
            if next + 1 == 1 << self.width && self.width < 12 {
                self.width += 1;
            }
        }
        self.previous = Some(length);
        Ok(())
    }
}
