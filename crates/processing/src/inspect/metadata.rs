//! What stands beside the pixels of a picture: what its owner did not mean to publish, and the
//! two things that outlive the cleaning, which way is up and the embedded description.

use super::Unreadable;
use std::io::{self, Read, Seek, SeekFrom, Write};
use std::ops::Range;

/// Edits of one file; a file with more blocks of metadata than this is not worth cleaning.
const MAX_EDITS: usize = 4096;

/// Which way is up: the values of the Exif tag 0x0112.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Orientation(u8);

impl Orientation {
    /// From 1 (upright) to 8; anything else is upright.
    pub fn new(value: u16) -> Self {
        u8::try_from(value).ok().filter(|v| (2..=8).contains(v)).map_or(Self(0), Self)
    }

    /// 1 to 8.
    pub fn value(self) -> u8 {
        self.0.max(1)
    }

    /// Whether nothing needs to be turned.
    pub fn is_upright(self) -> bool {
        self.value() == 1
    }

    /// Whether width and height change places.
    pub fn is_sideways(self) -> bool {
        self.value() >= 5
    }

    /// Reads the tag from an Exif block (a TIFF header and its first directory).
    pub(super) fn from_exif(tiff: &[u8]) -> Option<Self> {
        let is_little = match tiff.get(..4)? {
            [b'I', b'I', 42, 0] => true,
            [b'M', b'M', 0, 42] => false,
            _ => return None,
        };
        let short = |at: usize| -> Option<u16> {
            let two = tiff.get(at..at.checked_add(2)?)?.try_into().ok()?;
            Some(if is_little { u16::from_le_bytes(two) } else { u16::from_be_bytes(two) })
        };
        let long = |at: usize| -> Option<usize> {
            let four = tiff.get(at..at.checked_add(4)?)?.try_into().ok()?;
            let value = if is_little { u32::from_le_bytes(four) } else { u32::from_be_bytes(four) };
            usize::try_from(value).ok()
        };
        let directory = long(4)?;
        let entries = usize::from(short(directory)?);
        let entry = (0..entries)
            .map(|n| directory + 2 + 12 * n)
            .find(|at| short(*at) == Some(0x0112) && short(at + 2) == Some(3))?;
        Some(Self::new(short(entry + 8)?))
    }

    /// An Exif block that says which way is up, and nothing else.
    pub(super) fn exif(self) -> Vec<u8> {
        let mut tiff = b"MM\0*\0\0\0\x08\0\x01\x01\x12\0\x03\0\0\0\x01\0".to_vec();
        tiff.push(self.value());
        tiff.extend_from_slice(&[0; 6]);
        tiff
    }
}

/// A range of a file, and what stands there after the cleaning.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Edit {
    /// Bytes that go.
    pub range: Range<u64>,
    /// Bytes that come.
    pub with: Vec<u8>,
}

/// What stands beside the pixels.
#[derive(Debug, Default)]
pub struct Metadata {
    /// Which way is up.
    pub orientation: Orientation,
    /// The XMP packet; empty without one.
    pub xmp: Vec<u8>,
    /// What the cleaning changes, in the order of the file.
    pub edits: Vec<Edit>,
}

impl Metadata {
    /// Takes over which way is up, unless that is known; whether it did.
    pub(super) fn turn(&mut self, found: Option<Orientation>) -> bool {
        match found {
            Some(found) if self.orientation.is_upright() && !found.is_upright() => {
                self.orientation = found;
                true
            }
            _ => false,
        }
    }

    pub(super) fn cut(&mut self, range: Range<u64>) -> Result<(), Unreadable> {
        if range.is_empty() {
            return Ok(());
        }
        if let Some(last) = self.edits.last_mut()
            && last.range.end == range.start
            && last.with.is_empty()
        {
            last.range.end = range.end;
            return Ok(());
        }
        self.replace(range, Vec::new())
    }

    pub(super) fn replace(&mut self, range: Range<u64>, with: Vec<u8>) -> Result<(), Unreadable> {
        if self.edits.len() == MAX_EDITS {
            return Err(Unreadable::Corrupt("it has thousands of blocks of metadata"));
        }
        self.edits.push(Edit { range, with });
        Ok(())
    }

    /// Whether the file is to be served as it is.
    pub fn is_clean(&self) -> bool {
        self.edits.is_empty()
    }

    /// Writes the file without its metadata.
    pub fn clean(&self, file: &mut (impl Read + Seek), out: &mut impl Write) -> io::Result<()> {
        let mut at = 0;
        for edit in &self.edits {
            file.seek(SeekFrom::Start(at))?;
            io::copy(&mut file.by_ref().take(edit.range.start - at), out)?;
            out.write_all(&edit.with)?;
            at = edit.range.end;
        }
        file.seek(SeekFrom::Start(at))?;
        io::copy(file, out).map(drop)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_written_orientation_reads_back() {
        for value in 2..=8 {
            let orientation = Orientation::new(value);
            assert_eq!(Orientation::from_exif(&orientation.exif()), Some(orientation));
        }
        assert!(Orientation::new(9).is_upright() && Orientation::new(0).is_upright());
        assert_eq!(Orientation::from_exif(b"II*\0\xff\xff\xff\xff"), None);
    }

    #[test]
    fn edits_are_applied_in_order() {
        let mut metadata = Metadata::default();
        metadata.cut(1..2).unwrap();
        metadata.cut(2..3).unwrap();
        metadata.replace(5..5, b"new".to_vec()).unwrap();
        metadata.cut(8..10).unwrap();
        let mut out = Vec::new();
        metadata.clean(&mut io::Cursor::new(b"0123456789"), &mut out).unwrap();
        assert_eq!(out, b"034new567");
    }
}
