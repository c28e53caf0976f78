//! What a request carries. A file is streamed, piece by piece, however large it is.

use crate::progress::Progress;
use birdhouse_oauth::params::Params;
use bytes::Bytes;
use futures_util::stream::{self, StreamExt};
use serde_json::Value;
use std::fs::File;
use std::io;
use std::os::unix::fs::FileExt;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

/// Bytes of a file that are in memory at a time, for each request.
const PIECE_BYTES: u64 = 64 * 1024;
const BOUNDARY: &str = "birdhouse-Ox5mVn2bq7Rk";

/// A body.
pub enum Body<'a> {
    /// None.
    None,
    /// A urlencoded form; its signature covers it.
    Form(&'a Params),
    /// JSON.
    Json(&'a Value),
    /// Multipart, with a range of a file as the field `media`.
    File(FilePart),
}

/// A range of a file, and the fields before it.
#[derive(Clone)]
pub struct FilePart {
    /// Fields of the form.
    pub fields: Vec<(&'static str, String)>,
    /// The file.
    pub file: Arc<File>,
    /// Its first byte.
    pub from: u64,
    /// How many bytes.
    pub bytes: u64,
    /// Who is told of each piece.
    pub progress: Arc<dyn Progress>,
}

impl Body<'_> {
    /// Content type, length in bytes and the body itself; counts bytes of files as they are taken.
    pub(super) fn render(&self, sent: &Arc<AtomicU64>) -> Option<(String, u64, reqwest::Body)> {
        let whole = |kind: &str, text: String| {
            Some((kind.to_owned(), text.len() as u64, reqwest::Body::from(text)))
        };
        match self {
            Self::None => None,
            Self::Form(form) => whole("application/x-www-form-urlencoded", form.print()),
            Self::Json(value) => whole("application/json", value.to_string()),
            Self::File(part) => {
                let kind = format!("multipart/form-data; boundary={BOUNDARY}");
                let (length, body) = part.stream(sent.clone());
                Some((kind, length, body))
            }
        }
    }
}

impl FilePart {
    fn stream(&self, sent: Arc<AtomicU64>) -> (u64, reqwest::Body) {
        let field = |(name, value): &(&str, String)| {
            format!(
                "--{BOUNDARY}\r\nContent-Disposition: form-data; name=\"{name}\"\r\n\r\n{value}\r\n"
            )
        };
        let fields: String = self.fields.iter().map(field).collect();
        let head = format!(
            "{fields}--{BOUNDARY}\r\nContent-Disposition: form-data; name=\"media\"; \
             filename=\"media\"\r\nContent-Type: application/octet-stream\r\n\r\n"
        );
        let tail = format!("\r\n--{BOUNDARY}--\r\n");
        let length = head.len() as u64 + self.bytes + tail.len() as u64;
        let once = |text: String| stream::iter([Ok::<_, io::Error>(Bytes::from(text))]);
        let all = once(head).chain(self.pieces(sent)).chain(once(tail));
        (length, reqwest::Body::wrap_stream(all))
    }

    /// The range, in pieces.
    fn pieces(
        &self,
        sent: Arc<AtomicU64>,
    ) -> impl stream::Stream<Item = io::Result<Bytes>> + Send + 'static {
        let (end, part) = (self.from + self.bytes, self.clone());
        stream::unfold((self.from, part, sent), move |(at, part, sent)| async move {
            let size = PIECE_BYTES.min(end - at);
            if size == 0 {
                return None;
            }
            let file = part.file.clone();
            let read = tokio::task::spawn_blocking(move || read_at(&file, at, size)).await;
            let read = read.unwrap_or_else(|error| Err(io::Error::other(error)));
            if read.is_ok() {
                sent.fetch_add(size, Ordering::Relaxed);
                part.progress.sent(size);
            }
            Some((read, (at + size, part, sent)))
        })
    }
}

fn read_at(file: &File, at: u64, size: u64) -> io::Result<Bytes> {
    let mut piece = vec![0; usize::try_from(size).map_err(io::Error::other)?];
    file.read_exact_at(&mut piece, at)?;
    Ok(Bytes::from(piece))
}
