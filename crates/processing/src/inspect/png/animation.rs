//! The chunks of an animated PNG.

use super::chunk;
use crate::inspect::metadata::Metadata;
use crate::inspect::reader::ByteReader;
use crate::inspect::unreadable::Unreadable;
use std::ops::Range;

/// An animation's chunks and whether their sequence numbers are in order. If not, viewers show the
/// still image, so the chunks are removed.
#[derive(Default)]
pub(super) struct Animation {
    /// The sequence number that must come next.
    next: u32,
    has_frame: bool,
    is_broken: bool,
    /// Frames as the animation's header declares them.
    frames: u32,
    /// Where the animation's chunks are in the file.
    ranges: Vec<Range<u64>>,
}

impl Animation {
    /// Reads a chunk of the kinds `acTL`, `fcTL` and `fdAT`.
    pub(super) fn read(
        &mut self,
        reader: &mut ByteReader<'_>,
        length: u32,
        kind: [u8; 4],
    ) -> Result<(), Unreadable> {
        let start = reader.position() - 8;
        let mut first = Vec::with_capacity(4);
        chunk::read_body(reader, length, kind, |piece| {
            let room = 4 - first.len();
            first.extend_from_slice(&piece[..room.min(piece.len())]);
            Ok(())
        })?;
        self.ranges.push(start..reader.position());
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

    /// The number of frames; removes the chunks of a broken animation.
    pub(super) fn finish(self, metadata: &mut Metadata) -> Result<u32, Unreadable> {
        if !self.is_broken {
            return Ok(self.frames.max(1));
        }
        for range in self.ranges {
            metadata.remove(range)?;
        }
        metadata.sort_edits();
        Ok(1)
    }
}
