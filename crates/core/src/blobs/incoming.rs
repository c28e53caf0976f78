//! A blob that is being received.

use super::disk::Disk;
use crate::error::Result;
use crate::memory::shares::Share;
use birdhouse_domain::Fault;
use std::fs::{File, OpenOptions};
use std::io::{self, Read, Write};
use std::path::{Path, PathBuf};
use tokio::task::{JoinHandle, spawn_blocking};

/// Bytes buffered before a write: enough to be worth a blocking thread, and few enough for hundreds
/// of concurrent uploads.
const BUFFER_BYTES: usize = 256 * 1024;

/// A write on a blocking thread; it returns the file and the emptied buffer.
type Writing = JoinHandle<io::Result<(File, Vec<u8>)>>;

/// A blob that is being received. If it is dropped before [`Incoming::commit`], it is deleted.
#[derive(Debug)]
pub struct Incoming {
    disk: Disk,
    path: PathBuf,
    limit: u64,
    bytes: u64,
    first: Vec<u8>,
    buffer: Vec<u8>,
    file: Option<File>,
    /// The write in progress.
    writing: Option<Writing>,
    /// Whether the file exists and must be removed if this is dropped.
    exists: bool,
    /// Its sender's share of what may be received at a time, if it is counted.
    room: Option<Share>,
}

impl Incoming {
    pub(super) fn new(disk: Disk, limit: u64) -> Self {
        Self {
            path: disk.incoming_path("part"),
            disk,
            limit,
            bytes: 0,
            first: Vec::new(),
            buffer: Vec::new(),
            file: None,
            writing: None,
            exists: false,
            room: None,
        }
    }

    /// Has what is written to the disk counted in this share, in KiB.
    pub(crate) fn counted_in(mut self, room: Share) -> Self {
        self.room = Some(room);
        self
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
        if self.room.as_mut().is_some_and(|room| !room.grow(BUFFER_BYTES / 1024)) {
            return Err(Fault::Overloaded.into());
        }
        let (file, spare) = self.finish_write().await?;
        let full = std::mem::replace(&mut self.buffer, spare);
        let path = self.path.clone();
        self.exists = true;
        self.writing = Some(spawn_blocking(move || {
            let mut file = match file {
                Some(file) => file,
                None => create(&path)?,
            };
            file.write_all(&full)?;
            let mut spare = full;
            spare.clear();
            Ok((file, spare))
        }));
        Ok(())
    }

    async fn finish_write(&mut self) -> Result<(Option<File>, Vec<u8>)> {
        let Some(writing) = self.writing.take() else {
            return Ok((self.file.take(), Vec::new()));
        };
        let (file, spare) = writing.await??;
        Ok((Some(file), spare))
    }

    /// Appends whole blobs, copied inside the kernel.
    pub async fn append_blobs(&mut self, names: Vec<String>) -> Result<()> {
        let (file, _) = self.finish_write().await?;
        let (path, disk) = (self.path.clone(), self.disk.clone());
        self.exists = true;
        let (file, bytes, first) = spawn_blocking(move || -> io::Result<_> {
            let mut file = match file {
                Some(file) => file,
                None => create(&path)?,
            };
            let mut bytes = 0;
            for name in names {
                bytes += io::copy(&mut disk.open_file(&name)?, &mut file)?;
            }
            let mut first = Vec::new();
            let needed = birdhouse_processing::formats::SNIFF_BYTES as u64;
            File::open(&path)?.take(needed).read_to_end(&mut first)?;
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
    pub async fn commit<T, F>(mut self, name: String, inspect: F) -> Result<T>
    where
        T: Send + 'static,
        F: FnOnce(&Path) -> Result<T> + Send + 'static,
    {
        let (file, _) = self.finish_write().await?;
        let rest = std::mem::take(&mut self.buffer);
        let (path, disk) = (self.path.clone(), self.disk.clone());
        self.exists = true;
        let done = spawn_blocking(move || {
            let mut file = match file {
                Some(file) => file,
                None => create(&path)?,
            };
            file.write_all(&rest)?;
            drop(file);
            let inspected = inspect(&path)?;
            File::open(&path)?.sync_data()?;
            disk.place(&path, &name)?;
            Ok(inspected)
        })
        .await?;
        self.exists = done.is_err();
        done
    }
}

/// Where an inspection writes what replaces a file that is being received.
pub(crate) fn draft_of(path: &Path) -> PathBuf {
    path.with_extension("draft")
}

fn create(path: &Path) -> io::Result<File> {
    OpenOptions::new().write(true).create_new(true).open(path)
}

impl Drop for Incoming {
    fn drop(&mut self) {
        if !self.exists {
            return;
        }
        let (path, writing) = (std::mem::take(&mut self.path), self.writing.take());
        let disk = self.disk.clone();
        let remove = move || {
            disk.discard(draft_of(&path));
            disk.discard(path);
        };
        match tokio::runtime::Handle::try_current() {
            Ok(runtime) => {
                runtime.spawn(async move {
                    if let Some(writing) = writing {
                        drop(writing.await);
                    }
                    drop(spawn_blocking(remove).await);
                });
            }
            Err(_) => remove(),
        }
    }
}
