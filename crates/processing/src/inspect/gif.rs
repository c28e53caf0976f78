//! GIF: every block to the trailer, and every frame's codes counted.

use super::metadata::Metadata;
use super::source::Source;
use super::{ImageFacts, Limits, Unreadable};
use crate::sniff::Format;
use std::io::Read;

pub(super) fn inspect<R: Read>(
    source: &mut Source<R>,
    limits: &Limits,
    metadata: &mut Metadata,
) -> Result<ImageFacts, Unreadable> {
    source.skip(6)?;
    let [w0, w1, h0, h1, flags, _, _] = source.take()?;
    let (width, height) =
        (u16::from_le_bytes([w0, w1]).into(), u16::from_le_bytes([h0, h1]).into());
    skip_colors(source, flags)?;
    let (mut frames, mut total_pixels, mut duration_ms) = (0, 0, 0);
    let (mut width, mut height): (u32, u32) = (width, height);
    loop {
        match source.byte()? {
            b',' => {
                let (w, h, pixels) = frame(source, limits)?;
                frames += 1;
                total_pixels += pixels;
                limits.check_frames(frames, total_pixels)?;
                if width == 0 || height == 0 {
                    (width, height) = (w, h);
                }
            }
            b'!' => duration_ms += extension(source, metadata)?,
            b';' => break,
            // Padding that some writers leave between blocks.
            0 => {}
            _ => return Err(Unreadable::Corrupt("a block is of an unknown kind")),
        }
    }
    if frames == 0 {
        return Err(Unreadable::Corrupt("it has no frame"));
    }
    limits.check_frame(width, height)?;
    Ok(ImageFacts { format: Format::Gif, width, height, frames, has_alpha: false, duration_ms })
}

/// An extension: those that tell how to show the frames stay, all others go. Returns for how many
/// milliseconds the next frame is shown, if this one says so.
fn extension<R: Read>(source: &mut Source<R>, metadata: &mut Metadata) -> Result<u64, Unreadable> {
    let start = source.position() - 1;
    let mut shown_ms = 0;
    let is_kept = match source.byte()? {
        0xf9 => {
            let length = source.byte()?;
            let control = source.keep(length.into(), 4)?;
            if let [_, low, high, _] = control[..] {
                shown_ms = u64::from(u16::from_le_bytes([low, high])) * 10;
            }
            true
        }
        0xff => {
            let length = source.byte()?;
            let name = source.keep(length.into(), usize::from(u8::MAX))?;
            matches!(&name[..], b"NETSCAPE2.0" | b"ANIMEXTS1.0" | b"ICCRGBG1012")
        }
        _ => false,
    };
    skip_blocks(source)?;
    if !is_kept {
        metadata.cut(start..source.position())?;
    }
    Ok(shown_ms)
}

fn skip_colors<R: Read>(source: &mut Source<R>, flags: u8) -> Result<(), Unreadable> {
    if flags & 0x80 == 0 {
        return Ok(());
    }
    source.skip(3 << ((flags & 7) + 1))
}

fn skip_blocks<R: Read>(source: &mut Source<R>) -> Result<(), Unreadable> {
    loop {
        match source.byte()? {
            0 => return Ok(()),
            length => source.skip(length.into())?,
        }
    }
}

fn frame<R: Read>(source: &mut Source<R>, limits: &Limits) -> Result<(u32, u32, u64), Unreadable> {
    let [_, _, _, _, w0, w1, h0, h1, flags] = source.take()?;
    let (w, h) = (u16::from_le_bytes([w0, w1]).into(), u16::from_le_bytes([h0, h1]).into());
    let pixels = limits.check_frame(w, h)?;
    skip_colors(source, flags)?;
    let width = source.byte()?;
    if !(1..=11).contains(&width) {
        return Err(Unreadable::Corrupt("a frame has a wrong code size"));
    }
    let mut codes = Codes::new(width, pixels);
    loop {
        match source.byte()? {
            0 => break,
            length => source.each(length.into(), |piece| codes.see(piece))?,
        }
    }
    if codes.made < pixels {
        return Err(Unreadable::Truncated);
    }
    Ok((w, h, pixels))
}

/// Counts the pixels that LZW codes stand for, without making them.
struct Codes {
    minimum: u8,
    width: u8,
    bits: u32,
    held: u8,
    /// Pixels that each known code stands for.
    lengths: Vec<u16>,
    previous: Option<u16>,
    made: u64,
    wanted: u64,
    has_ended: bool,
}

impl Codes {
    fn new(minimum: u8, wanted: u64) -> Self {
        let mut codes = Self {
            minimum,
            width: minimum + 1,
            bits: 0,
            held: 0,
            lengths: Vec::with_capacity(4096),
            previous: None,
            made: 0,
            wanted,
            has_ended: false,
        };
        codes.clear();
        codes
    }

    fn clear(&mut self) {
        self.lengths.clear();
        self.lengths.resize(usize::from(1_u16 << self.minimum) + 2, 1);
        self.width = self.minimum + 1;
        self.previous = None;
    }

    fn see(&mut self, piece: &[u8]) -> Result<(), Unreadable> {
        for byte in piece {
            // Codes after the end mark or beyond the last pixel are ignored, as viewers do.
            if self.has_ended || self.made >= self.wanted {
                return Ok(());
            }
            self.bits |= u32::from(*byte) << self.held;
            self.held += 8;
            while self.held >= self.width {
                let code = self.bits & ((1 << self.width) - 1);
                self.bits >>= self.width;
                self.held -= self.width;
                self.code(usize::try_from(code).unwrap_or(usize::MAX))?;
                if self.has_ended {
                    break;
                }
            }
        }
        Ok(())
    }

    fn code(&mut self, code: usize) -> Result<(), Unreadable> {
        let clear = 1 << self.minimum;
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
            _ => return Err(Unreadable::Corrupt("a frame has a code that means nothing")),
        };
        self.made += u64::from(length);
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
