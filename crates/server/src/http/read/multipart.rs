//! A multipart body, part by part. What is outside of the data of its parts (headers, and anything
//! before the first boundary) is short: the parser keeps it in memory, and searches all of it again
//! whenever more comes, which is therefore not little.

use super::body::LimitedBody;
use axum::body::Bytes;
use birdhouse_core::error::{Error, Result};
use birdhouse_domain::Fault;
use futures_util::{Stream, StreamExt, stream};
use multer::{Constraints, Field, Multipart, SizeLimit};
use std::pin::Pin;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::task::{Context, Poll, ready};
use tokio::sync::Mutex;

/// Bytes in a row without data of a part after which no more are read.
const OUTSIDE_MAX_BYTES: usize = 64 * 1024;
/// Shorter pieces are put together before the parser gets them: it searches for each.
const PIECE_MIN_BYTES: usize = 4 * 1024;
/// Maximum length of a boundary.
const BOUNDARY_MAX_BYTES: usize = 200;

/// The parts of a body.
pub(super) struct Parts {
    parser: Multipart<'static>,
    body: Arc<Mutex<LimitedBody>>,
    outside: Outside,
    /// Maximum bytes of a file, for refusals.
    file_limit: u64,
}

/// One part.
pub(super) struct Part {
    field: Field<'static>,
    outside: Outside,
    file_limit: u64,
}

/// Bytes that were read since data of a part, or a part, was last found.
#[derive(Clone, Debug, Default)]
struct Outside(Arc<AtomicUsize>);

impl Parts {
    /// The parts of `body`, which has at most `max_bytes`.
    pub(super) fn new(
        body: LimitedBody,
        boundary: &str,
        max_bytes: u64,
        file_limit: u64,
    ) -> Result<Self> {
        if boundary.is_empty() || boundary.len() > BOUNDARY_MAX_BYTES {
            return Err(Fault::BodyMalformed("the multipart boundary is missing").into());
        }
        let (body, outside) = (Arc::new(Mutex::new(body)), Outside::default());
        let pieces = stream::unfold(Some(body.clone()), |body| async move {
            let body = body?;
            let (piece, is_last) = match next_piece(&mut *body.lock().await).await {
                Ok((piece, true)) if piece.is_empty() => return None,
                Ok((piece, is_last)) => (Ok(piece), is_last),
                Err(_) => (Err(Aborted::Body), true),
            };
            Some((piece, (!is_last).then_some(body)))
        });
        let metered = Metered { stream: pieces.boxed(), outside: outside.clone(), rests: false };
        let size = SizeLimit::new().whole_stream(max_bytes);
        let constraints = Constraints::new().size_limit(size);
        let parser = Multipart::with_constraints(metered, boundary, constraints);
        Ok(Self { parser, body, outside, file_limit })
    }

    /// The next part; what was not read of the one before counts as outside of parts.
    pub(super) async fn next(&mut self) -> Result<Option<Part>> {
        let field = self.parser.next_field().await;
        let field = field.map_err(|error| refusal(&error, self.file_limit))?;
        self.outside.end();
        let (outside, file_limit) = (self.outside.clone(), self.file_limit);
        Ok(field.map(|field| Part { field, outside, file_limit }))
    }

    /// Discards the rest, so that a client that is still sending reads the error response.
    pub(super) async fn drain(self) {
        // It may be about to read, and then has the body.
        drop(self.parser);
        self.body.lock().await.drain().await;
    }
}

/// The next bytes of a body, few only at its end; and whether nothing comes after them.
async fn next_piece(body: &mut LimitedBody) -> Result<(Bytes, bool)> {
    let Some(first) = body.next().await? else { return Ok((Bytes::new(), true)) };
    if first.len() >= PIECE_MIN_BYTES {
        return Ok((first, false));
    }
    let mut piece = first.to_vec();
    while piece.len() < PIECE_MIN_BYTES {
        match body.next().await? {
            Some(more) => piece.extend_from_slice(&more),
            None => return Ok((piece.into(), true)),
        }
    }
    Ok((piece.into(), false))
}

impl Part {
    /// Its name; empty if it has none.
    pub(super) fn name(&self) -> String {
        self.field.name().unwrap_or_default().to_owned()
    }

    /// Whether it declares that its data are base64.
    pub(super) fn is_declared_base64(&self) -> bool {
        let encoding = self.field.headers().get("content-transfer-encoding");
        encoding
            .and_then(|value| value.to_str().ok())
            .is_some_and(|value| value.trim().eq_ignore_ascii_case("base64"))
    }

    /// The next bytes of its data; `None` at the end.
    pub(super) async fn chunk(&mut self) -> Result<Option<Bytes>> {
        let chunk = self.field.chunk().await;
        let chunk = chunk.map_err(|error| refusal(&error, self.file_limit))?;
        self.outside.end();
        Ok(chunk)
    }
}

impl Outside {
    /// Counts bytes; `false` if too many were read before.
    fn add(&self, bytes: usize) -> bool {
        self.0.fetch_add(bytes, Ordering::Relaxed) <= OUTSIDE_MAX_BYTES
    }

    fn end(&self) {
        self.0.store(0, Ordering::Relaxed);
    }
}

/// Why a body was not read on.
#[derive(Debug, thiserror::Error)]
enum Aborted {
    /// The client disconnected, stalled or was too slow.
    #[error("the request body was aborted")]
    Body,
    /// It is too long outside of its parts.
    #[error("too many bytes are outside of parts")]
    Outside,
}

/// A body that ends with an error once too much of it is outside of parts.
struct Metered<S> {
    stream: S,
    outside: Outside,
    /// Whether the parser is to parse what it has. Otherwise it reads on for as long as bytes are
    /// there, and they would count as outside although they are in a part.
    rests: bool,
}

impl<S> Stream for Metered<S>
where
    S: Stream<Item = std::result::Result<Bytes, Aborted>> + Unpin,
{
    type Item = std::result::Result<Bytes, Aborted>;

    fn poll_next(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Option<Self::Item>> {
        if std::mem::take(&mut self.rests) {
            context.waker().wake_by_ref();
            return Poll::Pending;
        }
        let next = ready!(self.stream.poll_next_unpin(context));
        Poll::Ready(match next {
            Some(Ok(bytes)) if self.outside.add(bytes.len()) => {
                self.rests = true;
                Some(Ok(bytes))
            }
            Some(Ok(_)) => Some(Err(Aborted::Outside)),
            other => other,
        })
    }
}

fn refusal(error: &multer::Error, file_limit: u64) -> Error {
    match error {
        multer::Error::StreamSizeExceeded { .. } => {
            Fault::FileTooLarge { limit: file_limit }.into()
        }
        multer::Error::StreamReadFailed(cause) => match cause.downcast_ref() {
            Some(Aborted::Outside) => {
                Fault::BodyMalformed("a part's headers, or what is before the parts, are too long")
                    .into()
            }
            Some(Aborted::Body) | None => Fault::BodyIncomplete.into(),
        },
        multer::Error::IncompleteStream
        | multer::Error::IncompleteFieldData { .. }
        | multer::Error::IncompleteHeaders => {
            Fault::BodyMalformed("the multipart body ends before its last boundary").into()
        }
        _ => Fault::BodyMalformed("it is not multipart").into(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use axum::body::Body;
    use birdhouse_core::host::clock::Clock;
    use std::time::Duration;

    /// A part's name, and its data.
    type Read = Vec<(String, Vec<u8>)>;

    /// Reads a body that arrives in pieces of this length; also returns how many bytes were taken.
    async fn read(body: &[u8], piece: usize) -> (Result<Read>, usize) {
        let taken = Arc::new(AtomicUsize::new(0));
        let (counter, pieces) = (taken.clone(), body.chunks(piece).map(<[u8]>::to_vec));
        let pieces = stream::iter(pieces.collect::<Vec<_>>()).map(move |piece| {
            counter.fetch_add(piece.len(), Ordering::Relaxed);
            Ok::<_, std::io::Error>(piece)
        });
        let body = Body::from_stream(pieces);
        let body = LimitedBody::within(Clock::at(0), Duration::from_secs(1), body);
        let mut parts = Parts::new(body, "xYzZY", u64::MAX, 1000).unwrap();
        let mut all = Vec::new();
        let outcome = async {
            while let Some(mut part) = parts.next().await? {
                let mut data = Vec::new();
                while let Some(bytes) = part.chunk().await? {
                    data.extend_from_slice(&bytes);
                }
                all.push((part.name(), data));
            }
            Ok(())
        };
        let outcome = outcome.await;
        (outcome.map(|()| all), taken.load(Ordering::Relaxed))
    }

    fn part(header: &str, data: &[u8]) -> Vec<u8> {
        [b"--xYzZY\r\n", header.as_bytes(), b"\r\n\r\n", data, b"\r\n"].concat()
    }

    const HEADER: &str = "Content-Disposition: form-data; name=\"media\"";
    const END: &[u8] = b"--xYzZY--\r\n";

    #[tokio::test]
    async fn headers_and_preambles_are_read_within_a_bound_and_no_further() {
        let long = "a".repeat(1 << 20);
        let bodies = [
            part(&format!("{HEADER}; filename=\"{long}\""), b"x"),
            part(&format!("{HEADER}\r\nContent-Type: image/{long}"), b"x"),
            [long.as_bytes(), b"\r\n", &part(HEADER, b"x")].concat(),
            // Padding of a boundary, and the headers of a later part.
            [b"--xYzZY", " ".repeat(1 << 20).as_bytes(), b"\r\n"].concat(),
            [part(HEADER, &vec![b'x'; 1 << 20]), part(&format!("X: {long}"), b"x")].concat(),
        ];
        for (at, body) in bodies.iter().enumerate() {
            for piece in [1000, 8192, 100_000] {
                let (outcome, taken) = read(&[body, END].concat(), piece).await;
                let Err(Error::Refused(Fault::BodyMalformed(why))) = outcome else {
                    panic!("{at}, {piece}: {outcome:?}");
                };
                assert!(why.contains("too long"), "{at}, {piece}: {why}");
                let data = if at == 4 { 1 << 20 } else { 0 };
                assert!(
                    taken <= data + OUTSIDE_MAX_BYTES + 3 * (piece + PIECE_MIN_BYTES),
                    "{at}, {piece}: {taken}"
                );
            }
        }
    }

    #[tokio::test]
    async fn data_of_parts_are_no_matter_how_they_arrive() {
        // Longer than what may be outside, and full of what begins like a boundary.
        let data = b"\r\n--xYzZ\r\r\n-".repeat(20_000);
        let long = "a".repeat(60_000);
        let header = format!("{HEADER}; filename=\"{long}\"");
        let body = [
            b"preamble\r\n".to_vec(),
            part(&header, &data),
            part(HEADER, b""),
            part(&header, b"short"),
            END.to_vec(),
        ];
        let body = body.concat();
        let name = || "media".to_owned();
        let expected = vec![(name(), data), (name(), Vec::new()), (name(), b"short".to_vec())];
        for piece in [7, 64, 1001, 8192, 65_537, usize::MAX] {
            let (outcome, _) = read(&body, piece).await;
            assert_eq!(outcome.unwrap(), expected, "pieces of {piece}");
        }
    }

    #[tokio::test]
    async fn the_parser_gets_no_single_bytes() {
        let bytes = stream::iter(0..10_000).map(|_| Ok::<_, std::io::Error>("x"));
        let idle = Duration::from_secs(1);
        let mut body = LimitedBody::within(Clock::at(0), idle, Body::from_stream(bytes));
        let mut lengths = Vec::new();
        loop {
            let (piece, is_last) = next_piece(&mut body).await.unwrap();
            lengths.push(piece.len());
            if is_last {
                break;
            }
        }
        assert_eq!(lengths, [PIECE_MIN_BYTES, PIECE_MIN_BYTES, 10_000 - 2 * PIECE_MIN_BYTES]);
    }

    #[tokio::test]
    async fn each_way_to_split_a_body_gives_the_same_parts() {
        let body = [part(HEADER, b"a\r\n--xYzZb"), part(HEADER, b""), END.to_vec()].concat();
        let expected =
            vec![("media".to_owned(), b"a\r\n--xYzZb".to_vec()), ("media".to_owned(), Vec::new())];
        for piece in 1..=body.len() {
            assert_eq!(read(&body, piece).await.0.unwrap(), expected, "pieces of {piece}");
        }
    }
}
