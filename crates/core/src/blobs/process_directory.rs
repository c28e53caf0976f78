//! Where a process writes what is unfinished: a directory with a random name, on which it holds a lock
//! while it lives. So no other process has its names, or takes what it writes for remains: not a second
//! server by mistake, nor the one that took over while this one was paused.

use crate::host::{clock, random};
use std::fs::{self, File, OpenOptions, TryLockError};
use std::io;
use std::path::{Path, PathBuf};
use std::time::Duration;

/// Name of the locked file.
const LOCK: &str = "lock";
/// Age from which remains without a lock are removed: of older versions, or on file systems without
/// locks. No upload takes that long.
const REMAINS_AGE: Duration = Duration::from_hours(24);

/// The directory of this process.
#[derive(Debug)]
pub(super) struct ProcessDirectory {
    path: PathBuf,
    /// Locked until it is closed.
    _lock: Option<File>,
}

impl ProcessDirectory {
    pub(super) fn create(incoming: &Path) -> io::Result<Self> {
        let path = incoming.join(random::alphanumeric(20));
        let of_path =
            |error: io::Error| io::Error::new(error.kind(), format!("{}: {error}", path.display()));
        fs::create_dir(&path).map_err(of_path)?;
        let (draft, locked) = (path.join("lock.new"), path.join(LOCK));
        let lock = File::create_new(&draft).map_err(of_path)?;
        // Where the file system has no locks, the age protects it.
        let lock = lock.try_lock().is_ok().then_some(lock);
        // Only now: whoever finds a lock file that nobody holds removes the directory.
        fs::rename(draft, locked).map_err(of_path)?;
        Ok(Self { path, _lock: lock })
    }

    pub(super) fn path(&self) -> &Path {
        &self.path
    }
}

/// The remains of a process that has ended. Whoever has this has the lock.
#[derive(Debug)]
pub(super) struct Remains {
    path: PathBuf,
    file_names: Vec<String>,
    _lock: Option<File>,
}

impl Remains {
    /// Everything in `incoming` that no living process writes.
    pub(super) fn all(incoming: &Path) -> io::Result<Vec<Self>> {
        let mut all = Vec::new();
        for entry in fs::read_dir(incoming)? {
            let path = entry?.path();
            match Self::at(path.clone()) {
                Ok(found) => all.extend(found),
                // One that cannot be read must not keep the others.
                Err(error) => tracing::debug!(%error, "{} is passed over", path.display()),
            }
        }
        Ok(all)
    }

    fn at(path: PathBuf) -> io::Result<Option<Self>> {
        let lock = OpenOptions::new().write(true).open(path.join(LOCK)).ok();
        let is_ended = match lock.as_ref().map(File::try_lock) {
            Some(Ok(())) => true,
            Some(Err(TryLockError::WouldBlock)) => false,
            Some(Err(TryLockError::Error(_))) | None => is_old(&path),
        };
        if !is_ended {
            return Ok(None);
        }
        Ok(Some(Self { file_names: list(&path)?, path, _lock: lock }))
    }

    pub(super) fn path(&self) -> &Path {
        &self.path
    }

    /// The names of the files in it.
    pub(super) fn file_names(&self) -> &[String] {
        &self.file_names
    }
}

fn is_old(path: &Path) -> bool {
    let written = fs::symlink_metadata(path).and_then(|found| found.modified());
    written.is_ok_and(|written| clock::age(written) >= REMAINS_AGE)
}

fn list(path: &Path) -> io::Result<Vec<String>> {
    let entries = match fs::read_dir(path) {
        // What an older version left.
        Err(error) if error.kind() == io::ErrorKind::NotADirectory => return Ok(Vec::new()),
        other => other?,
    };
    entries.map(|entry| Ok(entry?.file_name().to_string_lossy().into_owned())).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn remains_are_what_a_process_left_that_has_ended_and_what_is_old() {
        let dir = tempfile::tempdir().unwrap();
        let remains = || {
            let all = Remains::all(dir.path()).unwrap();
            all.iter().map(|one| one.path().to_owned()).collect::<Vec<_>>()
        };
        let living = ProcessDirectory::create(dir.path()).unwrap();
        let ended = ProcessDirectory::create(dir.path()).unwrap();
        assert!(remains().is_empty());
        let path = ended.path().to_owned();
        drop(ended);
        assert_eq!(remains(), [path.as_path()]);
        fs::remove_dir_all(path).unwrap();
        // As older versions left them.
        let file = dir.path().join("0.part");
        File::create(&file).unwrap();
        assert!(remains().is_empty(), "an older server may be writing it");
        let written = fs::metadata(&file).unwrap().modified().unwrap() - 2 * REMAINS_AGE;
        File::open(&file).unwrap().set_modified(written).unwrap();
        assert_eq!(remains(), [file]);
        drop(living);
    }
}
