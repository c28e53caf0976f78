//! The files that another process has open, which holds a lock.

use std::fs;
use std::os::unix::fs::MetadataExt;
use std::path::{Path, PathBuf};

/// Device and inode.
type Identity = (u64, u64);

/// The first of these files that is not the one of this name that the holder of `lock` has open: it was
/// deleted or replaced meanwhile. `None` if all are, if nobody holds the lock, or if what its holder has
/// open cannot be seen.
pub(crate) fn replaced<'a>(lock: &Path, files: &'a [PathBuf]) -> Option<&'a Path> {
    let open = open_files(holder(lock)?);
    let has = |file: &Path| identity(file).is_some_and(|it| open.iter().any(|one| one.0 == it));
    let had = |file: &Path| open.iter().any(|one| one.1.file_name() == file.file_name());
    // A process that has only just begun has none of them open.
    if !files.iter().any(|file| has(file) || had(file)) {
        return None;
    }
    let is_other = |file: &&Path| if file.exists() { !has(file) } else { had(file) };
    files.iter().map(PathBuf::as_path).find(is_other)
}

/// The process that holds a lock on a file.
fn holder(lock: &Path) -> Option<u32> {
    let found = fs::metadata(lock).ok()?;
    let (major, minor) = (rustix::fs::major(found.dev()), rustix::fs::minor(found.dev()));
    let file = format!("{major:02x}:{minor:02x}:{}", found.ino());
    let locks = fs::read_to_string("/proc/locks").ok()?;
    locks.lines().find_map(|line| {
        let words: Vec<&str> = line.split_whitespace().collect();
        let [_, "FLOCK", _, _, process, of, ..] = words[..] else { return None };
        (of == file).then(|| process.parse().ok()).flatten()
    })
}

/// What a process has open, and the name that it has now, without the mark of one that was deleted.
fn open_files(process: u32) -> Vec<(Identity, PathBuf)> {
    let Ok(entries) = fs::read_dir(format!("/proc/{process}/fd")) else { return Vec::new() };
    let open = entries.flatten().filter_map(|entry| {
        let name = fs::read_link(entry.path()).ok()?;
        let name = name.to_string_lossy().trim_end_matches(" (deleted)").into();
        Some((identity(&entry.path())?, name))
    });
    open.collect()
}

fn identity(path: &Path) -> Option<Identity> {
    let found = fs::metadata(path).ok()?;
    Some((found.dev(), found.ino()))
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::fs::File;

    #[test]
    fn files_that_were_deleted_or_replaced_under_the_holder_of_a_lock_are_found() {
        let dir = tempfile::tempdir().unwrap();
        let path = |name: &str| dir.path().join(name);
        let (lock, files) = (path("lock"), ["a", "b"].map(path));
        let held = File::create(&lock).unwrap();
        assert_eq!(replaced(&lock, &files), None, "nobody holds the lock");
        held.lock().unwrap();
        File::create(&files[0]).unwrap();
        assert_eq!(replaced(&lock, &files), None, "it has not opened them yet");
        let _open = files.each_ref().map(|file| File::create(file).unwrap());
        assert_eq!(replaced(&lock, &files), None);
        fs::remove_file(&files[1]).unwrap();
        assert_eq!(replaced(&lock, &files), Some(files[1].as_path()));
        File::create(&files[1]).unwrap();
        assert_eq!(replaced(&lock, &files), Some(files[1].as_path()));
        fs::rename(&files[0], path("moved")).unwrap();
        fs::copy(path("moved"), &files[0]).unwrap();
        assert_eq!(replaced(&lock, &files), Some(files[0].as_path()));
    }
}
