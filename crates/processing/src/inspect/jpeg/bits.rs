//! Entropy-coded bits between two markers.

use super::tables::Huffman;
use crate::inspect::reader::ByteReader;
use crate::inspect::unreadable::Unreadable;

/// Reads bits, without the stuffed zero bytes, up to the next marker.
pub(super) struct BitReader<'a, 'file> {
    reader: &'a mut ByteReader<'file>,
    /// Bits that were read and not used yet, the next one highest.
    bits: u64,
    /// How many bits `bits` holds.
    count: u32,
    /// The marker that ended the data.
    marker: Option<u8>,
}

impl<'a, 'file> BitReader<'a, 'file> {
    pub(super) fn new(reader: &'a mut ByteReader<'file>) -> Self {
        Self { reader, bits: 0, count: 0, marker: None }
    }

    /// Reads at least 16 bits, unless a marker ends the data.
    fn fill(&mut self) -> Result<(), Unreadable> {
        while self.count <= 48 && self.marker.is_none() {
            let byte = self.reader.byte()?;
            if byte == 0xff {
                let mut next = self.reader.byte()?;
                while next == 0xff {
                    next = self.reader.byte()?;
                }
                if next != 0 {
                    self.marker = Some(next);
                    return Ok(());
                }
            }
            self.bits = self.bits << 8 | u64::from(byte);
            self.count += 8;
        }
        Ok(())
    }

    /// The next 16 bits without consuming them; zeros after the end of the data.
    fn peek(&self) -> u32 {
        let bits = if self.count >= 16 {
            self.bits >> (self.count - 16)
        } else {
            self.bits << (16 - self.count)
        };
        u32::try_from(bits & 0xffff).unwrap_or_default()
    }

    /// Drops bits that [`Self::fill`] has read.
    fn consume(&mut self, bits: u32) -> Result<(), Unreadable> {
        self.count = self.count.checked_sub(bits).ok_or(Unreadable::Truncated)?;
        self.bits &= (1 << self.count) - 1;
        Ok(())
    }

    /// Consumes the next code and returns its value.
    pub(super) fn code(&mut self, table: &Huffman) -> Result<u8, Unreadable> {
        if self.count < 16 {
            self.fill()?;
        }
        let wrong = Unreadable::Corrupt("its image data has an undefined code");
        let (length, value) = table.look_up(self.peek()).ok_or(wrong)?;
        self.consume(length)?;
        Ok(value)
    }

    /// Consumes at most 16 bits and returns them as a number.
    pub(super) fn take(&mut self, bits: u32) -> Result<u32, Unreadable> {
        if self.count < bits {
            self.fill()?;
        }
        let value = if bits == 0 { 0 } else { self.peek() >> (16 - bits) };
        self.consume(bits)?;
        Ok(value)
    }

    /// Consumes any number of bits.
    pub(super) fn skip(&mut self, mut bits: u32) -> Result<(), Unreadable> {
        while bits > 0 {
            let some = bits.min(16);
            self.take(some)?;
            bits -= some;
        }
        Ok(())
    }

    /// Drops the bits before the next marker, and returns the marker.
    pub(super) fn next_marker(&mut self) -> Result<u8, Unreadable> {
        (self.bits, self.count) = (0, 0);
        loop {
            if let Some(marker) = self.marker.take() {
                return Ok(marker);
            }
            self.fill()?;
            (self.bits, self.count) = (0, 0);
        }
    }
}
