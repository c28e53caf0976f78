//! How a stored image must be rotated or mirrored before it is shown: the Exif tag 0x0112.

/// Which side of the stored pixels is up; the values of the Exif tag `Orientation` (0x0112).
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Orientation(u8);

impl Orientation {
    /// From 1 (upright) to 8; any other value counts as upright.
    pub fn new(value: u16) -> Self {
        u8::try_from(value).ok().filter(|v| (2..=8).contains(v)).map_or(Self(0), Self)
    }

    /// The value of the Exif tag, 1 to 8.
    pub fn value(self) -> u8 {
        self.0.max(1)
    }

    /// Whether the stored pixels can be shown as they are.
    pub fn is_upright(self) -> bool {
        self.value() == 1
    }

    /// Whether bringing the image upright swaps its width and height.
    pub fn is_sideways(self) -> bool {
        self.value() >= 5
    }

    /// Reads the tag from an Exif block (a TIFF header and its first directory).
    pub(crate) fn from_exif(tiff: &[u8]) -> Option<Self> {
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
        // Only entries that are there: a block of 16 bytes can declare 65,535.
        let (entry, _) = (0..entries)
            .map(|n| directory + 2 + 12 * n)
            .map_while(|at| Some((at, (short(at)?, short(at + 2)?))))
            .find(|(_, tag_and_type)| *tag_and_type == (0x0112, 3))?;
        Some(Self::new(short(entry + 8)?))
    }

    /// An Exif block that holds the orientation and nothing else.
    pub(crate) fn to_exif(self) -> Vec<u8> {
        let mut tiff = b"MM\0*\0\0\0\x08\0\x01\x01\x12\0\x03\0\0\0\x01\0".to_vec();
        tiff.push(self.value());
        tiff.extend_from_slice(&[0; 6]);
        tiff
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_written_orientation_reads_back() {
        for value in 2..=8 {
            let orientation = Orientation::new(value);
            assert_eq!(Orientation::from_exif(&orientation.to_exif()), Some(orientation));
        }
        assert!(Orientation::new(9).is_upright() && Orientation::new(0).is_upright());
        assert_eq!(Orientation::from_exif(b"II*\0\xff\xff\xff\xff"), None);
    }
}
