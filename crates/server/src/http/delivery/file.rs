//! A file as a response: ranges, validators, and safe headers.
//!
//! `sendfile` cannot be used: the HTTP library owns the socket and takes bytes. A small file is
//! read in one blocking task, a large one in pieces.

use super::text;
use axum::body::Body;
use axum::http::{HeaderMap, HeaderName, HeaderValue, Method, StatusCode, header};
use axum::response::Response;
use birdhouse_core::actions::delivery::Content;
use birdhouse_core::app::Shared;
use birdhouse_core::error::{Error, Result};
use birdhouse_domain::delivery::Delivery;
use birdhouse_domain::description::LocalizedDescription;
use birdhouse_domain::media::Media;
use birdhouse_processing::Format;
use birdhouse_processing::formats::is_inline_mime;
use bytes::Bytes;
use futures_util::stream;
use std::io;
use std::ops::Range;
use std::sync::Arc;
use tokio::task::{JoinHandle, spawn_blocking};

/// Method and headers of a request.
#[derive(Clone, Copy)]
pub(super) struct RequestHead<'a> {
    pub(super) method: &'a Method,
    pub(super) headers: &'a HeaderMap,
}

/// The part of a file that a `Range` header requests.
enum ByteRange {
    /// The whole file.
    Whole,
    /// These bytes.
    Part(Range<u64>),
    /// A range outside the file.
    Unsatisfiable,
}

/// Responds with the file, or with 304 if the client has it already.
pub(super) async fn respond(
    app: &Shared,
    delivery: &Delivery,
    head: RequestHead<'_>,
) -> Result<Response> {
    let embedded = delivery.embedded.clone();
    let (mut response, tag) = start(delivery, app.config.media_cache_seconds);
    let if_none_match = text(head.headers, header::IF_NONE_MATCH);
    if if_none_match
        .is_some_and(|tags| tags == "*" || tags.split(',').any(|t| t.trim().ends_with(&tag)))
    {
        *response.status_mut() = StatusCode::NOT_MODIFIED;
        return Ok(response);
    }
    let range = text(head.headers, header::RANGE)
        .filter(|_| text(head.headers, header::IF_RANGE).is_none_or(|range| range == tag))
        .map(str::to_owned);
    let cached = if embedded.is_empty() { Content::cached(app, &delivery.file) } else { None };
    if let Some(content) = cached {
        let range = resolve_range(range.as_deref(), content.length());
        let Some(range) = set_range(&mut response, range, content.length()) else {
            return Ok(response);
        };
        if *head.method != Method::HEAD {
            let bytes = content.in_memory_range(&range).unwrap_or_default();
            *response.body_mut() = Body::from(bytes);
        }
        return Ok(response);
    }
    let (app, file) = (app.clone(), delivery.file.clone());
    let opening = spawn_blocking(move || {
        let content = Content::open(&app, &file, &embedded)?;
        let range = resolve_range(range.as_deref(), content.length());
        let first = match &range {
            ByteRange::Unsatisfiable => Bytes::new(),
            ByteRange::Part(range) => content.first_of(range)?,
            ByteRange::Whole => content.first_of(&(0..content.length()))?,
        };
        Ok::<_, io::Error>((content, range, first))
    });
    let (content, range, first) = opening.await.map_err(Error::from)??;
    let Some(range) = set_range(&mut response, range, content.length()) else {
        return Ok(response);
    };
    if *head.method != Method::HEAD {
        let rest = range.start + first.len() as u64..range.end;
        *response.body_mut() = if rest.is_empty() {
            Body::from(first)
        } else {
            Body::from_stream(pieces(first, content, rest))
        };
    }
    Ok(response)
}

/// A response without a body, and the entity tag of the file.
fn start(delivery: &Delivery, cache_seconds: u32) -> (Response, String) {
    let Delivery { media, file, embedded, .. } = delivery;
    let tag = if embedded.is_empty() {
        format!("\"{}\"", file.tag)
    } else {
        format!("\"{}-{}\"", file.tag, digest(embedded))
    };
    let mut response = Response::new(Body::empty());
    harden(response.headers_mut(), &file.mime);
    // Alt text and subtitles may change, and the file with them.
    let is_immutable = embedded.is_empty() && file.mime != Format::WebVtt.mime();
    let cache = if is_immutable {
        long_cache_control(media, cache_seconds)
    } else {
        short_cache_control(media).to_owned()
    };
    set(&mut response, header::CACHE_CONTROL, &cache);
    set(&mut response, header::ACCEPT_RANGES, "bytes");
    set(&mut response, header::ETAG, &tag);
    (response, tag)
}

/// Distinguishes the descriptions that a file was served with.
fn digest(embedded: &[LocalizedDescription]) -> String {
    let mut hash = blake3::Hasher::new();
    for LocalizedDescription { lang, description } in embedded {
        for text in [Some(lang.as_str()), description.alt_text(), description.extended()] {
            hash.update(text.unwrap_or_default().as_bytes()).update(b"\0");
        }
    }
    hash.finalize().to_hex()[..16].to_owned()
}

/// Sets the headers of a range; `None` if there is nothing to send.
fn set_range(response: &mut Response, range: ByteRange, length: u64) -> Option<Range<u64>> {
    let range = match range {
        ByteRange::Whole => 0..length,
        ByteRange::Unsatisfiable => {
            *response.status_mut() = StatusCode::RANGE_NOT_SATISFIABLE;
            set(response, header::CONTENT_RANGE, &format!("bytes */{length}"));
            return None;
        }
        ByteRange::Part(range) => {
            *response.status_mut() = StatusCode::PARTIAL_CONTENT;
            let value = format!("bytes {}-{}/{length}", range.start, range.end - 1);
            set(response, header::CONTENT_RANGE, &value);
            range
        }
    };
    set(response, header::CONTENT_LENGTH, &(range.end - range.start).to_string());
    Some(range)
}

/// A piece that is being read.
struct PendingRead {
    task: JoinHandle<io::Result<Bytes>>,
    end: u64,
}

/// The first piece, then the rest from blocking tasks: each piece is read while the previous one is
/// sent.
fn pieces(
    first: Bytes,
    content: Content,
    rest: Range<u64>,
) -> impl futures_util::Stream<Item = io::Result<Bytes>> + Send {
    let content = Arc::new(content);
    let read = move |at: u64| -> Option<PendingRead> {
        let (part, source) = (content.chunk_from(at, rest.end), content.clone());
        let end = part.end;
        (at < rest.end)
            .then(|| PendingRead { task: spawn_blocking(move || source.read(&part)), end })
    };
    let state = (Some(first), read(rest.start));
    stream::try_unfold(state, move |(first, pending)| {
        let read = read.clone();
        async move {
            if let Some(first) = first {
                return Ok(Some((first, (None, pending))));
            }
            let Some(PendingRead { task, end }) = pending else { return Ok(None) };
            let piece = task.await.map_err(io::Error::other)??;
            Ok(Some((piece, (None, read(end)))))
        }
    })
}

/// Headers that prevent execution: a fixed content type without sniffing, no scripts, no frames.
pub(super) fn harden(headers: &mut HeaderMap, mime: &str) {
    let is_inline = is_inline_mime(mime);
    let mime = if is_inline { mime } else { "application/octet-stream" };
    let all = [
        (header::CONTENT_TYPE, mime),
        (header::CONTENT_DISPOSITION, if is_inline { "inline" } else { "attachment" }),
        (header::CONTENT_SECURITY_POLICY, "default-src 'none'; sandbox"),
        (header::X_CONTENT_TYPE_OPTIONS, "nosniff"),
        // Pages of other hosts embed the images of a Tweet.
        (header::ACCESS_CONTROL_ALLOW_ORIGIN, "*"),
    ];
    for (name, value) in all {
        if let Ok(value) = HeaderValue::from_str(value) {
            headers.insert(name, value);
        }
    }
}

/// `Cache-Control` of files that may change while they are in a Tweet.
pub(super) fn short_cache_control(media: &Media) -> &'static str {
    match media.expires_at {
        Some(_) => "private, no-store",
        None => "public, max-age=60",
    }
}

/// `Cache-Control` of other files, which never change but may be deleted; media in no Tweet are
/// private.
fn long_cache_control(media: &Media, seconds: u32) -> String {
    match (media.expires_at, seconds) {
        (Some(_), _) => "private, no-store".to_owned(),
        (None, 0) => "public, no-cache".to_owned(),
        (None, seconds) => format!("public, max-age={seconds}"),
    }
}

fn set(response: &mut Response, name: HeaderName, value: &str) {
    if let Ok(value) = HeaderValue::from_str(value) {
        response.headers_mut().insert(name, value);
    }
}

/// Reads a single range; anything else is ignored, also one that ends before it starts
/// (RFC 9110, sections 14.1.1 and 14.2).
fn resolve_range(header: Option<&str>, length: u64) -> ByteRange {
    let Some(range) = header.and_then(|text| parse_range(text, length)) else {
        return ByteRange::Whole;
    };
    if range.start < range.end { ByteRange::Part(range) } else { ByteRange::Unsatisfiable }
}

fn parse_range(text: &str, length: u64) -> Option<Range<u64>> {
    let (first, last) = text.strip_prefix("bytes=")?.split_once('-')?;
    if text.contains(',') {
        return None;
    }
    Some(match (first.trim(), last.trim()) {
        ("", suffix) => length.saturating_sub(suffix.parse().ok()?)..length,
        (first, "") => first.parse().ok()?..length,
        (first, last) => {
            let (first, last): (u64, u64) = (first.parse().ok()?, last.parse().ok()?);
            if last < first {
                return None;
            }
            first..last.saturating_add(1).min(length)
        }
    })
}
