//! A blob that is being received.

use super::disk::Disk;
use super::unfinished::{NewBlob, Unfinished};
use crate::error::Result;
use crate::memory::shares::Share;
use birdhouse_domain::Fault;
use std::io::{self, Write};
use tokio::runtime::Handle;
use tokio::task::{JoinHandle, spawn_blocking};

/// Bytes buffered before a write: enough to be worth a blocking thread, and few enough for hundreds
/// of concurrent uploads.
const BUFFER_BYTES: usize = 256 * 1024;

/// A write on a blocking thread; it returns the file and the emptied buffer.
type Writing = JoinHandle<io::Result<(Unfinished, Vec<u8>)>>;

/// A blob that is being received. If it is dropped before `commit`, it is deleted.
#[derive(Debug)]
pub struct Incoming {
    disk: Disk,
    name: String,
    limit: u64,
    bytes: u64,
    first: Vec<u8>,
    buffer: Vec<u8>,
    file: Option<Unfinished>,
    /// The write in progress.
    writing: Option<Writing>,
    /// Its sender's share of what may be received at a time in KiB, if it is counted; and how much of it
    /// is used.
    room: Option<Share>,
    used: usize,
}

impl Incoming {
    pub(super) fn new(disk: Disk, name: String, limit: u64) -> Self {
        Self {
            disk,
            name,
            limit,
            bytes: 0,
            first: Vec::new(),
            buffer: Vec::new(),
            file: None,
            writing: None,
            room: None,
            used: 0,
        }
    }

    /// Has what is written to the disk counted in this share, in KiB.
    pub(crate) fn counted_in(mut self, room: Share) -> Self {
        self.room = Some(room);
        self
    }

    /// Gives back the room that it does not need, once it is received.
    pub fn give_back_room(&mut self) {
        if let Some(room) = &mut self.room {
            room.shrink_to(self.used);
        }
    }

    /// The name that the blob will have.
    pub(crate) fn name(&self) -> &str {
        &self.name
    }

    /// Bytes received.
    pub fn len(&self) -> u64 {
        self.bytes
    }

    /// Whether no byte was received.
    pub fn is_empty(&self) -> bool {
        self.bytes == 0
    }

    /// The first bytes, enough to detect the format.
    pub fn first(&self) -> &[u8] {
        &self.first
    }

    /// Adds bytes. Over the limit: [`Fault::FileTooLarge`]; over the sender's share of what may be
    /// received at a time: [`Fault::Overloaded`].
    pub async fn write(&mut self, mut bytes: &[u8]) -> Result<()> {
        self.bytes += bytes.len() as u64;
        if self.bytes > self.limit {
            return Err(Fault::FileTooLarge { limit: self.limit }.into());
        }
        let missing = birdhouse_processing::formats::SNIFF_BYTES.saturating_sub(self.first.len());
        self.first.extend_from_slice(&bytes[..missing.min(bytes.len())]);
        while !bytes.is_empty() {
            let room = BUFFER_BYTES - self.buffer.len();
            let (now, later) = bytes.split_at(room.min(bytes.len()));
            self.buffer.extend_from_slice(now);
            bytes = later;
            if self.buffer.len() == BUFFER_BYTES {
                self.spill().await?;
            }
        }
        Ok(())
    }

    /// Starts to write the full buffer, once the previous write has ended.
    async fn spill(&mut self) -> Result<()> {
        self.used += BUFFER_BYTES / 1024;
        if self.room.as_mut().is_some_and(|room| !room.grow_to(self.used)) {
            return Err(Fault::Overloaded.into());
        }
        let (file, spare) = self.finish_write().await?;
        let full = std::mem::replace(&mut self.buffer, spare);
        let (disk, name) = (self.disk.clone(), self.name.clone());
        self.writing = Some(spawn_blocking(move || {
            let mut file = begun(file, &disk, &name)?;
            file.file().write_all(&full)?;
            let mut spare = full;
            spare.clear();
            Ok((file, spare))
        }));
        Ok(())
    }

    async fn finish_write(&mut self) -> Result<(Option<Unfinished>, Vec<u8>)> {
        let Some(writing) = self.writing.take() else {
            return Ok((self.file.take(), Vec::new()));
        };
        let (file, spare) = writing.await??;
        Ok((Some(file), spare))
    }

    /// Appends whole blobs with these names and lengths in bytes, copied inside the kernel. One that was
    /// lost or cut off is an error of the store.
    pub(crate) async fn append_blobs(&mut self, blobs: Vec<(String, u64)>) -> Result<()> {
        let (file, _) = self.finish_write().await?;
        let (disk, name) = (self.disk.clone(), self.name.clone());
        let (file, bytes, first) = spawn_blocking(move || -> io::Result<_> {
            let mut file = begun(file, &disk, &name)?;
            let mut bytes = 0;
            for (name, length) in blobs {
                disk.copy(&name, length, file.file())?;
                bytes += length;
            }
            let first = file.first(birdhouse_processing::formats::SNIFF_BYTES)?;
            Ok((file, bytes, first))
        })
        .await??;
        self.file = Some(file);
        self.bytes += bytes;
        self.first = first;
        Ok(())
    }

    /// Completes the blob: `inspect` reads the file, and may refuse or replace it; then it is flushed
    /// to the disk and gets its name. Durable when this returns `Ok`.
    pub(crate) async fn commit<T, F>(mut self, inspect: F) -> Result<(T, NewBlob)>
    where
        T: Send + 'static,
        F: FnOnce(&mut Unfinished) -> Result<T> + Send + 'static,
    {
        let (file, _) = self.finish_write().await?;
        let rest = std::mem::take(&mut self.buffer);
        let (disk, name) = (self.disk.clone(), self.name.clone());
        spawn_blocking(move || {
            let mut file = begun(file, &disk, &name)?;
            file.file().write_all(&rest)?;
            let inspected = inspect(&mut file)?;
            Ok((inspected, file.place()?))
        })
        .await?
    }
}

fn begun(file: Option<Unfinished>, disk: &Disk, name: &str) -> io::Result<Unfinished> {
    file.map_or_else(|| Unfinished::create(disk, name), Ok)
}

/// Removes the file, which blocks.
impl Drop for Incoming {
    fn drop(&mut self) {
        let (file, writing) = (self.file.take(), self.writing.take());
        if file.is_none() && writing.is_none() {
            return;
        }
        // Without a runtime nothing is waited for.
        if let Ok(runtime) = Handle::try_current() {
            runtime.spawn(async move {
                let written = match writing {
                    Some(writing) => Some(writing.await),
                    None => None,
                };
                drop(spawn_blocking(move || drop((file, written))).await);
            });
        }
    }
}
