//! The metadata of an image: what its owner did not mean to publish, and the two things that
//! survive its removal, the orientation and the embedded description.

use super::unreadable::Unreadable;
use crate::edit::Edit;
use crate::orientation::Orientation;
use crate::xmp;
use std::io::{self, Read, Seek, SeekFrom, Write};
use std::ops::Range;

/// Edits of one file; a file with more blocks of metadata than this is refused.
const MAX_EDITS: usize = 4096;

/// A block of metadata that costs something to read: it is inflated or parsed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum MetadataBlock {
    /// An XMP packet.
    Xmp,
    /// A compressed color profile.
    Profile,
    /// An Exif block in a text chunk.
    RawExif,
}

/// What a file holds besides its pixels, and how to remove it.
#[derive(Debug, Default)]
pub struct Metadata {
    /// How the pixels must be rotated or mirrored to be upright.
    pub orientation: Orientation,
    /// The first XMP packet; empty without one.
    pub xmp: Vec<u8>,
    /// Edits that remove the metadata, in the order of the file.
    pub edits: Vec<Edit>,
    /// Blocks that were met, so that each is read once.
    met: Vec<MetadataBlock>,
}

impl Metadata {
    /// Whether this is the first block of its kind in the file, the only one that may be read. A
    /// file of a few megabytes has room for thousands, of which each can inflate to megabytes.
    pub(crate) fn is_first(&mut self, block: MetadataBlock) -> bool {
        let is_first = !self.met.contains(&block);
        if is_first {
            self.met.push(block);
        }
        is_first
    }

    /// Takes over an XMP packet; the orientation in it.
    pub(crate) fn adopt_xmp(&mut self, packet: Vec<u8>) -> Option<Orientation> {
        self.xmp = packet;
        xmp::orientation(&self.xmp)
    }

    /// Takes over an orientation, unless one is known already; whether it did. The first one in a
    /// file wins.
    pub(crate) fn adopt_orientation(&mut self, orientation: Option<Orientation>) -> bool {
        match orientation {
            Some(new) if self.orientation.is_upright() && !new.is_upright() => {
                self.orientation = new;
                true
            }
            _ => false,
        }
    }

    /// Removes a range of the file.
    pub(crate) fn remove(&mut self, range: Range<u64>) -> Result<(), Unreadable> {
        if range.is_empty() {
            return Ok(());
        }
        if let Some(last) = self.edits.last_mut()
            && last.range.end == range.start
            && last.replacement.is_empty()
        {
            last.range.end = range.end;
            return Ok(());
        }
        self.replace(range, Vec::new())
    }

    /// Replaces a range of the file.
    pub(crate) fn replace(
        &mut self,
        range: Range<u64>,
        replacement: Vec<u8>,
    ) -> Result<(), Unreadable> {
        if self.edits.len() == MAX_EDITS {
            return Err(Unreadable::Corrupt("it has thousands of blocks of metadata"));
        }
        self.edits.push(Edit { range, replacement });
        Ok(())
    }

    /// Restores the order of the file after edits were added out of order.
    pub(crate) fn sort_edits(&mut self) {
        self.edits.sort_by_key(|edit| edit.range.start);
    }

    /// Whether there is nothing to remove: the file can be served as it is.
    pub fn is_clean(&self) -> bool {
        self.edits.is_empty()
    }

    /// Copies the file to `out` without its metadata. Errors are those of reading or writing.
    pub fn write_cleaned(
        &self,
        file: &mut (impl Read + Seek),
        out: &mut impl Write,
    ) -> io::Result<()> {
        let mut position = 0;
        for edit in &self.edits {
            file.seek(SeekFrom::Start(position))?;
            io::copy(&mut file.by_ref().take(edit.range.start - position), out)?;
            out.write_all(&edit.replacement)?;
            position = edit.range.end;
        }
        file.seek(SeekFrom::Start(position))?;
        io::copy(file, out).map(drop)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn edits_are_applied_in_order() {
        let mut metadata = Metadata::default();
        metadata.remove(1..2).unwrap();
        metadata.remove(2..3).unwrap();
        metadata.replace(5..5, b"new".to_vec()).unwrap();
        metadata.remove(8..10).unwrap();
        let mut out = Vec::new();
        metadata.write_cleaned(&mut io::Cursor::new(b"0123456789"), &mut out).unwrap();
        assert_eq!(out, b"034new567");
    }
}
