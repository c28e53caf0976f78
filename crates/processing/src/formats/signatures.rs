//! Signatures that need more than a comparison of the first bytes.

/// The type and the brand of the first box of an ISO base media file; the brand only counts in a
/// box of the type `ftyp`.
fn first_box(first: &[u8]) -> (Option<&[u8]>, Option<&[u8]>) {
    (first.get(4..8), first.get(8..12))
}

/// MPEG-4: a file type box, unless its brand is that of QuickTime or of an image: AVIF and HEIC
/// have the same box.
pub(super) fn is_mp4(first: &[u8]) -> bool {
    const OTHER: [&[u8]; 7] = [b"qt  ", b"avif", b"avis", b"heic", b"heix", b"mif1", b"msf1"];
    let (Some(b"ftyp"), Some(brand)) = first_box(first) else { return false };
    !OTHER.contains(&brand)
}

/// QuickTime: its brand, or one of the boxes with which files without a brand begin.
pub(super) fn is_quicktime(first: &[u8]) -> bool {
    matches!(
        first_box(first),
        (Some(b"ftyp"), Some(b"qt  "))
            | (Some(b"moov" | b"mdat" | b"wide" | b"free" | b"skip" | b"pnot"), _)
    )
}

/// WebVTT: its first word.
pub(super) fn is_webvtt(first: &[u8]) -> bool {
    without_mark(first).starts_with(b"WEBVTT")
}

/// SubRip: a line with a number, and the arrow between two times.
pub(super) fn is_subrip(first: &[u8]) -> bool {
    let text = without_mark(first);
    let Some(end) = text.iter().position(|byte| *byte == b'\n') else { return false };
    let number = text[..end].trim_ascii();
    let is_number = !number.is_empty() && number.iter().all(u8::is_ascii_digit);
    is_number && text.windows(5).any(|window| window == b" --> ")
}

/// Text without the byte order mark of UTF-8.
fn without_mark(text: &[u8]) -> &[u8] {
    text.strip_prefix(b"\xef\xbb\xbf").unwrap_or(text)
}
