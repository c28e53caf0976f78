//! A file read once, in pieces.

use super::Unreadable;
use std::io::{self, BufRead, BufReader, Read};

/// Bytes read at a time.
const PIECE: usize = 64 * 1024;

/// A file that knows how much of it is left.
pub(super) struct Source<R> {
    reader: BufReader<R>,
    length: u64,
    left: u64,
}

impl<R: Read> Source<R> {
    pub(super) fn new(reader: R, length: u64) -> Self {
        Self { reader: BufReader::with_capacity(PIECE, reader), length, left: length }
    }

    /// Bytes that are left.
    pub(super) fn left(&self) -> u64 {
        self.left
    }

    /// Bytes before the next one.
    pub(super) fn position(&self) -> u64 {
        self.length - self.left
    }

    /// The next bytes, at most `limit`, kept; the rest of them is passed over.
    pub(super) fn keep(&mut self, bytes: u64, limit: usize) -> Result<Vec<u8>, Unreadable> {
        let mut kept = Vec::new();
        self.each(bytes, |piece| {
            let room = limit.saturating_sub(kept.len());
            kept.extend_from_slice(&piece[..room.min(piece.len())]);
            Ok(())
        })?;
        Ok(kept)
    }

    /// The bytes that are at hand, without consuming them; empty at the end only.
    pub(super) fn peek(&mut self) -> io::Result<&[u8]> {
        self.reader.fill_buf()
    }

    /// The next `N` bytes.
    pub(super) fn take<const N: usize>(&mut self) -> Result<[u8; N], Unreadable> {
        let mut bytes = [0; N];
        self.reader.read_exact(&mut bytes)?;
        self.left = self.left.saturating_sub(N as u64);
        Ok(bytes)
    }

    /// The next byte.
    pub(super) fn byte(&mut self) -> Result<u8, Unreadable> {
        let [byte] = self.take()?;
        Ok(byte)
    }

    /// Passes over bytes.
    pub(super) fn skip(&mut self, bytes: u64) -> Result<(), Unreadable> {
        self.each(bytes, |_| Ok(()))
    }

    /// Hands the next bytes to `see`, piece by piece.
    pub(super) fn each(
        &mut self,
        mut bytes: u64,
        mut see: impl FnMut(&[u8]) -> Result<(), Unreadable>,
    ) -> Result<(), Unreadable> {
        if bytes > self.left {
            return Err(Unreadable::Truncated);
        }
        while bytes > 0 {
            let piece = self.reader.fill_buf()?;
            let now = piece.len().min(usize::try_from(bytes).unwrap_or(usize::MAX));
            if now == 0 {
                return Err(Unreadable::Truncated);
            }
            see(&piece[..now])?;
            self.reader.consume(now);
            self.left -= now as u64;
            bytes -= now as u64;
        }
        Ok(())
    }
}
