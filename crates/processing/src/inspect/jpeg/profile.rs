//! The color profile of a JPEG, which is spread over several segments.

use crate::inspect::metadata::Metadata;
use crate::inspect::unreadable::Unreadable;
use std::ops::Range;

/// The pieces of a color profile, as far as they were in order.
#[derive(Default)]
pub(super) struct ProfilePieces {
    /// Where the segments are in the file.
    pieces: Vec<Range<u64>>,
    /// How many pieces each piece declares.
    total: u8,
}

impl ProfilePieces {
    /// Adds a segment at `range` if it is the next piece; whether it was.
    pub(super) fn add(&mut self, body: &[u8], range: Range<u64>) -> bool {
        let Some([number, total, ..]) = body.strip_prefix(b"ICC_PROFILE\0") else { return false };
        let is_next = usize::from(*number) == self.pieces.len() + 1;
        if !is_next || (self.total != 0 && self.total != *total) {
            return false;
        }
        self.total = *total;
        self.pieces.push(range);
        true
    }

    /// Removes the pieces of an incomplete profile, which no viewer can use.
    pub(super) fn finish(self, metadata: &mut Metadata) -> Result<(), Unreadable> {
        if self.pieces.len() == usize::from(self.total) {
            return Ok(());
        }
        for piece in self.pieces {
            metadata.remove(piece)?;
        }
        metadata.sort_edits();
        Ok(())
    }
}
