//! A file of the blob store as an answer: ranges, validators, and safe headers.
//!
//! The kernel's `sendfile` is out of reach: the HTTP library owns the socket and takes bytes.
//! What is small is read in one go on one trip to a blocking thread; what is large, in pieces.

use super::text;
use crate::actions::delivery::Deliverable;
use crate::actions::subtitles::WEBVTT;
use crate::app::{App, Shared};
use crate::buffers::{BUFFER_BYTES, Buffers};
use crate::error::Error;
use crate::hot::FILE_MAX;
use axum::body::Body;
use axum::http::{HeaderMap, HeaderName, HeaderValue, Method, StatusCode, header};
use axum::response::Response;
use birdhouse_domain::media::Media;
use birdhouse_processing::{Edit, Format, embed};
use bytes::Bytes;
use futures_util::stream;
use std::fs::File;
use std::io;
use std::ops::Range;
use std::os::unix::fs::FileExt;
use std::sync::Arc;
use tokio::task::{JoinHandle, spawn_blocking};

/// Bytes read at a time.
const PIECE: u64 = BUFFER_BYTES as u64;

/// A part of what is sent.
enum Part {
    File(Range<u64>),
    Bytes(Vec<u8>),
}

/// Where bytes come from.
enum Source {
    File(File, Arc<Buffers>),
    Memory(Bytes),
}

/// An opened file, and what is put between its bytes.
struct Content {
    source: Source,
    parts: Vec<Part>,
    length: u64,
}

pub(super) async fn respond(
    app: &Shared,
    media: &Media,
    found: &Deliverable,
    (method, headers): (&Method, &HeaderMap),
) -> crate::error::Result<Response> {
    let alt_text = media.alt_text.clone().filter(|_| app.config.write_embedded_alt_text);
    let tag = match &alt_text {
        None => format!("\"{}\"", found.tag),
        Some(text) => {
            format!("\"{}-{}\"", found.tag, &blake3::hash(text.as_bytes()).to_hex()[..16])
        }
    };
    let mut response = Response::new(Body::empty());
    harden(response.headers_mut(), &found.mime);
    // The text and subtitles may change, and the file with them.
    let is_fixed = alt_text.is_none() && found.mime != WEBVTT;
    let cache = if is_fixed { cache_control(media) } else { short_cache(media) };
    set(&mut response, header::CACHE_CONTROL, cache);
    set(&mut response, header::ACCEPT_RANGES, "bytes");
    set(&mut response, header::ETAG, &tag);
    let known = text(headers, header::IF_NONE_MATCH);
    if known.is_some_and(|k| k == "*" || k.split(',').any(|one| one.trim().ends_with(&tag))) {
        *response.status_mut() = StatusCode::NOT_MODIFIED;
        return Ok(response);
    }
    let range = text(headers, header::RANGE)
        .filter(|_| text(headers, header::IF_RANGE).is_none_or(|range| range == tag))
        .map(str::to_owned);
    if let Some(bytes) = app.hot.file(&found.blob).filter(|_| alt_text.is_none()) {
        let length = bytes.len() as u64;
        let range = range.and_then(|range| byte_range(&range, length));
        send(&mut response, Content::in_memory(bytes), range, (None, method));
        return Ok(response);
    }
    let (app, found) = (app.clone(), found.clone());
    let opening = spawn_blocking(move || {
        let content = open(&app, &found, alt_text.as_deref())?;
        let range = range.and_then(|range| byte_range(&range, content.length));
        let first = match &range {
            Some(None) => Bytes::new(),
            Some(Some(range)) => content.read(range.start, range.end.min(range.start + PIECE))?,
            None => content.read(0, content.length.min(PIECE))?,
        };
        Ok::<_, io::Error>((content, range, first))
    });
    let (content, range, first) = opening.await.map_err(|e| Error::Broken(e.into()))??;
    send(&mut response, content, range, (Some(first), method));
    Ok(response)
}

#[expect(clippy::option_option, reason = "absent and unsatisfiable are answered differently")]
fn send(
    response: &mut Response,
    content: Content,
    range: Option<Option<Range<u64>>>,
    (first, method): (Option<Bytes>, &Method),
) {
    let length = content.length;
    let range = match range {
        None => 0..length,
        Some(None) => {
            *response.status_mut() = StatusCode::RANGE_NOT_SATISFIABLE;
            set(response, header::CONTENT_RANGE, &format!("bytes */{length}"));
            return;
        }
        Some(Some(range)) => {
            *response.status_mut() = StatusCode::PARTIAL_CONTENT;
            let value = format!("bytes {}-{}/{length}", range.start, range.end - 1);
            set(response, header::CONTENT_RANGE, &value);
            range
        }
    };
    set(response, header::CONTENT_LENGTH, &(range.end - range.start).to_string());
    if *method == Method::HEAD {
        return;
    }
    let first = match (first, &content.source) {
        (Some(first), _) => first,
        (None, Source::Memory(bytes)) => {
            let place = |at| usize::try_from(at).unwrap_or(usize::MAX).min(bytes.len());
            bytes.slice(place(range.start)..place(range.end))
        }
        (None, Source::File(..)) => Bytes::new(),
    };
    let rest = range.start + first.len() as u64..range.end;
    *response.body_mut() = if rest.is_empty() {
        Body::from(first)
    } else {
        Body::from_stream(pieces(first, content, rest))
    };
}

fn open(app: &App, found: &Deliverable, alt_text: Option<&str>) -> io::Result<Content> {
    let file = app.blobs.open_file(&found.blob)?;
    let length = file.metadata()?.len();
    let buffers = app.buffers.clone();
    let whole = vec![Part::File(0..length)];
    let (Some(text), Some(format)) = (alt_text, Format::from_mime(&found.mime)) else {
        if length > FILE_MAX {
            return Ok(Content { source: Source::File(file, buffers), parts: whole, length });
        }
        let mut bytes = vec![0; usize::try_from(length).map_err(io::Error::other)?];
        file.read_exact_at(&mut bytes, 0)?;
        let bytes = Bytes::from(bytes);
        app.hot.keep_file(found.blob.clone(), bytes.clone());
        return Ok(Content::in_memory(bytes));
    };
    let mut first = [0; embed::NEEDED];
    let seen = file.read_at(&mut first, 0)?;
    let edits = embed::edits(format, &first[..seen], length, found.size, text);
    let parts = spliced(length, edits);
    let length = parts.iter().map(Part::len).sum();
    Ok(Content { source: Source::File(file, buffers), parts, length })
}

fn spliced(length: u64, edits: Vec<Edit>) -> Vec<Part> {
    let (mut parts, mut at) = (Vec::new(), 0);
    for Edit { range, with } in edits {
        parts.extend([Part::File(at..range.start), Part::Bytes(with)]);
        at = range.end;
    }
    parts.push(Part::File(at..length));
    parts
}

impl Part {
    fn len(&self) -> u64 {
        match self {
            Self::File(range) => range.end - range.start,
            Self::Bytes(bytes) => bytes.len() as u64,
        }
    }
}

impl Content {
    fn in_memory(bytes: Bytes) -> Self {
        let length = bytes.len() as u64;
        Self { source: Source::Memory(bytes), parts: vec![Part::File(0..length)], length }
    }

    /// The bytes from `start` to `end` of what is sent.
    fn read(&self, start: u64, end: u64) -> io::Result<Bytes> {
        let (file, buffers) = match &self.source {
            Source::File(file, buffers) => (file, buffers),
            Source::Memory(bytes) => {
                let place = |at| usize::try_from(at).unwrap_or(usize::MAX).min(bytes.len());
                return Ok(bytes.slice(place(start)..place(end)));
            }
        };
        let length = usize::try_from(end - start).map_err(io::Error::other)?;
        let mut lent = buffers.lend(length);
        let out = lent.place();
        let (mut at, mut filled) = (0, 0);
        for part in &self.parts {
            let (from, to) = (start.max(at), end.min(at + part.len()));
            if from < to {
                let count = usize::try_from(to - from).map_err(io::Error::other)?;
                let place = &mut out[filled..filled + count];
                match part {
                    Part::File(range) => file.read_exact_at(place, range.start + (from - at))?,
                    Part::Bytes(bytes) => {
                        let skip = usize::try_from(from - at).map_err(io::Error::other)?;
                        place.copy_from_slice(&bytes[skip..skip + count]);
                    }
                }
                filled += count;
            }
            at += part.len();
        }
        if filled != length {
            // A buffer that is not full still holds what it held for somebody else.
            return Err(io::ErrorKind::UnexpectedEof.into());
        }
        Ok(lent.filled())
    }
}

/// The first piece, and the rest piece by piece from blocking threads, each read while the one
/// before it is sent.
fn pieces(
    first: Bytes,
    content: Content,
    rest: Range<u64>,
) -> impl futures_util::Stream<Item = io::Result<Bytes>> + Send {
    let content = Arc::new(content);
    let read = move |at: u64| -> Option<Reading> {
        let (end, source) = (rest.end.min(at + PIECE), content.clone());
        (at < rest.end).then(|| (spawn_blocking(move || source.read(at, end)), end))
    };
    let state = (Some(first), read(rest.start));
    stream::try_unfold(state, move |(ready, reading)| {
        let read = read.clone();
        async move {
            if let Some(first) = ready {
                return Ok(Some((first, (None, reading))));
            }
            let Some((reading, end)) = reading else { return Ok(None) };
            let piece = reading.await.map_err(io::Error::other)??;
            Ok(Some((piece, (None, read(end)))))
        }
    })
}

/// A piece that is being read, and where it ends.
type Reading = (JoinHandle<io::Result<Bytes>>, u64);

/// Headers that let nothing run: a fixed type that is never guessed at, no script, no frame.
pub(super) fn harden(headers: &mut HeaderMap, mime: &str) {
    let is_shown = matches!(
        mime,
        "image/jpeg"
            | "image/png"
            | "image/gif"
            | "image/webp"
            | "video/mp4"
            | "video/iso.segment"
            | "application/x-mpegURL"
            | "text/vtt"
    );
    let mime = if is_shown { mime } else { "application/octet-stream" };
    let all = [
        (header::CONTENT_TYPE, mime),
        (header::CONTENT_DISPOSITION, if is_shown { "inline" } else { "attachment" }),
        (header::CONTENT_SECURITY_POLICY, "default-src 'none'; sandbox"),
        (header::X_CONTENT_TYPE_OPTIONS, "nosniff"),
        // Pictures of a Tweet are shown by pages of other hosts.
        (header::ACCESS_CONTROL_ALLOW_ORIGIN, "*"),
    ];
    for (name, value) in all {
        if let Ok(value) = HeaderValue::from_str(value) {
            headers.insert(name, value);
        }
    }
}

/// For what may change while a Tweet shows it.
pub(super) fn short_cache(media: &Media) -> &'static str {
    match media.expires_at {
        Some(_) => "private, no-store",
        None => "public, max-age=60",
    }
}

/// What a Tweet shows never changes; what none shows is its owner's.
fn cache_control(media: &Media) -> &'static str {
    match media.expires_at {
        Some(_) => "private, no-store",
        None => "public, max-age=31536000, immutable",
    }
}

fn set(response: &mut Response, name: HeaderName, value: &str) {
    if let Ok(value) = HeaderValue::from_str(value) {
        response.headers_mut().insert(name, value);
    }
}

/// A single range; `None` for what is to be ignored, `Some(None)` for one that lies outside.
#[expect(clippy::option_option, reason = "absent and unsatisfiable are answered differently")]
fn byte_range(text: &str, length: u64) -> Option<Option<Range<u64>>> {
    let (first, last) = text.strip_prefix("bytes=")?.split_once('-')?;
    if text.contains(',') {
        return None;
    }
    let range = match (first.trim(), last.trim()) {
        ("", suffix) => length.saturating_sub(suffix.parse().ok()?)..length,
        (first, "") => first.parse().ok()?..length,
        (first, last) => {
            first.parse().ok()?..last.parse::<u64>().ok()?.saturating_add(1).min(length)
        }
    };
    Some((range.start < range.end).then_some(range))
}
