//! The formats that Birdhouse knows: one table with everything that depends on the format.
//!
//! A new format is one row in it, and the functions that the row names: for an image, an
//! inspector in `inspect/`, a decoder and perhaps an encoder in `image/`, and perhaps a writer
//! of alt text in `embed/`. What v2's `media_type` may be is listed apart, with types that are
//! accepted as a declaration only: `MEDIA_TYPES` in `crates/server/src/http/v2/schemas.rs`.

mod signatures;

use crate::embed::image_head::Embedder;
use crate::image::codec::{Decoder, Encoder};
use crate::inspect::facts::ImageFacts;
use crate::inspect::limits::ImageLimits;
use crate::inspect::metadata::Metadata;
use crate::inspect::reader::ByteReader;
use crate::inspect::unreadable::Unreadable;
use crate::{embed, image, inspect};
use serde::{Deserialize, Serialize};

/// Bytes at the start of a file that [`sniff`] needs.
pub const SNIFF_BYTES: usize = 64;

/// Content type of an HLS playlist. It is written, never uploaded.
pub const HLS_PLAYLIST: &str = "application/x-mpegURL";
/// Content type of the file of media segments that an HLS playlist names.
pub const HLS_SEGMENT: &str = "video/iso.segment";

/// Validates a whole image whose signature matched, from the start of the file to the end of the
/// image, and records its metadata.
pub(crate) type Inspector =
    fn(&mut ByteReader<'_>, &ImageLimits, &mut Metadata) -> Result<ImageFacts, Unreadable>;

/// A row of the table: what depends on the format.
struct FormatRow {
    /// Name for people, such as `JPEG`.
    name: &'static str,
    /// Content type.
    mime: &'static str,
    /// Extensions in URLs, the one that is written first.
    extensions: &'static [&'static str],
    /// Whether a browser may show it on a page instead of saving it.
    is_inline: bool,
    /// Whether a file begins like this format. No two rows accept the same bytes.
    signature: fn(&[u8]) -> bool,
    /// The demuxer of ffmpeg that reads it, if ffmpeg is to read it.
    demuxer: Option<&'static str>,
    /// The kind of media, and what can be done with it.
    content: Content,
}

/// The kind of media.
enum Content {
    Image(ImageFunctions),
    Video,
    Subtitles,
}

/// What can be done with an image.
struct ImageFunctions {
    /// Whether the format keeps every pixel; derived sizes then do, too.
    is_lossless: bool,
    inspect: Inspector,
    decode: Decoder,
    /// `None` if this build does not write the format.
    encode: Option<Encoder>,
    /// `None` if no alt text is written into such files.
    embed_alt_text: Option<Embedder>,
}

/// Declares [`Format`] and its table from one list of rows.
macro_rules! formats {
    ($($(#[$doc:meta])* $format:ident: $row:expr,)*) => {
        /// A format that Birdhouse knows.
        #[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
        #[serde(rename_all = "lowercase")]
        pub enum Format {
            $($(#[$doc])* $format,)*
        }

        impl Format {
            /// All formats, in the order of the table.
            pub const ALL: &[Self] = &[$(Self::$format,)*];
        }

        /// In the order of the variants of [`Format`].
        static FORMATS: &[FormatRow] = &[$($row,)*];
    };
}

formats! {
    /// JPEG.
    Jpeg: FormatRow {
        name: "JPEG",
        mime: "image/jpeg",
        extensions: &["jpg", "jpeg"],
        is_inline: true,
        signature: |first| first.starts_with(b"\xff\xd8\xff"),
        demuxer: None,
        content: Content::Image(ImageFunctions {
            is_lossless: false,
            inspect: inspect::jpeg::inspect,
            decode: image::jpeg::decode,
            encode: Some(image::jpeg::encode),
            embed_alt_text: Some(embed::jpeg::edits),
        }),
    },
    /// PNG.
    Png: FormatRow {
        name: "PNG",
        mime: "image/png",
        extensions: &["png"],
        is_inline: true,
        signature: |first| first.starts_with(b"\x89PNG\r\n\x1a\n"),
        demuxer: None,
        content: Content::Image(ImageFunctions {
            is_lossless: true,
            inspect: inspect::png::inspect,
            decode: image::png::decode,
            encode: Some(image::png::encode),
            embed_alt_text: Some(embed::png::edits),
        }),
    },
    /// GIF, still or animated.
    Gif: FormatRow {
        name: "GIF",
        mime: "image/gif",
        extensions: &["gif"],
        is_inline: true,
        signature: |first| first.starts_with(b"GIF87a") || first.starts_with(b"GIF89a"),
        demuxer: Some("gif"),
        content: Content::Image(ImageFunctions {
            is_lossless: true,
            inspect: inspect::gif::inspect,
            decode: image::gif::decode,
            encode: None,
            embed_alt_text: None,
        }),
    },
    /// WebP.
    WebP: FormatRow {
        name: "WebP",
        mime: "image/webp",
        extensions: &["webp"],
        is_inline: true,
        signature: |first| first.starts_with(b"RIFF") && first.get(8..12) == Some(b"WEBP"),
        demuxer: None,
        content: Content::Image(ImageFunctions {
            is_lossless: false,
            inspect: inspect::webp::inspect,
            decode: image::webp::decode,
            encode: image::webp::ENCODER,
            embed_alt_text: Some(embed::webp::edits),
        }),
    },
    /// MPEG-4.
    Mp4: FormatRow {
        name: "MP4",
        mime: "video/mp4",
        extensions: &["mp4"],
        is_inline: true,
        signature: signatures::is_mp4,
        demuxer: Some("mov"),
        content: Content::Video,
    },
    /// QuickTime.
    QuickTime: FormatRow {
        name: "QuickTime",
        mime: "video/quicktime",
        extensions: &["mov"],
        is_inline: false,
        signature: signatures::is_quicktime,
        demuxer: Some("mov"),
        content: Content::Video,
    },
    /// SubRip subtitles.
    Srt: FormatRow {
        name: "SubRip",
        mime: "application/x-subrip",
        extensions: &["srt"],
        is_inline: false,
        signature: signatures::is_subrip,
        demuxer: None,
        content: Content::Subtitles,
    },
    /// WebVTT subtitles.
    WebVtt: FormatRow {
        name: "WebVTT",
        mime: "text/vtt",
        extensions: &["vtt"],
        is_inline: true,
        signature: signatures::is_webvtt,
        demuxer: None,
        content: Content::Subtitles,
    },
}

/// The format of a file, by its first [`SNIFF_BYTES`] bytes; file names and declared content
/// types are never trusted.
pub fn sniff(first: &[u8]) -> Option<Format> {
    find(|row| (row.signature)(first))
}

/// Whether a browser may show files of a content type on a page: those of [`Format::is_inline`]
/// and those of HLS.
pub fn is_inline_mime(mime: &str) -> bool {
    matches!(mime, HLS_PLAYLIST | HLS_SEGMENT)
        || Format::from_mime(mime).is_some_and(Format::is_inline)
}

fn find(matches: impl Fn(&FormatRow) -> bool) -> Option<Format> {
    Format::ALL.iter().copied().find(|format| matches(format.row()))
}

impl Format {
    fn row(self) -> &'static FormatRow {
        &FORMATS[self as usize]
    }

    fn image(self) -> Option<&'static ImageFunctions> {
        match &self.row().content {
            Content::Image(functions) => Some(functions),
            Content::Video | Content::Subtitles => None,
        }
    }

    /// Name for people, such as `JPEG`.
    pub fn name(self) -> &'static str {
        self.row().name
    }

    /// Content type, such as `image/jpeg`.
    pub fn mime(self) -> &'static str {
        self.row().mime
    }

    /// The format of a content type as [`Format::mime`] writes it.
    pub fn from_mime(mime: &str) -> Option<Self> {
        find(|row| row.mime == mime)
    }

    /// Extension of file names in URLs, without the dot, such as `jpg`.
    pub fn extension(self) -> &'static str {
        self.row().extensions[0]
    }

    /// The format of an extension in a URL, without the dot and in lower case: `jpg` or `jpeg`.
    pub fn from_extension(extension: &str) -> Option<Self> {
        find(|row| row.extensions.contains(&extension))
    }

    /// Whether it is an image, still or animated.
    pub fn is_image(self) -> bool {
        matches!(self.row().content, Content::Image(_))
    }

    /// Whether it is a video.
    pub fn is_video(self) -> bool {
        matches!(self.row().content, Content::Video)
    }

    /// Whether it holds subtitles.
    pub fn is_subtitles(self) -> bool {
        matches!(self.row().content, Content::Subtitles)
    }

    /// Whether a browser may show it on a page instead of saving it.
    pub fn is_inline(self) -> bool {
        self.row().is_inline
    }

    /// Whether it is an image format that keeps every pixel, so that sharp edges matter.
    pub fn is_lossless(self) -> bool {
        self.image().is_some_and(|image| image.is_lossless)
    }

    /// The demuxer that ffmpeg is forced to use; `None` if ffmpeg is not to read the format.
    pub(crate) fn demuxer(self) -> Option<&'static str> {
        self.row().demuxer
    }

    pub(crate) fn inspector(self) -> Option<Inspector> {
        self.image().map(|image| image.inspect)
    }

    pub(crate) fn decoder(self) -> Option<Decoder> {
        self.image().map(|image| image.decode)
    }

    pub(crate) fn encoder(self) -> Option<Encoder> {
        self.image()?.encode
    }

    pub(crate) fn embedder(self) -> Option<Embedder> {
        self.image()?.embed_alt_text
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_format_is_found_by_its_own_names() {
        assert_eq!(Format::ALL.len(), FORMATS.len());
        for format in Format::ALL.iter().copied() {
            assert_eq!(Format::from_mime(format.mime()), Some(format));
            assert_eq!(Format::from_extension(format.extension()), Some(format));
            assert_eq!(is_inline_mime(format.mime()), format.is_inline());
            assert_eq!(
                [format.is_image(), format.is_video(), format.is_subtitles()],
                [format.inspector().is_some(), format.is_video(), format.is_subtitles()]
            );
        }
        assert_eq!(Format::from_extension("jpeg"), Some(Format::Jpeg));
        assert_eq!((Format::from_mime("text/html"), Format::from_extension("html")), (None, None));
        assert!(is_inline_mime(HLS_PLAYLIST) && !is_inline_mime("text/html"));
    }

    #[test]
    fn a_signature_belongs_to_one_format() {
        let files: [(&[u8], Option<Format>); 12] = [
            (b"\xff\xd8\xff\xe0", Some(Format::Jpeg)),
            (b"\x89PNG\r\n\x1a\n", Some(Format::Png)),
            (b"GIF89a", Some(Format::Gif)),
            (b"RIFF\0\0\0\0WEBPVP8L", Some(Format::WebP)),
            (b"\0\0\0\x18ftypmp42\0\0\0\0", Some(Format::Mp4)),
            (b"\0\0\0\x14ftypqt  \0\0\0\0", Some(Format::QuickTime)),
            (b"\0\0\0\x08wide", Some(Format::QuickTime)),
            (b"\0\0\0\x1cftypavif\0\0\0\0avifmif1miaf", None),
            (b"\xef\xbb\xbfWEBVTT\n", Some(Format::WebVtt)),
            (b"1\r\n00:00:01,000 --> 00:00:02,000\r\n", Some(Format::Srt)),
            (b"RIFF\0\0\0\0WAVEfmt ", None),
            (b"", None),
        ];
        for (first, format) in files {
            assert_eq!(sniff(first), format, "{first:?}");
            let rows = FORMATS.iter().filter(|row| (row.signature)(first)).count();
            assert_eq!(rows, usize::from(format.is_some()), "{first:?}");
        }
    }
}
