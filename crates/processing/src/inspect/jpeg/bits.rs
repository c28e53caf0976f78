//! Entropy-coded bits between two markers.

use super::super::Unreadable;
use super::super::source::Source;
use super::tables::Huffman;
use std::io::Read;

/// Bits, with stuffed zeros taken out, up to the next marker.
pub(super) struct Bits<'a, R> {
    source: &'a mut Source<R>,
    held: u64,
    count: u32,
    /// The marker that ended the data.
    marker: Option<u8>,
}

impl<'a, R: Read> Bits<'a, R> {
    pub(super) fn new(source: &'a mut Source<R>) -> Self {
        Self { source, held: 0, count: 0, marker: None }
    }

    fn fill(&mut self) -> Result<(), Unreadable> {
        while self.count <= 48 && self.marker.is_none() {
            let byte = self.source.byte()?;
            if byte == 0xff {
                let mut next = self.source.byte()?;
                while next == 0xff {
                    next = self.source.byte()?;
                }
                if next != 0 {
                    self.marker = Some(next);
                    return Ok(());
                }
            }
            self.held = self.held << 8 | u64::from(byte);
            self.count += 8;
        }
        Ok(())
    }

    /// The next 16 bits without consuming them; zeros stand behind the end.
    fn peek(&self) -> u32 {
        let bits = if self.count >= 16 {
            self.held >> (self.count - 16)
        } else {
            self.held << (16 - self.count)
        };
        u32::try_from(bits & 0xffff).unwrap_or_default()
    }

    /// Passes over bits that [`Self::fill`] has brought.
    fn consume(&mut self, bits: u32) -> Result<(), Unreadable> {
        self.count = self.count.checked_sub(bits).ok_or(Unreadable::Truncated)?;
        self.held &= (1 << self.count) - 1;
        Ok(())
    }

    /// The next code's value.
    pub(super) fn code(&mut self, table: &Huffman) -> Result<u8, Unreadable> {
        if self.count < 16 {
            self.fill()?;
        }
        let wrong = Unreadable::Corrupt("its image data has a code that means nothing");
        let (length, value) = table.look_up(self.peek()).ok_or(wrong)?;
        self.consume(length)?;
        Ok(value)
    }

    /// At most 16 bits as a number.
    pub(super) fn take(&mut self, bits: u32) -> Result<u32, Unreadable> {
        if self.count < bits {
            self.fill()?;
        }
        let value = if bits == 0 { 0 } else { self.peek() >> (16 - bits) };
        self.consume(bits)?;
        Ok(value)
    }

    /// Passes over what is left before the next marker, and returns it.
    pub(super) fn end(&mut self) -> Result<u8, Unreadable> {
        (self.held, self.count) = (0, 0);
        loop {
            if let Some(marker) = self.marker.take() {
                return Ok(marker);
            }
            self.fill()?;
            (self.held, self.count) = (0, 0);
        }
    }
}
