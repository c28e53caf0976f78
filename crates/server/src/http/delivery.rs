//! `GET /media/<key>.<ext>`: the bytes of a media, with headers that keep a browser from running
//! anything.

use super::call::{Call, FormLimit};
use crate::actions;
use crate::app::Shared;
use crate::auth::Caller;
use crate::error::Error;
use axum::Router;
use axum::body::Body;
use axum::extract::{Path, Request, State};
use axum::http::{HeaderMap, HeaderValue, Method, StatusCode, header};
use axum::response::{IntoResponse, Response};
use axum::routing::get;
use birdhouse_domain::Fault;
use birdhouse_domain::media::Media;
use bytes::Bytes;
use futures_util::stream;
use std::fs::File;
use std::io::{Read, Seek, SeekFrom};
use std::sync::{Arc, OnceLock};
use tokio::task::spawn_blocking;

/// Bytes read at a time.
const PIECE: u64 = 256 * 1024;

/// Paths of this module.
pub fn routes() -> Router<Shared> {
    Router::new().route("/media/{name}", get(deliver))
}

/// Where a media's bytes are delivered.
pub fn url(media: &Media, public_url: &str) -> String {
    format!("{public_url}/media/{}.{}", media.public_key, extension(&media.mime))
}

/// The extension of a delivery URL, told by the content type.
pub fn extension(mime: &str) -> &'static str {
    match mime {
        "image/png" => "png",
        "image/gif" => "gif",
        "image/webp" => "webp",
        "video/mp4" => "mp4",
        "video/quicktime" => "mov",
        "image/jpeg" => "jpg",
        _ => "bin",
    }
}

async fn deliver(
    State(app): State<Shared>,
    Path(name): Path<String>,
    request: Request,
) -> Response {
    match find(&app, &name, request).await {
        Ok(response) => response,
        Err(Error::Refused(_)) => (StatusCode::NOT_FOUND, "not found\n").into_response(),
        Err(Error::Broken(cause)) => {
            tracing::error!(cause = format!("{cause:#}"), "delivery failed");
            (StatusCode::INTERNAL_SERVER_ERROR, "internal error\n").into_response()
        }
    }
}

async fn find(app: &Shared, name: &str, request: Request) -> crate::error::Result<Response> {
    let (key, wanted) = name.rsplit_once('.').unwrap_or((name, ""));
    let (headers, method) = (request.headers().clone(), request.method().clone());
    let caller = caller(app, request).await;
    let media = actions::delivery::find(app, caller.as_ref(), key).await?;
    if !wanted.is_empty() && wanted != extension(&media.mime) {
        return Err(Fault::MediaNotFound.into());
    }
    let (blobs, blob) = (app.blobs.clone(), media.blob.clone());
    let opened = spawn_blocking(move || {
        let file = blobs.open_file(&blob)?;
        let length = file.metadata()?.len();
        Ok::<_, std::io::Error>((file, length))
    });
    let (file, length) = opened.await.map_err(|e| Error::Broken(e.into()))??;
    Ok(respond(&media, file, length, (&method, &headers)))
}

/// Who asks, if the request is signed; unattached media are their owner's only.
async fn caller(app: &Shared, request: Request) -> Option<Caller> {
    request.headers().get(header::AUTHORIZATION)?;
    let standing = Arc::new(OnceLock::new());
    Call::read(app, request, FormLimit(0), standing).await.ok().map(|call| call.caller)
}

fn respond(
    media: &Media,
    file: File,
    length: u64,
    (method, headers): (&Method, &HeaderMap),
) -> Response {
    let tag = format!("\"{}\"", media.public_key);
    let mut response = Response::new(Body::empty());
    safe_headers(response.headers_mut(), media, &tag);
    let text = |name| headers.get(name).and_then(|v: &HeaderValue| v.to_str().ok());
    let known = text(header::IF_NONE_MATCH);
    if known.is_some_and(|k| k == "*" || k.split(',').any(|one| one.trim().ends_with(&tag))) {
        *response.status_mut() = StatusCode::NOT_MODIFIED;
        return response;
    }
    let is_current = text(header::IF_RANGE).is_none_or(|range| range == tag);
    let range = text(header::RANGE).filter(|_| is_current).and_then(|r| byte_range(r, length));
    let (start, end) = match range {
        None => (0, length),
        Some(None) => {
            *response.status_mut() = StatusCode::RANGE_NOT_SATISFIABLE;
            insert(&mut response, header::CONTENT_RANGE, format!("bytes */{length}"));
            return response;
        }
        Some(Some((start, end))) => {
            *response.status_mut() = StatusCode::PARTIAL_CONTENT;
            let value = format!("bytes {start}-{}/{length}", end - 1);
            insert(&mut response, header::CONTENT_RANGE, value);
            (start, end)
        }
    };
    insert(&mut response, header::CONTENT_LENGTH, (end - start).to_string());
    if *method != Method::HEAD {
        *response.body_mut() = Body::from_stream(pieces(file, start, end));
    }
    response
}

fn insert(response: &mut Response, name: header::HeaderName, value: String) {
    if let Ok(value) = HeaderValue::from_str(&value) {
        response.headers_mut().insert(name, value);
    }
}

/// A single range as start and end (exclusive); `None` for what is to be ignored, `Some(None)`
/// for one that lies outside.
#[expect(clippy::option_option, reason = "absent and unsatisfiable are answered differently")]
fn byte_range(text: &str, length: u64) -> Option<Option<(u64, u64)>> {
    let (first, last) = text.strip_prefix("bytes=")?.split_once('-')?;
    if text.contains(',') {
        return None;
    }
    let (start, end) = match (first.trim(), last.trim()) {
        ("", suffix) => (length.saturating_sub(suffix.parse().ok()?), length),
        (first, "") => (first.parse().ok()?, length),
        (first, last) => {
            (first.parse().ok()?, last.parse::<u64>().ok()?.saturating_add(1).min(length))
        }
    };
    Some((start < end).then_some((start, end)))
}

fn safe_headers(headers: &mut HeaderMap, media: &Media, tag: &str) {
    let is_shown = matches!(
        media.mime.as_str(),
        "image/jpeg" | "image/png" | "image/gif" | "image/webp" | "video/mp4" | "video/quicktime"
    );
    let mime = if is_shown { media.mime.as_str() } else { "application/octet-stream" };
    let disposition = if is_shown { "inline" } else { "attachment" };
    let cache = match media.expires_at {
        Some(_) => "private, no-store",
        None => "public, max-age=31536000, immutable",
    };
    let all = [
        (header::CONTENT_TYPE, mime),
        (header::CONTENT_DISPOSITION, disposition),
        (header::CONTENT_SECURITY_POLICY, "default-src 'none'; sandbox"),
        (header::CACHE_CONTROL, cache),
        (header::ACCEPT_RANGES, "bytes"),
        (header::ETAG, tag),
    ];
    for (name, value) in all {
        if let Ok(value) = HeaderValue::from_str(value) {
            headers.insert(name, value);
        }
    }
}

/// Reads a part of a file piece by piece, on blocking threads.
fn pieces(
    file: File,
    start: u64,
    end: u64,
) -> impl futures_util::Stream<Item = std::io::Result<Bytes>> + Send {
    stream::try_unfold((file, start), move |(mut file, at)| async move {
        if at >= end {
            return Ok(None);
        }
        let read = spawn_blocking(move || {
            let mut piece = Vec::new();
            file.seek(SeekFrom::Start(at))?;
            file.by_ref().take(PIECE.min(end - at)).read_to_end(&mut piece)?;
            if piece.is_empty() {
                return Err(std::io::Error::from(std::io::ErrorKind::UnexpectedEof));
            }
            Ok((file, piece))
        });
        let (file, piece) = read.await.map_err(std::io::Error::other)??;
        let next = at + piece.len() as u64;
        Ok(Some((Bytes::from(piece), (file, next))))
    })
}
