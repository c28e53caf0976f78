//! Image files: recognized, inspected, and cleaned of metadata.

use birdhouse_processing::formats::sniff;
use birdhouse_processing::{Format, ImageLimits, Inspected, Unreadable, inspect_image};
use std::io::Cursor;

/// Far below the server's limits, so that a run spends its time on structure and not on pixels.
const LIMITS: ImageLimits =
    ImageLimits { max_pixels: 1 << 20, max_total_pixels: 1 << 21, max_frames: 200, max_scans: 16 };

const PNG_SIGNATURE: &[u8] = b"\x89PNG\r\n\x1a\n";

/// An accepted image is accepted again after cleaning, and a second cleaning changes nothing.
pub fn image(bytes: &[u8]) {
    check(bytes);
    // Nearly every mutation of a PNG breaks a checksum; correct ones let it get further.
    if bytes.starts_with(PNG_SIGNATURE) {
        check(&with_checksums(bytes));
    }
}

fn check(bytes: &[u8]) {
    let format = sniff(bytes);
    if let Some(format) = format {
        assert_eq!(Format::from_mime(format.mime()), Some(format));
    }
    let Ok(inspected) = inspect(bytes) else { return };
    assert_eq!(Some(inspected.format), format);
    assert!(inspected.format.is_image());
    let once = clean(bytes, &inspected);
    let again = match inspect(&once) {
        Ok(again) => again,
        Err(error) => panic!("refused after cleaning: {error}"),
    };
    assert_eq!(again.facts, inspected.facts);
    assert_eq!(again.metadata.orientation, inspected.metadata.orientation);
    assert!(again.metadata.xmp.is_empty(), "the cleaned image still has an XMP packet");
    assert!(clean(&once, &again) == once, "a second cleaning changes the image");
}

fn inspect(bytes: &[u8]) -> Result<Inspected, Unreadable> {
    inspect_image(&mut Cursor::new(bytes), &LIMITS)
}

fn clean(bytes: &[u8], inspected: &Inspected) -> Vec<u8> {
    let mut out = Vec::with_capacity(bytes.len());
    let cleaned = inspected.metadata.write_cleaned(&mut Cursor::new(bytes), &mut out);
    cleaned.expect("memory can be read and written");
    out
}

/// The file with the right checksum in each whole chunk.
fn with_checksums(bytes: &[u8]) -> Vec<u8> {
    let mut out = bytes.to_vec();
    let mut at = PNG_SIGNATURE.len();
    while let Some(&[a, b, c, d]) = out.get(at..at + 4) {
        let length = u32::from_be_bytes([a, b, c, d]) as usize;
        let end = at + 8 + length;
        let Some(body) = out.get(at + 4..end) else { break };
        let sum = crc32fast::hash(body).to_be_bytes();
        let Some(place) = out.get_mut(end..end + 4) else { break };
        place.copy_from_slice(&sum);
        at = end + 4;
    }
    out
}
