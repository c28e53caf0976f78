//! A blob store in a directory of a local disk.
//!
//! A blob is written to a temporary file, flushed to the disk, linked, and its directory flushed.

use super::leftovers::{Abandoned, Leftovers};
use super::process_directory::ProcessDirectory;
use crate::host::disk::make_private_dir;
use crate::host::{clock, disk};
use birdhouse_domain::StoredBlob;
use rustix::fs::{AtFlags, CWD, RenameFlags};
use rustix::io::Errno;
use std::fs::{self, File};
use std::io::{self, Seek};
use std::os::fd::AsRawFd;
use std::os::unix::fs::FileExt;
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

/// Number of directories that blobs are distributed over.
const SHARDS: u64 = 64;
/// How many damaged blobs of one name are kept.
const SET_ASIDE_COPIES: u32 = 100;
/// Why a blob cannot be stored.
const NO_LINKS: &str = "its file system has no hard links; `blob_url` must be on one that has";

/// A blob store on a local disk.
#[derive(Clone, Debug)]
pub struct Disk {
    inner: Arc<Inner>,
}

#[derive(Debug)]
struct Inner {
    root: PathBuf,
    incoming: PathBuf,
    counter: AtomicU64,
    /// Where this process writes, once it does.
    directory: Mutex<Option<Arc<ProcessDirectory>>>,
    leftovers: Leftovers,
}

/// An error that names its path.
fn named(path: &Path, error: &io::Error) -> io::Error {
    io::Error::new(error.kind(), format!("{}: {error}", path.display()))
}

fn verify_length(name: &str, found: u64, bytes: u64) -> io::Result<()> {
    if found == bytes {
        return Ok(());
    }
    Err(io::Error::other(format!(
        "blob {name} has {found} bytes, not {bytes}: restore it from a backup, or upload the same bytes \
         again"
    )))
}

impl Disk {
    /// Makes the directories of a new store, as far as they do not exist.
    pub(super) fn create(root: &Path) -> io::Result<()> {
        make_private_dir(root)?;
        for directory in Self::directories().chain(["incoming".to_owned()]) {
            make_private_dir(&root.join(directory))?;
        }
        sync_dir(root)?;
        root.parent().map_or(Ok(()), sync_dir)
    }

    pub(super) fn has_any(root: &Path) -> io::Result<bool> {
        for directory in Self::directories() {
            match fs::read_dir(root.join(directory)).map(|mut entries| entries.next().is_some()) {
                Ok(true) => return Ok(true),
                Err(error) if error.kind() != io::ErrorKind::NotFound => return Err(error),
                Ok(false) | Err(_) => {}
            }
        }
        Ok(false)
    }

    pub(super) fn open(root: &Path) -> io::Result<Self> {
        let incoming = root.join("incoming");
        fs::read_dir(&incoming)?;
        let inner = Inner {
            root: root.to_owned(),
            incoming,
            counter: AtomicU64::new(0),
            directory: Mutex::default(),
            leftovers: Leftovers::default(),
        };
        Ok(Self { inner: Arc::new(inner) })
    }

    pub(super) fn try_write(&self) -> io::Result<()> {
        for directory in Self::directories().map(|directory| self.inner.root.join(directory)) {
            fs::metadata(&directory).map_err(|error| named(&directory, &error))?;
        }
        let incoming = &self.inner.incoming;
        disk::try_write(incoming).map_err(|error| named(incoming, &error))
    }

    pub(super) fn leftovers(&self) -> &Leftovers {
        &self.inner.leftovers
    }

    pub(super) fn abandoned(&self) -> io::Result<Abandoned> {
        self.inner.leftovers.abandoned(&self.inner.incoming)
    }

    /// The directory of this process; another one if it was removed.
    pub(super) fn directory(&self) -> io::Result<Arc<ProcessDirectory>> {
        let directory = self.inner.directory.lock();
        let mut directory = directory.unwrap_or_else(PoisonError::into_inner);
        if let Some(found) = directory.as_ref().filter(|found| found.path().is_dir()) {
            return Ok(found.clone());
        }
        let new = Arc::new(ProcessDirectory::create(&self.inner.incoming)?);
        *directory = Some(new.clone());
        Ok(new)
    }

    /// A number that nothing else in the directory of this process has.
    pub(super) fn next_number(&self) -> u64 {
        self.inner.counter.fetch_add(1, Ordering::Relaxed)
    }

    /// Gives a complete, flushed file a name in the store, where none is. It is the open file that gets the
    /// name: its path may name another one by now.
    pub(super) fn link(&self, file: &File, name: &str) -> io::Result<()> {
        let (open, to) = (format!("/proc/self/fd/{}", file.as_raw_fd()), self.path(name));
        let linked = rustix::fs::linkat(CWD, open, CWD, &to, AtFlags::SYMLINK_FOLLOW);
        linked.map_err(|error| match error {
            Errno::PERM | Errno::NOTSUP | Errno::NOSYS => named(&to, &io::Error::other(NO_LINKS)),
            other => named(&to, &other.into()),
        })
    }

    /// Flushes the name of a blob.
    pub(super) fn flush_name(&self, name: &str) -> io::Result<()> {
        self.path(name).parent().map_or(Ok(()), sync_dir)
    }

    fn path(&self, name: &str) -> PathBuf {
        self.inner.root.join(name)
    }

    /// Appends a blob of this length to a file, which may be changed even if this fails.
    pub(super) fn copy(&self, name: &str, bytes: u64, to: &mut File) -> io::Result<()> {
        let copied = io::copy(&mut self.open_blob(name, bytes)?.into_file(), to)?;
        verify_length(name, copied, bytes)
    }

    pub(super) fn open_blob(&self, name: &str, bytes: u64) -> io::Result<BlobFile> {
        let file = File::open(self.path(name))?;
        verify_length(name, file.metadata()?.len(), bytes)?;
        Ok(BlobFile { file, length: bytes })
    }

    pub(super) fn local_copy(&self, name: &str, bytes: u64) -> io::Result<LocalCopy> {
        let path = self.path(name);
        verify_length(name, path.metadata()?.len(), bytes)?;
        Ok(LocalCopy { path })
    }

    pub fn delete(&self, name: &str) -> io::Result<()> {
        match fs::remove_file(self.path(name)) {
            Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(()),
            other => other,
        }
    }

    pub(super) fn set_aside(&self, name: &str) -> io::Result<Option<PathBuf>> {
        let directory = self.inner.root.join("damaged");
        make_private_dir(&directory)?;
        let name_there = name.replace('/', "-");
        // One that was restored may have been damaged again.
        for copy in 0..SET_ASIDE_COPIES {
            let suffix = if copy == 0 { String::new() } else { format!("-{copy}") };
            let target = directory.join(format!("{name_there}{suffix}"));
            match rename_to_new(&self.path(name), &target) {
                Ok(()) => return sync_dir(&directory).map(|()| Some(target)),
                Err(error) if error.kind() == io::ErrorKind::AlreadyExists => {}
                Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(None),
                Err(error) => return Err(error),
            }
        }
        Err(io::Error::other(format!("{} has too many copies of it", directory.display())))
    }

    pub(super) fn compare(
        &self,
        name: &str,
        bytes: u64,
        hash: Option<&[u8]>,
    ) -> io::Result<Option<Difference>> {
        let path = self.path(name);
        let length = match fs::metadata(&path) {
            Ok(found) => found.len(),
            Err(error) if error.kind() == io::ErrorKind::NotFound => {
                return Ok(Some(Difference::Missing));
            }
            Err(error) => return Err(error),
        };
        if length != bytes {
            return Ok(Some(Difference::Length));
        }
        let Some(hash) = hash else { return Ok(None) };
        let is_same = hash_file(&File::open(&path)?)?.0[..] == *hash;
        Ok((!is_same).then_some(Difference::Content))
    }

    pub(super) fn stored(&self, name: &str) -> io::Result<Option<StoredBlob>> {
        match File::open(self.path(name)).and_then(|file| hash_file(&file)) {
            Ok((hash, bytes)) => Ok(Some(StoredBlob { name: name.to_owned(), hash, bytes })),
            Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(None),
            Err(error) => Err(error),
        }
    }

    pub(super) fn directories() -> impl Iterator<Item = String> + use<> {
        (0..SHARDS).map(|shard| format!("{shard:02x}"))
    }

    pub(super) fn list_older_than(
        &self,
        directory: &str,
        age: Duration,
    ) -> io::Result<Vec<String>> {
        let mut names = Vec::new();
        for entry in fs::read_dir(self.inner.root.join(directory))? {
            let entry = entry?;
            // Skips one that was deleted meanwhile.
            let Ok(written) = entry.metadata().and_then(|found| found.modified()) else { continue };
            if clock::age(written) >= age {
                names.push(format!("{directory}/{}", entry.file_name().to_string_lossy()));
            }
        }
        Ok(names)
    }

    pub(super) fn space(&self) -> io::Result<(u64, u64)> {
        disk::space(&self.inner.root)
    }
}

/// An opened blob.
#[derive(Debug)]
pub struct BlobFile {
    file: File,
    length: u64,
}

impl BlobFile {
    /// Its length in bytes.
    pub fn length(&self) -> u64 {
        self.length
    }

    /// Fills `out` with the bytes from `start` on.
    pub fn read_exact_at(&self, out: &mut [u8], start: u64) -> io::Result<()> {
        self.file.read_exact_at(out, start)
    }

    /// Reads bytes from `start` on, up to the end of `out` or of the blob; returns their number.
    pub fn read_at(&self, out: &mut [u8], start: u64) -> io::Result<usize> {
        self.file.read_at(out, start)
    }

    /// The blob as the standard input of a tool.
    pub fn into_file(self) -> File {
        self.file
    }
}

/// A blob as a local file.
#[derive(Debug)]
pub struct LocalCopy {
    path: PathBuf,
}

impl LocalCopy {
    /// Its path, valid while this is held.
    pub fn path(&self) -> &Path {
        &self.path
    }
}

/// How a blob differs from its row in the catalog.
#[derive(Clone, Copy, Debug, PartialEq, Eq, serde::Serialize)]
pub enum Difference {
    /// It does not exist.
    #[serde(rename = "missing")]
    Missing,
    /// It has another length.
    #[serde(rename = "of another length")]
    Length,
    /// It has other bytes.
    #[serde(rename = "of other content")]
    Content,
}

/// A name for a new blob; `id` is unique, and its time bits spread the blobs over directories.
pub fn blob_name(id: i64) -> String {
    let shard = (id >> 22).unsigned_abs() % SHARDS;
    format!("{shard:02x}/{id}")
}

/// BLAKE3 and length of a file, read in pieces.
pub(super) fn hash_file(mut file: &File) -> io::Result<([u8; 32], u64)> {
    let mut hasher = blake3::Hasher::new();
    file.rewind()?;
    hasher.update_reader(file)?;
    Ok((*hasher.finalize().as_bytes(), hasher.count()))
}

/// Renames a file, but never over another: names are unique, and if one is not, the older bytes
/// stay.
fn rename_to_new(from: &Path, to: &Path) -> io::Result<()> {
    match rustix::fs::renameat_with(CWD, from, CWD, to, RenameFlags::NOREPLACE) {
        // The file system does not know the flag; a hard link is as safe.
        Err(Errno::INVAL | Errno::NOSYS) => {
            fs::hard_link(from, to)?;
            fs::remove_file(from)
        }
        other => Ok(other?),
    }
}

fn sync_dir(dir: &Path) -> io::Result<()> {
    File::open(dir)?.sync_all()
}
