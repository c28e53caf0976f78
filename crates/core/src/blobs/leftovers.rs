//! What is left of interrupted work: files to remove, and marks of blobs that may have no row.

use super::process_directory::Remains;
use std::collections::HashSet;
use std::fs;
use std::io;
use std::path::{Path, PathBuf};
use std::sync::{Mutex, MutexGuard, PoisonError};

/// How often the removal of a directory is begun, in which something vanished meanwhile.
const REMOVALS: u32 = 4;

/// What this process left, and nothing removed yet.
#[derive(Debug, Default)]
pub(super) struct Leftovers(Mutex<Vec<Leftover>>);

/// A file or directory to remove.
#[derive(Clone, Debug)]
struct Leftover {
    path: PathBuf,
    /// The blob that has no row if this is a mark.
    blob: Option<String>,
}

/// What was left of interrupted work, by this process and by those that have ended.
#[derive(Debug)]
pub struct Abandoned {
    leftovers: Vec<Leftover>,
    remains: Vec<Remains>,
}

impl Abandoned {
    /// Names of blobs that may have no row. Not all of them exist.
    pub fn blobs(&self) -> Vec<String> {
        let of_ended = self.remains.iter().flat_map(Remains::file_names);
        let of_ended = of_ended.filter_map(|mark| blob_of(mark));
        self.leftovers.iter().filter_map(|one| one.blob.clone()).chain(of_ended).collect()
    }
}

impl Leftovers {
    /// Removes a file or directory that was being written; if that fails, the next sweep does.
    pub(super) fn discard(&self, path: PathBuf) {
        if let Err(error) = remove(&path) {
            tracing::warn!(%error, "{} cannot be removed now; the next sweep does", path.display());
            self.all().push(Leftover { path, blob: None });
        }
    }

    /// Leaves a mark to the next sweep, which makes the blob garbage.
    pub(super) fn abandon(&self, path: PathBuf, blob: String) {
        self.all().push(Leftover { path, blob: Some(blob) });
    }

    /// All of it, with that of processes that have ended.
    pub(super) fn abandoned(&self, incoming: &Path) -> io::Result<Abandoned> {
        Ok(Abandoned { leftovers: self.all().clone(), remains: Remains::all(incoming)? })
    }

    /// Removes it.
    pub(super) fn clear(&self, abandoned: Abandoned) {
        let (leftovers, remains) = (abandoned.leftovers, abandoned.remains);
        let cleared: HashSet<&Path> = leftovers.iter().map(|one| one.path.as_path()).collect();
        self.all().retain(|one| !cleared.contains(one.path.as_path()));
        let paths = remains.iter().map(|one| one.path().to_owned());
        leftovers.into_iter().map(|one| one.path).chain(paths).for_each(|path| self.discard(path));
    }

    fn all(&self) -> MutexGuard<'_, Vec<Leftover>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// The blob that a file in the directory of a process is named after.
fn blob_of(mark: &str) -> Option<String> {
    let is_number = |text: &str| !text.is_empty() && text.bytes().all(|b| b.is_ascii_hexdigit());
    let (shard, id) = mark.split_once('-')?;
    (is_number(shard) && is_number(id)).then(|| format!("{shard}/{id}"))
}

/// Removes a file or a directory, if it exists. A file system may tell that what was just removed does
/// not exist, as NFS does when an answer is lost; within a directory that ends the removal early, so what
/// is left is looked for again.
fn remove(path: &Path) -> io::Result<()> {
    for _ in 0..REMOVALS {
        let removed = match fs::symlink_metadata(path) {
            Ok(found) if found.is_dir() => fs::remove_dir_all(path),
            Ok(_) => fs::remove_file(path),
            Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(()),
            Err(error) => Err(error),
        };
        match removed {
            Err(error) if error.kind() == io::ErrorKind::NotFound => {}
            other => return other,
        }
    }
    Err(io::Error::other("it vanishes and is still there"))
}
