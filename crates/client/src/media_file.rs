//! A file to upload: what it is, by its content, else by its name.

mod gif;

use crate::error::{Error, Result};
use std::fs::{File, Metadata};
use std::io::Read;
use std::os::unix::fs::MetadataExt;
use std::path::{Path, PathBuf};
use std::sync::Arc;

/// What a media is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    /// A still image.
    Image,
    /// A GIF with more than one frame.
    AnimatedGif,
    /// A video.
    Video,
    /// Subtitles.
    Subtitles,
}

impl Kind {
    /// The name in messages and JSON.
    pub fn name(self) -> &'static str {
        match self {
            Self::Image => "image",
            Self::AnimatedGif => "animated_gif",
            Self::Video => "video",
            Self::Subtitles => "subtitles",
        }
    }

    /// The category of a Tweet's media.
    pub fn category(self) -> &'static str {
        match self {
            Self::Image => "tweet_image",
            Self::AnimatedGif => "tweet_gif",
            Self::Video => "tweet_video",
            Self::Subtitles => "subtitles",
        }
    }

    /// Whether it can have a description everywhere.
    pub fn is_described(self) -> bool {
        matches!(self, Self::Image | Self::AnimatedGif)
    }
}

/// An open file.
#[derive(Clone, Debug)]
pub struct MediaFile {
    /// Its path, as it was given.
    pub path: PathBuf,
    /// What it is.
    pub kind: Kind,
    /// Its type, such as `image/png`.
    pub mime: &'static str,
    /// Its length in bytes.
    pub bytes: u64,
    pub(crate) file: Arc<File>,
    changed: (i64, i64),
}

impl MediaFile {
    /// Opens a file and finds out what it is. Blocks.
    pub fn open(path: &Path) -> Result<Self> {
        let fail = |error: std::io::Error| Error::file(path, &error);
        let mut file = File::open(path).map_err(fail)?;
        let metadata = file.metadata().map_err(fail)?;
        if !metadata.is_file() {
            return Err(Error::file(path, &"not a file"));
        }
        if metadata.len() == 0 {
            return Err(Error::file(path, &"the file is empty"));
        }
        let mut first = Vec::new();
        file.by_ref().take(64).read_to_end(&mut first).map_err(fail)?;
        let (mut kind, mime) = by_content(&first)
            .or_else(|| by_extension(path))
            .ok_or_else(|| Error::NoMedia(path.to_owned()))?;
        if mime == "image/gif" && gif::is_animated(&file).map_err(fail)? {
            kind = Kind::AnimatedGif;
        }
        let changed = change_time(&metadata);
        let bytes = metadata.len();
        Ok(Self { path: path.to_owned(), kind, mime, bytes, file: Arc::new(file), changed })
    }

    /// Fails if the file was written to since it was opened.
    pub(crate) fn check_unchanged(&self) -> Result<()> {
        let metadata = self.file.metadata().map_err(|error| Error::file(&self.path, &error))?;
        if (metadata.len(), change_time(&metadata)) == (self.bytes, self.changed) {
            return Ok(());
        }
        Err(Error::Changed(self.path.clone()))
    }
}

fn change_time(metadata: &Metadata) -> (i64, i64) {
    (metadata.mtime(), metadata.mtime_nsec())
}

fn by_content(first: &[u8]) -> Option<(Kind, &'static str)> {
    let box_type = first.get(4..8);
    Some(match first {
        [0xff, 0xd8, 0xff, ..] => (Kind::Image, "image/jpeg"),
        _ if first.starts_with(b"\x89PNG\r\n\x1a\n") => (Kind::Image, "image/png"),
        _ if first.starts_with(b"GIF87a") || first.starts_with(b"GIF89a") => {
            (Kind::Image, "image/gif")
        }
        _ if first.starts_with(b"RIFF") && first.get(8..12) == Some(b"WEBP") => {
            (Kind::Image, "image/webp")
        }
        _ if box_type == Some(b"ftyp") => match first.get(8..12) {
            // Images in the same container are known by their names.
            Some(b"avif" | b"avis" | b"heic" | b"heix" | b"mif1" | b"msf1") => return None,
            Some(b"qt  ") => (Kind::Video, "video/quicktime"),
            _ => (Kind::Video, "video/mp4"),
        },
        _ if matches!(box_type, Some(b"moov" | b"mdat" | b"wide" | b"free" | b"skip")) => {
            (Kind::Video, "video/quicktime")
        }
        _ if text(first).starts_with(b"WEBVTT") => (Kind::Subtitles, "text/vtt"),
        _ => return None,
    })
}

fn text(first: &[u8]) -> &[u8] {
    first.strip_prefix(b"\xef\xbb\xbf").unwrap_or(first)
}

/// For what the server may know though this program does not.
fn by_extension(path: &Path) -> Option<(Kind, &'static str)> {
    let extension = path.extension()?.to_str()?.to_ascii_lowercase();
    Some(match extension.as_str() {
        "jpg" | "jpeg" => (Kind::Image, "image/jpeg"),
        "png" => (Kind::Image, "image/png"),
        "gif" => (Kind::Image, "image/gif"),
        "webp" => (Kind::Image, "image/webp"),
        "avif" => (Kind::Image, "image/avif"),
        "heic" => (Kind::Image, "image/heic"),
        "mp4" | "m4v" => (Kind::Video, "video/mp4"),
        "mov" => (Kind::Video, "video/quicktime"),
        "webm" => (Kind::Video, "video/webm"),
        "srt" => (Kind::Subtitles, "text/srt"),
        "vtt" => (Kind::Subtitles, "text/vtt"),
        _ => return None,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn content_counts_more_than_the_name() {
        let dir = tempfile::tempdir().unwrap();
        let open = |name: &str, bytes: &[u8]| {
            let path = dir.path().join(name);
            std::fs::write(&path, bytes).unwrap();
            MediaFile::open(&path)
        };
        let png = open("a.jpg", b"\x89PNG\r\n\x1a\n....").unwrap();
        assert_eq!((png.kind, png.mime), (Kind::Image, "image/png"));
        let video = open("b", b"\0\0\0\x18ftypmp42....").unwrap();
        assert_eq!((video.kind, video.mime), (Kind::Video, "video/mp4"));
        assert_eq!(open("c.srt", b"1\n00:00").unwrap().kind, Kind::Subtitles);
        assert!(matches!(open("d.txt", b"hello"), Err(Error::NoMedia(_))));
        assert!(open("e.png", b"").unwrap_err().to_string().ends_with("the file is empty"));
    }

    #[test]
    fn a_file_that_is_written_to_is_noticed() {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("a.png");
        std::fs::write(&path, b"\x89PNG\r\n\x1a\n").unwrap();
        let file = MediaFile::open(&path).unwrap();
        file.check_unchanged().unwrap();
        std::fs::write(&path, b"\x89PNG\r\n\x1a\nmore").unwrap();
        assert!(matches!(file.check_unchanged(), Err(Error::Changed(_))));
    }
}
