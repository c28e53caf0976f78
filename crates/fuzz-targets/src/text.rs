//! Text formats: XMP packets and subtitles.

use birdhouse_processing::{subtitles as cues, xmp as packet};

/// An XMP packet yields texts that are neither blank nor padded, and no longer than the packet.
pub fn xmp(bytes: &[u8]) {
    // Bytes that are not UTF-8 become U+FFFD, which is three bytes long.
    let longest = bytes.len() * 3;
    let embedded = packet::read(bytes);
    assert!(embedded.len() <= 20, "{} languages", embedded.len());
    for text in embedded.into_iter().flat_map(|one| [one.alt_text, one.extended]).flatten() {
        assert!(!text.is_empty() && text.trim() == text, "blank or padded: {text:?}");
        assert!(text.len() <= longest, "{} bytes read out of {}", text.len(), bytes.len());
    }
}

/// Accepted subtitles have the same cues after they have been written as WebVTT.
pub fn subtitles(bytes: &[u8]) {
    let Ok(read) = cues::parse(bytes) else { return };
    let written = cues::to_webvtt(&read);
    assert_eq!(cues::parse(written.as_bytes()).as_ref(), Ok(&read), "written as {written:?}");
}
