//! Folders for the files of tools.

use super::disk::Disk;
use std::fs;
use std::io;
use std::path::{Path, PathBuf};

/// A folder for the files of a tool; it is removed with everything in it when this is dropped.
#[derive(Debug)]
pub struct WorkFolder {
    path: PathBuf,
}

impl WorkFolder {
    /// Creates one among the files that are being received.
    pub(super) fn new(disk: &Disk) -> io::Result<Self> {
        let path = disk.incoming_path("work");
        fs::create_dir(&path)?;
        Ok(Self { path })
    }

    /// Its path.
    pub fn path(&self) -> &Path {
        &self.path
    }
}

impl Drop for WorkFolder {
    fn drop(&mut self) {
        // A folder that cannot be removed now is removed at the next start.
        drop(fs::remove_dir_all(&self.path));
    }
}
