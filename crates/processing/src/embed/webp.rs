//! XMP in WebP: a chunk at the end, announced in the extended header.

use super::image_head::ImageHead;
use crate::edit::Edit;

/// Flags of the extended header: the file has XMP, transparency.
const HAS_XMP: u8 = 0x04;
const HAS_ALPHA: u8 = 0x10;

/// Appends the packet, and inserts an extended header if there is none.
pub(crate) fn edits(image: &ImageHead<'_>, packet: &str) -> Option<Vec<Edit>> {
    let (first, length) = (image.first, image.length);
    let padding = &[0][..packet.len() % 2];
    let packet_length = u32::try_from(packet.len()).ok()?.to_le_bytes();
    let chunk = [b"XMP ", &packet_length[..], packet.as_bytes(), padding].concat();
    let kind = first.get(12..16)?;
    let (header, added_bytes) = if kind == b"VP8X" {
        let flags = first.get(20)? | HAS_XMP;
        (Edit { range: 20..21, replacement: vec![flags] }, 0)
    } else {
        let has_alpha = kind == b"VP8L" && first.get(24)? & 0x10 != 0;
        let flags = HAS_XMP | if has_alpha { HAS_ALPHA } else { 0 };
        let side = |pixels: u32| (pixels.max(1) - 1).to_le_bytes();
        let (w, h) = (side(image.width), side(image.height));
        let body = [b"VP8X", &[10, 0, 0, 0, flags, 0, 0, 0][..], &w[..3], &h[..3]].concat();
        (Edit { range: 12..12, replacement: body }, 18)
    };
    let total = u32::try_from(length - 8 + added_bytes + chunk.len() as u64).ok()?;
    Some(vec![
        Edit { range: 4..8, replacement: total.to_le_bytes().to_vec() },
        header,
        Edit { range: length..length, replacement: chunk },
    ])
}
