//! Directories for the files of tools.

use super::disk::Disk;
use std::fs;
use std::io;
use std::path::{Path, PathBuf};

/// A directory for the files of a tool; it is removed with everything in it when this is dropped.
#[derive(Debug)]
pub struct WorkFolder {
    disk: Disk,
    path: PathBuf,
}

impl WorkFolder {
    /// Creates one among the files that are being received.
    pub(super) fn new(disk: &Disk) -> io::Result<Self> {
        // Made before the folder is: it may exist although that fails.
        let folder = Self { disk: disk.clone(), path: disk.incoming_path("work") };
        fs::create_dir(&folder.path)?;
        Ok(folder)
    }

    /// Its path.
    pub fn path(&self) -> &Path {
        &self.path
    }
}

impl Drop for WorkFolder {
    fn drop(&mut self) {
        self.disk.discard(std::mem::take(&mut self.path));
    }
}
