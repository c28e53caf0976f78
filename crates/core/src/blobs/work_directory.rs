//! Directories for the files of tools.

use super::disk::Disk;
use super::process_directory::ProcessDirectory;
use std::fs;
use std::io;
use std::path::{Path, PathBuf};
use std::sync::Arc;

/// A directory for the files of a tool; it is removed with everything in it when this is dropped.
#[derive(Debug)]
pub struct WorkDirectory {
    disk: Disk,
    /// Locked for as long as something in it is in use.
    _parent: Arc<ProcessDirectory>,
    path: PathBuf,
}

impl WorkDirectory {
    /// Creates one among the files that are being received.
    pub(super) fn new(disk: &Disk) -> io::Result<Self> {
        let (disk, parent) = (disk.clone(), disk.directory()?);
        let path = parent.path().join(format!("{}.work", disk.next_number()));
        // Made before the directory is: it may exist although that fails.
        let directory = Self { disk, _parent: parent, path };
        fs::create_dir(&directory.path)?;
        Ok(directory)
    }

    /// Its path.
    pub fn path(&self) -> &Path {
        &self.path
    }
}

impl Drop for WorkDirectory {
    fn drop(&mut self) {
        self.disk.leftovers().discard(std::mem::take(&mut self.path));
    }
}
