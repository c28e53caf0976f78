//! A file read once, from its start to its end, in pieces.

use super::unreadable::Unreadable;
use std::io::{self, BufRead, BufReader, Read};

/// Bytes read from the file at a time. Virtual calls to the file are paid once for so many bytes.
const BUFFER_BYTES: usize = 64 * 1024;

/// A file that knows how many of its bytes are unread.
pub(crate) struct ByteReader<'a> {
    reader: BufReader<&'a mut dyn Read>,
    length: u64,
    remaining: u64,
}

impl<'a> ByteReader<'a> {
    /// A reader at the start of a file of `length` bytes.
    pub(crate) fn new(file: &'a mut dyn Read, length: u64) -> Self {
        let reader = BufReader::with_capacity(BUFFER_BYTES, file);
        Self { reader, length, remaining: length }
    }

    /// Number of bytes that are unread.
    pub(crate) fn remaining(&self) -> u64 {
        self.remaining
    }

    /// Number of bytes before the next one.
    pub(crate) fn position(&self) -> u64 {
        self.length - self.remaining
    }

    /// The bytes that are buffered, without consuming them; empty at the end of the file only.
    pub(crate) fn peek(&mut self) -> io::Result<&[u8]> {
        self.reader.fill_buf()
    }

    /// Consumes `length` bytes and returns at most the first `max_kept` of them.
    pub(crate) fn read_up_to(
        &mut self,
        length: u64,
        max_kept: usize,
    ) -> Result<Vec<u8>, Unreadable> {
        let mut kept = Vec::new();
        self.for_each_piece(length, |piece| {
            let room = max_kept.saturating_sub(kept.len());
            kept.extend_from_slice(&piece[..room.min(piece.len())]);
            Ok(())
        })?;
        Ok(kept)
    }

    /// Consumes the next `N` bytes.
    pub(crate) fn array<const N: usize>(&mut self) -> Result<[u8; N], Unreadable> {
        let mut bytes = [0; N];
        self.reader.read_exact(&mut bytes)?;
        self.remaining = self.remaining.saturating_sub(N as u64);
        Ok(bytes)
    }

    /// Consumes the next byte.
    pub(crate) fn byte(&mut self) -> Result<u8, Unreadable> {
        let [byte] = self.array()?;
        Ok(byte)
    }

    /// Consumes `length` bytes and drops them.
    pub(crate) fn skip(&mut self, length: u64) -> Result<(), Unreadable> {
        self.for_each_piece(length, |_| Ok(()))
    }

    /// Consumes `length` bytes and passes them to `consume`, piece by piece.
    pub(crate) fn for_each_piece(
        &mut self,
        mut length: u64,
        mut consume: impl FnMut(&[u8]) -> Result<(), Unreadable>,
    ) -> Result<(), Unreadable> {
        if length > self.remaining {
            return Err(Unreadable::Truncated);
        }
        while length > 0 {
            let piece = self.reader.fill_buf()?;
            let count = piece.len().min(usize::try_from(length).unwrap_or(usize::MAX));
            if count == 0 {
                return Err(Unreadable::Truncated);
            }
            consume(&piece[..count])?;
            self.reader.consume(count);
            self.remaining -= count as u64;
            length -= count as u64;
        }
        Ok(())
    }
}
