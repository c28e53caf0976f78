//! The blob store, independent of its backend. Another one, such as S3, is a variant of `Blobs` and a
//! value of `blob_url` (`config/load.rs`).

use super::disk::Disk;
pub use super::disk::{BlobFile, Difference, LocalCopy, blob_name};
use super::incoming::Incoming;
pub use super::leftovers::Abandoned;
use super::unfinished::{self, NewBlob, WrittenBlob};
use super::work_directory::WorkDirectory;
use birdhouse_domain::StoredBlob;
use std::io::{self, Read};
use std::path::{Path, PathBuf};
use std::time::Duration;

/// The blob store. All calls but [`Blobs::incoming`] block and belong on blocking threads.
#[derive(Clone, Debug)]
pub enum Blobs {
    /// A directory on a local disk.
    Disk(Disk),
}

impl Blobs {
    /// Makes the directories of a new store, as far as they do not exist.
    pub fn create(root: &Path) -> io::Result<()> {
        Disk::create(root)
    }

    /// Whether a directory holds any blob.
    pub fn has_any(root: &Path) -> io::Result<bool> {
        Disk::has_any(root)
    }

    /// Opens the store in a directory.
    pub fn open(root: &Path) -> io::Result<Self> {
        Disk::open(root).map(Self::Disk)
    }

    /// Fails if nothing can be stored now, because a directory is missing or can only be read; the error
    /// names it.
    pub fn try_write(&self) -> io::Result<()> {
        let Self::Disk(disk) = self;
        disk.try_write()
    }

    /// What was left of interrupted work. What a living process writes is not in it.
    pub fn abandoned(&self) -> io::Result<Abandoned> {
        let Self::Disk(disk) = self;
        disk.abandoned()
    }

    /// Removes it, once its blobs are garbage.
    pub fn clear(&self, abandoned: Abandoned) {
        let Self::Disk(disk) = self;
        disk.leftovers().clear(abandoned);
    }

    /// Starts to receive the blob with this name, of at most `limit` bytes.
    pub fn incoming(&self, name: String, limit: u64) -> Incoming {
        let Self::Disk(disk) = self;
        Incoming::new(disk.clone(), name, limit)
    }

    /// Writes a stream as a blob, which is not stored before [`Blobs::place`].
    pub fn write(&self, name: &str, bytes: &mut dyn Read) -> io::Result<WrittenBlob> {
        let Self::Disk(disk) = self;
        unfinished::write(disk, name, bytes)
    }

    /// Stores what was written, with the length and hash of each. Durable when this returns.
    pub fn place(&self, written: Vec<WrittenBlob>) -> io::Result<Vec<(StoredBlob, NewBlob)>> {
        let Self::Disk(_) = self;
        unfinished::place_all(written)
    }

    /// Moves a file of a work directory into the store. Durable when this returns.
    pub fn publish(&self, path: &Path, name: &str) -> io::Result<(StoredBlob, NewBlob)> {
        let Self::Disk(disk) = self;
        unfinished::publish(disk, path, name)
    }

    /// Opens a blob to read ranges of it; an error if it has not this length in bytes any more, because
    /// readers and decoders would blame the file.
    pub fn open_blob(&self, name: &str, bytes: u64) -> io::Result<BlobFile> {
        let Self::Disk(disk) = self;
        disk.open_blob(name, bytes)
    }

    /// A blob as a local file, for a tool that reads files; errors as of [`Blobs::open_blob`]. Blocks.
    pub fn local_copy(&self, name: &str, bytes: u64) -> io::Result<LocalCopy> {
        let Self::Disk(disk) = self;
        disk.local_copy(name, bytes)
    }

    /// A directory for the files of a tool.
    pub fn work_directory(&self) -> io::Result<WorkDirectory> {
        let Self::Disk(disk) = self;
        WorkDirectory::new(disk)
    }

    /// Removes a blob; one that does not exist is no error.
    pub fn delete(&self, name: &str) -> io::Result<()> {
        let Self::Disk(disk) = self;
        disk.delete(name)
    }

    /// Moves a damaged blob to the directory `damaged` of the store, where nothing is ever deleted, and
    /// returns its path there; `None` if there is no such blob.
    pub fn set_aside(&self, name: &str) -> io::Result<Option<PathBuf>> {
        let Self::Disk(disk) = self;
        disk.set_aside(name)
    }

    /// How a blob differs from what it should be: its length in bytes and, if it is to be read, its
    /// BLAKE3.
    pub fn compare(
        &self,
        name: &str,
        bytes: u64,
        hash: Option<&[u8]>,
    ) -> io::Result<Option<Difference>> {
        let Self::Disk(disk) = self;
        disk.compare(name, bytes, hash)
    }

    /// The length and hash of a blob as it is; `None` if there is no such blob.
    pub fn stored(&self, name: &str) -> io::Result<Option<StoredBlob>> {
        let Self::Disk(disk) = self;
        disk.stored(name)
    }

    /// The directories that blobs are distributed over.
    pub fn directories(&self) -> impl Iterator<Item = String> + use<> {
        let Self::Disk(_) = self;
        Disk::directories()
    }

    /// Names of the blobs in one directory that are at least this old.
    pub fn list_older_than(&self, directory: &str, age: Duration) -> io::Result<Vec<String>> {
        let Self::Disk(disk) = self;
        disk.list_older_than(directory, age)
    }

    /// Free and total bytes of the disk.
    pub fn disk_space(&self) -> io::Result<(u64, u64)> {
        let Self::Disk(disk) = self;
        disk.space()
    }
}
