//! XMP in JPEG: an application segment.

use super::image_head::ImageHead;
use crate::edit::Edit;

/// Inserts the packet after the JFIF segment, which must be the first.
pub(crate) fn edits(image: &ImageHead<'_>, packet: &str) -> Option<Vec<Edit>> {
    let name = b"http://ns.adobe.com/xap/1.0/\0";
    let length = u16::try_from(2 + name.len() + packet.len()).ok()?;
    let replacement = [&[0xff, 0xe1][..], &length.to_be_bytes(), name, packet.as_bytes()].concat();
    let position = match image.first {
        [_, _, 0xff, 0xe0, high, low, ..] => 4 + u64::from(u16::from_be_bytes([*high, *low])),
        _ => 2,
    };
    Some(vec![Edit { range: position..position, replacement }])
}
