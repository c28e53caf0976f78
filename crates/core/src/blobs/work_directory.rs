//! Directories for the files of tools.

use super::disk::Disk;
use std::fs;
use std::io;
use std::path::{Path, PathBuf};

/// A directory for the files of a tool; it is removed with everything in it when this is dropped.
#[derive(Debug)]
pub struct WorkDirectory {
    disk: Disk,
    path: PathBuf,
}

impl WorkDirectory {
    /// Creates one among the files that are being received.
    pub(super) fn new(disk: &Disk) -> io::Result<Self> {
        // Made before the directory is: it may exist although that fails.
        let directory = Self { disk: disk.clone(), path: disk.incoming_path("work") };
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
        self.disk.discard(std::mem::take(&mut self.path));
    }
}
