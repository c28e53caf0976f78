//! A blob from its first byte to the row that refers to it.
//!
//! It is written to a file in the directory of this process, which is named after it. When the file is
//! complete and flushed, the open file itself, and not what its path names by then, gets its name in the
//! store as a second one. The first name stays until a row refers to the blob: it marks the blob as
//! one that may have no row. Marks of requests that were dropped and of processes that have ended are
//! found by the sweep, which makes the blobs garbage.

use super::disk::{Disk, hash_file};
use super::process_directory::ProcessDirectory;
use birdhouse_domain::StoredBlob;
use std::fs::{self, File, OpenOptions};
use std::io::{self, Read, Write};
use std::os::unix::fs::FileExt;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use tokio::runtime::Handle;

/// A file that is being written. Dropped before it is placed, it is removed, which blocks.
#[derive(Debug)]
pub(crate) struct Unfinished {
    file: File,
    entry: Entry,
}

/// A whole blob that is not flushed and has no name in the store yet.
#[derive(Debug)]
pub struct WrittenBlob {
    file: Unfinished,
    hash: [u8; 32],
    bytes: u64,
}

/// A stored blob that no row refers to yet. Dropped before [`NewBlob::keep`], it becomes garbage, which
/// is safe even if a row refers to it: garbage that something refers to is not deleted.
#[derive(Debug)]
pub struct NewBlob {
    entry: Entry,
}

/// The name of a blob in the directory of this process.
#[derive(Debug)]
struct Entry {
    disk: Disk,
    /// Locked for as long as something in it is in use.
    directory: Arc<ProcessDirectory>,
    name: String,
    means: Meaning,
}

/// What a name in the directory of this process means.
#[derive(Clone, Copy, Debug)]
enum Meaning {
    Unfinished,
    MayHaveNoRow,
    Nothing,
}

impl Unfinished {
    /// Starts to write the blob with this name.
    pub(super) fn create(disk: &Disk, name: &str) -> io::Result<Self> {
        let entry = Entry::new(disk, name)?;
        Ok(Self { file: create(&entry.path())?, entry })
    }

    /// Takes a complete file out of a work directory.
    fn adopt(disk: &Disk, path: &Path, name: &str) -> io::Result<Self> {
        let entry = Entry::new(disk, name)?;
        fs::rename(path, entry.path())?;
        Ok(Self { file: File::open(entry.path())?, entry })
    }

    /// The file.
    pub(crate) fn file(&mut self) -> &mut File {
        &mut self.file
    }

    /// Its path, for a tool that reads files.
    pub(crate) fn path(&self) -> PathBuf {
        self.entry.path()
    }

    /// BLAKE3 and length of what is written.
    pub(crate) fn hash(&self) -> io::Result<([u8; 32], u64)> {
        hash_file(&self.file)
    }

    /// Its length in bytes.
    pub(crate) fn length(&self) -> io::Result<u64> {
        Ok(self.file.metadata()?.len())
    }

    /// The first `count` bytes, or all.
    pub(super) fn first(&self, count: usize) -> io::Result<Vec<u8>> {
        let mut first = vec![0; count.min(usize::try_from(self.length()?).unwrap_or(count))];
        self.file.read_exact_at(&mut first, 0)?;
        Ok(first)
    }

    /// Replaces it by what `write` makes of it.
    pub(crate) fn rewrite(
        &mut self,
        write: impl FnOnce(&mut File, &mut File) -> io::Result<()>,
    ) -> io::Result<()> {
        let draft = self.path().with_extension("draft");
        let written = create(&draft).and_then(|mut new| {
            write(&mut self.file, &mut new)?;
            fs::rename(&draft, self.path())?;
            Ok(new)
        });
        match written {
            Ok(new) => self.file = new,
            Err(error) => {
                self.entry.disk.leftovers().discard(draft);
                return Err(error);
            }
        }
        Ok(())
    }

    /// Flushes it and gives it its name in the store. Durable when this returns.
    pub(super) fn place(self) -> io::Result<NewBlob> {
        self.file.sync_data()?;
        let new = self.link()?;
        new.flush_name()?;
        Ok(new)
    }

    /// Gives it, flushed, its name in the store.
    fn link(self) -> io::Result<NewBlob> {
        let Self { file, mut entry } = self;
        entry.means = Meaning::MayHaveNoRow;
        entry.disk.link(&file, &entry.name)?;
        Ok(NewBlob { entry })
    }
}

/// Gives blobs their names in the store. All are flushed before any is linked, and all are linked before
/// the names are flushed: the disk then has less to do than for one after the other. Durable when this
/// returns.
pub(super) fn place_all(all: Vec<WrittenBlob>) -> io::Result<Vec<(StoredBlob, NewBlob)>> {
    for written in &all {
        written.file.file.sync_data()?;
    }
    let link = |WrittenBlob { file, hash, bytes }| {
        let new = file.link()?;
        Ok((StoredBlob { name: new.name().to_owned(), hash, bytes }, new))
    };
    let linked = all.into_iter().map(link).collect::<io::Result<Vec<_>>>()?;
    for (_, new) in &linked {
        new.flush_name()?;
    }
    Ok(linked)
}

/// Writes a stream as a blob.
pub(super) fn write(disk: &Disk, name: &str, bytes: &mut dyn Read) -> io::Result<WrittenBlob> {
    let mut blob = Unfinished::create(disk, name)?;
    let (mut hasher, mut piece) = (blake3::Hasher::new(), vec![0; 64 * 1024]);
    loop {
        let read = bytes.read(&mut piece)?;
        if read == 0 {
            break;
        }
        hasher.update(&piece[..read]);
        blob.file.write_all(&piece[..read])?;
    }
    Ok(WrittenBlob { file: blob, hash: *hasher.finalize().as_bytes(), bytes: hasher.count() })
}

/// Moves a file of a work directory into the store. Durable when this returns.
pub(super) fn publish(disk: &Disk, path: &Path, name: &str) -> io::Result<(StoredBlob, NewBlob)> {
    let file = Unfinished::adopt(disk, path, name)?;
    let (hash, bytes) = file.hash()?;
    let new = file.place()?;
    Ok((StoredBlob { name: new.name().to_owned(), hash, bytes }, new))
}

impl NewBlob {
    /// Its name.
    pub fn name(&self) -> &str {
        &self.entry.name
    }

    fn flush_name(&self) -> io::Result<()> {
        self.entry.disk.flush_name(&self.entry.name)
    }

    /// A row was written that refers to it, or that made it garbage.
    pub fn keep(mut self) {
        self.entry.means = Meaning::Nothing;
    }
}

impl Entry {
    fn new(disk: &Disk, name: &str) -> io::Result<Self> {
        let (disk, directory, name) = (disk.clone(), disk.directory()?, name.to_owned());
        Ok(Self { disk, directory, name, means: Meaning::Unfinished })
    }

    fn path(&self) -> PathBuf {
        self.directory.path().join(self.name.replace('/', "-"))
    }
}

impl Drop for Entry {
    fn drop(&mut self) {
        let (disk, path) = (self.disk.clone(), self.path());
        match self.means {
            Meaning::Unfinished => disk.leftovers().discard(path),
            Meaning::MayHaveNoRow => disk.leftovers().abandon(path, self.name.clone()),
            Meaning::Nothing => {
                let directory = self.directory.clone();
                let remove = move || {
                    disk.leftovers().discard(path);
                    drop(directory);
                };
                match Handle::try_current() {
                    Ok(runtime) => drop(runtime.spawn_blocking(remove)),
                    Err(_) => remove(),
                }
            }
        }
    }
}

fn create(path: &Path) -> io::Result<File> {
    OpenOptions::new().read(true).write(true).create_new(true).open(path)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn disk(root: &Path) -> Disk {
        Disk::create(root).unwrap();
        Disk::open(root).unwrap()
    }

    fn put(disk: &Disk, name: &str, bytes: &[u8]) -> io::Result<NewBlob> {
        let written = write(disk, name, &mut &bytes[..])?;
        Ok(place_all(vec![written])?.pop().unwrap().1)
    }

    #[test]
    fn what_takes_the_path_of_an_unfinished_file_is_not_committed() {
        let dir = tempfile::tempdir().unwrap();
        let disk = disk(dir.path());
        let mut mine = Unfinished::create(&disk, "05/1").unwrap();
        mine.file().write_all(b"mine").unwrap();
        fs::remove_file(mine.path()).unwrap();
        fs::write(mine.path(), "another's").unwrap();
        assert_eq!(mine.hash().unwrap().1, 4);
        mine.place().unwrap_err();
        assert!(!dir.path().join("05/1").exists());
    }

    #[test]
    fn a_blob_is_never_placed_over_another_one() {
        let dir = tempfile::tempdir().unwrap();
        let disk = disk(dir.path());
        fs::write(dir.path().join("05/1"), "older").unwrap();
        put(&disk, "05/1", b"newer").unwrap_err();
        assert_eq!(fs::read(dir.path().join("05/1")).unwrap(), b"older");
    }

    #[test]
    fn a_blob_is_marked_until_it_is_kept() {
        let dir = tempfile::tempdir().unwrap();
        let disk = disk(dir.path());
        let kept = put(&disk, "05/1", b"one").unwrap();
        let dropped = put(&disk, "05/2", b"two").unwrap();
        // Where the process ends now, the next one finds both.
        let marks = || {
            let directory = disk.directory().unwrap();
            let entries = fs::read_dir(directory.path()).unwrap();
            entries.filter(|entry| entry.as_ref().unwrap().file_name() != "lock").count()
        };
        assert_eq!(marks(), 2);
        kept.keep();
        drop(dropped);
        let abandoned = disk.abandoned().unwrap();
        assert_eq!(abandoned.blobs(), ["05/2"]);
        assert_eq!(marks(), 1);
        disk.leftovers().clear(abandoned);
        assert_eq!(marks(), 0);
        assert!(disk.abandoned().unwrap().blobs().is_empty());
    }

    #[test]
    fn a_directory_that_was_removed_is_made_again() {
        let dir = tempfile::tempdir().unwrap();
        let disk = disk(dir.path());
        put(&disk, "05/1", b"one").unwrap().keep();
        fs::remove_dir_all(disk.directory().unwrap().path()).unwrap();
        put(&disk, "05/2", b"two").unwrap().keep();
    }
}
