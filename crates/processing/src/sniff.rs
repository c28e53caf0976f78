//! The format, told by the first bytes; names and headers are never believed.

/// Bytes that [`sniff`] wants to see.
pub const NEEDED: usize = 64;

/// A format that Birdhouse knows.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Format {
    /// JPEG.
    Jpeg,
    /// PNG.
    Png,
    /// GIF.
    Gif,
    /// WebP.
    WebP,
    /// MPEG-4.
    Mp4,
    /// QuickTime.
    QuickTime,
    /// SubRip subtitles.
    Srt,
    /// WebVTT subtitles.
    WebVtt,
}

impl Format {
    /// Content type.
    pub fn mime(self) -> &'static str {
        match self {
            Self::Jpeg => "image/jpeg",
            Self::Png => "image/png",
            Self::Gif => "image/gif",
            Self::WebP => "image/webp",
            Self::Mp4 => "video/mp4",
            Self::QuickTime => "video/quicktime",
            Self::Srt => "application/x-subrip",
            Self::WebVtt => "text/vtt",
        }
    }

    /// Reads [`Format::mime`].
    pub fn from_mime(mime: &str) -> Option<Self> {
        [
            Self::Jpeg,
            Self::Png,
            Self::Gif,
            Self::WebP,
            Self::Mp4,
            Self::QuickTime,
            Self::Srt,
            Self::WebVtt,
        ]
        .into_iter()
        .find(|format| format.mime() == mime)
    }

    /// Whether it is a picture.
    pub fn is_image(self) -> bool {
        matches!(self, Self::Jpeg | Self::Png | Self::Gif | Self::WebP)
    }

    /// Whether it is a film.
    pub fn is_video(self) -> bool {
        matches!(self, Self::Mp4 | Self::QuickTime)
    }
}

/// Tells the format by the first bytes.
pub fn sniff(first: &[u8]) -> Option<Format> {
    match first {
        [0xff, 0xd8, 0xff, ..] => return Some(Format::Jpeg),
        [0x89, b'P', b'N', b'G', b'\r', b'\n', 0x1a, b'\n', ..] => return Some(Format::Png),
        [b'G', b'I', b'F', b'8', b'7' | b'9', b'a', ..] => return Some(Format::Gif),
        [b'R', b'I', b'F', b'F', _, _, _, _, b'W', b'E', b'B', b'P', ..] => {
            return Some(Format::WebP);
        }
        _ => {}
    }
    match (first.get(4..8), first.get(8..12)) {
        (Some(b"ftyp"), Some(b"qt  ")) => return Some(Format::QuickTime),
        // AVIF and HEIC have the same box; they are pictures that nobody takes here.
        (Some(b"ftyp"), Some(b"avif" | b"avis" | b"heic" | b"heix" | b"mif1" | b"msf1")) => {
            return None;
        }
        (Some(b"ftyp"), Some(_)) => return Some(Format::Mp4),
        (Some(b"moov" | b"mdat" | b"wide" | b"free" | b"skip" | b"pnot"), _) => {
            return Some(Format::QuickTime);
        }
        _ => {}
    }
    subtitles(first)
}

fn subtitles(first: &[u8]) -> Option<Format> {
    let text = first.strip_prefix(b"\xef\xbb\xbf").unwrap_or(first);
    if text.starts_with(b"WEBVTT") {
        return Some(Format::WebVtt);
    }
    let line = text.iter().position(|byte| *byte == b'\n')?;
    let number = text[..line].trim_ascii();
    let is_number = !number.is_empty() && number.iter().all(u8::is_ascii_digit);
    let has_arrow = text.windows(5).any(|five| five == b" --> ");
    (is_number && has_arrow).then_some(Format::Srt)
}
