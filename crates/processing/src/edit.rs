//! A change to the bytes of a file.

use std::ops::Range;

/// A range of bytes of a file, and what replaces it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Edit {
    /// Bytes of the original file that are removed; an empty range inserts.
    pub range: Range<u64>,
    /// Bytes that are written in their place.
    pub replacement: Vec<u8>,
}
