//! Bytes on disk: streamed in, durable and complete before anyone can name them, streamed out.
//!
//! A blob is written to a temporary file, flushed to the disk, renamed, and its directory
//! flushed. Whoever holds its name after [`Incoming::commit`] holds it after a power cut.
//! Names are ours; no user's string becomes a path.

mod incoming;

pub use incoming::Incoming;

use crate::clock;
use crate::store::blobs::NewBlob;
use std::fs::{self, File};
use std::io::{self, Read, Write};
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

/// Folders that blobs are spread over, so that none grows too long.
const SHARDS: u64 = 64;

/// The blob store.
#[derive(Clone, Debug)]
pub struct Blobs {
    inner: Arc<Inner>,
}

#[derive(Debug)]
struct Inner {
    root: PathBuf,
    incoming: PathBuf,
    counter: AtomicU64,
}

impl Blobs {
    /// Opens the store in `root`, making its folders on first use.
    pub fn open(root: &Path) -> io::Result<Self> {
        let incoming = root.join("incoming");
        if !incoming.exists() {
            for shard in 0..SHARDS {
                fs::create_dir_all(root.join(format!("{shard:02x}")))?;
            }
            fs::create_dir_all(&incoming)?;
            sync_dir(root)?;
            if let Some(parent) = root.parent() {
                sync_dir(parent)?;
            }
        }
        let inner = Inner { root: root.to_owned(), incoming, counter: AtomicU64::new(0) };
        Ok(Self { inner: Arc::new(inner) })
    }

    /// Removes what interrupted uploads left behind; nothing names it. Only for the one server
    /// that owns the store, when it starts.
    pub fn clear_incoming(&self) -> io::Result<()> {
        for left in fs::read_dir(&self.inner.incoming)? {
            let left = left?;
            if left.file_type()?.is_dir() {
                fs::remove_dir_all(left.path())?;
            } else {
                fs::remove_file(left.path())?;
            }
        }
        Ok(())
    }

    /// Starts a blob of at most `limit` bytes.
    pub fn incoming(&self, limit: u64) -> Incoming {
        let number = self.inner.counter.fetch_add(1, Ordering::Relaxed);
        Incoming::new(self.clone(), self.inner.incoming.join(number.to_string()), limit)
    }

    /// Stores a whole blob, for callers on blocking threads. Durable when this returns.
    pub fn store(&self, name: String, bytes: &mut dyn Read) -> io::Result<NewBlob> {
        let number = self.inner.counter.fetch_add(1, Ordering::Relaxed);
        let path = self.inner.incoming.join(number.to_string());
        let stored = self.store_at(&path, name, bytes);
        if stored.is_err() {
            // What is left of it goes at the next start if it cannot go now.
            drop(fs::remove_file(&path));
        }
        stored
    }

    /// Takes over a file of a work folder. Durable when this returns.
    pub fn adopt(&self, path: &Path, name: String) -> io::Result<NewBlob> {
        let (hash, bytes) = hash(path)?;
        File::open(path)?.sync_data()?;
        self.place(path, &name)?;
        Ok(NewBlob { name, hash, bytes })
    }

    fn store_at(&self, path: &Path, name: String, bytes: &mut dyn Read) -> io::Result<NewBlob> {
        let mut file = File::create_new(path)?;
        let (mut hasher, mut piece) = (blake3::Hasher::new(), vec![0; 64 * 1024]);
        loop {
            let read = bytes.read(&mut piece)?;
            if read == 0 {
                break;
            }
            hasher.update(&piece[..read]);
            file.write_all(&piece[..read])?;
        }
        file.sync_data()?;
        self.place(path, &name)?;
        Ok(NewBlob { name, hash: *hasher.finalize().as_bytes(), bytes: hasher.count() })
    }

    /// A name for a new blob; `id` is unique, and its time bits spread the blobs over folders.
    pub fn name(id: i64) -> String {
        let shard = (id >> 22).unsigned_abs() % SHARDS;
        format!("{shard:02x}/{id}")
    }

    /// Where a blob lies, for tools that read files.
    pub fn path(&self, name: &str) -> PathBuf {
        self.inner.root.join(name)
    }

    /// Opens a blob for reading.
    pub fn open_file(&self, name: &str) -> io::Result<File> {
        File::open(self.path(name))
    }

    /// Removes a blob; one that is already gone is no error.
    pub fn delete(&self, name: &str) -> io::Result<()> {
        match fs::remove_file(self.path(name)) {
            Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(()),
            other => other,
        }
    }

    /// What is wrong with a blob that should have so many bytes and, if it is to be read, this
    /// hash; `None` if nothing is.
    pub fn compare(
        &self,
        name: &str,
        bytes: u64,
        expected: Option<&[u8]>,
    ) -> io::Result<Option<&'static str>> {
        let path = self.path(name);
        let length = match fs::metadata(&path) {
            Ok(found) => found.len(),
            Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(Some("missing")),
            Err(error) => return Err(error),
        };
        if length != bytes {
            return Ok(Some("of another length"));
        }
        let Some(expected) = expected else { return Ok(None) };
        let is_same = hash(&path)?.0[..] == *expected;
        Ok((!is_same).then_some("of other content"))
    }

    /// The folders that blobs are spread over.
    pub fn shards(&self) -> impl Iterator<Item = String> + use<> {
        (0..SHARDS).map(|shard| format!("{shard:02x}"))
    }

    /// Names of the blobs in one folder that were written at least so long ago.
    pub fn older_than(&self, shard: &str, age: Duration) -> io::Result<Vec<String>> {
        let mut names = Vec::new();
        for entry in fs::read_dir(self.inner.root.join(shard))? {
            let entry = entry?;
            // One that went meanwhile is of no interest.
            let Ok(written) = entry.metadata().and_then(|found| found.modified()) else { continue };
            if clock::age(written) >= age {
                names.push(format!("{shard}/{}", entry.file_name().to_string_lossy()));
            }
        }
        Ok(names)
    }

    /// Free and total bytes of the disk.
    pub fn disk_space(&self) -> io::Result<(u64, u64)> {
        crate::disk::space(&self.inner.root)
    }

    /// Puts a complete, flushed file in its place and flushes the folder.
    fn place(&self, from: &Path, name: &str) -> io::Result<()> {
        let to = self.path(name);
        fs::rename(from, &to)?;
        to.parent().map_or(Ok(()), sync_dir)
    }
}

/// A folder for the files of a tool; it goes with everything in it when this is dropped.
#[derive(Debug)]
pub struct WorkFolder {
    path: PathBuf,
}

impl WorkFolder {
    /// Makes one beside what is being received.
    pub fn new(blobs: &Blobs) -> io::Result<Self> {
        let number = blobs.inner.counter.fetch_add(1, Ordering::Relaxed);
        let path = blobs.inner.incoming.join(format!("{number}.work"));
        fs::create_dir(&path)?;
        Ok(Self { path })
    }

    /// Where it is.
    pub fn path(&self) -> &Path {
        &self.path
    }
}

impl Drop for WorkFolder {
    fn drop(&mut self) {
        // What cannot go now goes at the next start.
        drop(fs::remove_dir_all(&self.path));
    }
}

/// BLAKE3 and length of a file, read in pieces.
pub fn hash(path: &Path) -> io::Result<([u8; 32], u64)> {
    let mut hasher = blake3::Hasher::new();
    hasher.update_reader(File::open(path)?)?;
    Ok((*hasher.finalize().as_bytes(), hasher.count()))
}

fn sync_dir(dir: &Path) -> io::Result<()> {
    File::open(dir)?.sync_all()
}
