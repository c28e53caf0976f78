//! The content of a delivered file: from memory, or from the blob store, with the alt text embedded
//! if requested.

use crate::app::App;
use crate::blobs::BlobFile;
use crate::memory::buffers::BufferPool;
use crate::memory::delivered::FILE_MAX;
use birdhouse_domain::delivery::Deliverable;
use birdhouse_domain::description::LocalizedDescription;
use birdhouse_processing::alt_text::{self, ImageHead};
use birdhouse_processing::{Edit, Format};
use bytes::Bytes;
use std::io;
use std::ops::Range;
use std::sync::Arc;

/// A part of the content.
enum Part {
    File(Range<u64>),
    Bytes(Vec<u8>),
}

/// Where the bytes come from.
enum ByteSource {
    Blob(BlobFile, Arc<BufferPool>),
    Memory(Bytes),
}

/// The bytes of a delivered file.
pub struct Content {
    source: ByteSource,
    parts: Vec<Part>,
    length: u64,
}

impl Content {
    /// The cached content of a small, recently delivered file.
    pub fn cached(app: &App, file: &Deliverable) -> Option<Self> {
        app.memory.delivered.file(&file.blob).map(Self::in_memory)
    }

    /// Opens a file, with descriptions embedded if the format supports it. Blocks.
    pub fn open(
        app: &App,
        file: &Deliverable,
        embedded: &[LocalizedDescription],
    ) -> io::Result<Self> {
        open(app, file, embedded)
    }

    /// Its length in bytes.
    pub fn length(&self) -> u64 {
        self.length
    }

    /// The bytes of a range, if they are in memory.
    pub fn in_memory_range(&self, range: &Range<u64>) -> Option<Bytes> {
        match &self.source {
            ByteSource::Memory(bytes) => Some(slice(bytes, range)),
            ByteSource::Blob(..) => None,
        }
    }

    /// The first chunk of a range. Blocks.
    pub fn first_of(&self, range: &Range<u64>) -> io::Result<Bytes> {
        self.read(&self.chunk_from(range.start, range.end))
    }

    /// The range of the chunk that starts at `at`, ending at most at `end`.
    pub fn chunk_from(&self, at: u64, end: u64) -> Range<u64> {
        at..match &self.source {
            ByteSource::Blob(_, buffers) => end.min(at + buffers.piece_bytes() as u64),
            ByteSource::Memory(_) => end,
        }
    }

    /// The bytes of a range. Blocks.
    pub fn read(&self, range: &Range<u64>) -> io::Result<Bytes> {
        read(self, range)
    }
}

fn slice(bytes: &Bytes, range: &Range<u64>) -> Bytes {
    let index = |at: u64| usize::try_from(at).unwrap_or(usize::MAX).min(bytes.len());
    bytes.slice(index(range.start)..index(range.end))
}

fn open(app: &App, found: &Deliverable, embedded: &[LocalizedDescription]) -> io::Result<Content> {
    let (file, length) = (app.blobs.open_blob(&found.blob, found.bytes)?, found.bytes);
    let buffers = app.memory.buffers.clone();
    let whole = vec![Part::File(0..length)];
    let format = Format::from_mime(&found.mime).filter(|_| !embedded.is_empty());
    let Some(format) = format else {
        if length > FILE_MAX {
            return Ok(Content { source: ByteSource::Blob(file, buffers), parts: whole, length });
        }
        let mut bytes = vec![0; usize::try_from(length).map_err(io::Error::other)?];
        file.read_exact_at(&mut bytes, 0)?;
        let bytes = Bytes::from(bytes);
        app.memory.delivered.keep_file(found.blob.clone(), bytes.clone());
        return Ok(Content::in_memory(bytes));
    };
    let mut first = [0; alt_text::HEAD_BYTES];
    let seen = file.read_at(&mut first, 0)?;
    let (width, height) = found.size;
    let head = ImageHead { first: &first[..seen], length, width, height };
    let edits = alt_text::edits(format, &head, embedded);
    let parts = spliced(length, edits);
    let length = parts.iter().map(Part::len).sum();
    Ok(Content { source: ByteSource::Blob(file, buffers), parts, length })
}

fn spliced(length: u64, edits: Vec<Edit>) -> Vec<Part> {
    let (mut parts, mut at) = (Vec::new(), 0);
    for Edit { range, replacement } in edits {
        parts.extend([Part::File(at..range.start), Part::Bytes(replacement)]);
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
        Self { source: ByteSource::Memory(bytes), parts: vec![Part::File(0..length)], length }
    }
}

fn read(content: &Content, range: &Range<u64>) -> io::Result<Bytes> {
    let (start, end) = (range.start, range.end);
    let (file, buffers) = match &content.source {
        ByteSource::Blob(file, buffers) => (file, buffers),
        ByteSource::Memory(bytes) => return Ok(slice(bytes, &(start..end))),
    };
    let length = usize::try_from(end - start).map_err(io::Error::other)?;
    let mut buffer = buffers.take(length);
    let out = buffer.bytes_mut();
    let (mut at, mut filled) = (0, 0);
    for part in &content.parts {
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
        // The rest of the buffer still has the content of an earlier request.
        return Err(io::ErrorKind::UnexpectedEof.into());
    }
    Ok(buffer.into_bytes())
}
