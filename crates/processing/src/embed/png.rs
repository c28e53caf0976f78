//! XMP in PNG: an international text chunk.

use super::image_head::ImageHead;
use crate::edit::Edit;
use crate::inspect::png::chunk;

/// Bytes of the signature and the header chunk, which are the same in every file.
const HEADER_BYTES: u64 = 33;

/// Inserts the packet after the header.
#[expect(clippy::unnecessary_wraps, reason = "other formats have a limit on its length")]
pub(crate) fn edits(_: &ImageHead<'_>, packet: &str) -> Option<Vec<Edit>> {
    let body = [b"XML:com.adobe.xmp\0\0\0\0\0", packet.as_bytes()].concat();
    let replacement = chunk::encode(*b"iTXt", &body);
    Some(vec![Edit { range: HEADER_BYTES..HEADER_BYTES, replacement }])
}
