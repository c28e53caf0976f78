//! What has to be known of an image to write alt text into it.

use crate::edit::Edit;

/// Bytes at the start of a file that [`ImageHead::first`] must hold.
pub const HEAD_BYTES: usize = 64;

/// The start of an image without metadata, and its sizes.
#[derive(Clone, Copy, Debug)]
pub struct ImageHead<'a> {
    /// The first [`HEAD_BYTES`] bytes of the file, fewer if it is shorter.
    pub first: &'a [u8],
    /// Bytes of the whole file.
    pub length: u64,
    /// Pixels across.
    pub width: u32,
    /// Pixels down.
    pub height: u32,
}

/// The edits that write an XMP packet into an image; `None` if it does not fit.
pub(crate) type Embedder = fn(&ImageHead<'_>, &str) -> Option<Vec<Edit>>;
