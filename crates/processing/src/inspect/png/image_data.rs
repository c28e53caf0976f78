//! The compressed image data of a PNG.

use crate::inspect::unreadable::Unreadable;
use flate2::{Decompress, FlushDecompress, Status};

/// Image data, inflated piece by piece and dropped: only its length counts.
pub(super) struct ImageData {
    inflate: Decompress,
    /// Number of bytes that the header promises.
    expected: u64,
    has_ended: bool,
    out: Vec<u8>,
}

impl ImageData {
    pub(super) fn new(expected: u64) -> Self {
        Self { inflate: Decompress::new(true), expected, has_ended: false, out: vec![0; 64 * 1024] }
    }

    /// Inflates the next piece.
    pub(super) fn feed(&mut self, mut piece: &[u8]) -> Result<(), Unreadable> {
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

    /// Whether all promised bytes were there.
    pub(super) fn finish(mut self) -> Result<(), Unreadable> {
        // All input was consumed, yet some output may still be pending.
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
        // Some writers omit the checksum at the end of the stream, so only the pixels count.
        if self.inflate.total_out() == self.expected {
            return Ok(());
        }
        Err(Unreadable::Truncated)
    }
}
