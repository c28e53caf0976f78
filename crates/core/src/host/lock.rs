//! The lock of a data directory, which only one server may hold.

use super::disk::make_private_dir;
use anyhow::{Context, bail};
use std::fs::{File, OpenOptions, TryLockError};
use std::os::unix::fs::OpenOptionsExt;
use std::path::{Path, PathBuf};
use std::thread;
use std::time::Duration;

/// How often, and with what pause, a lock is tried that another process holds: a tool that a killed
/// server was just starting has it for a moment.
const TRIES: u32 = 20;
const PAUSE: Duration = Duration::from_millis(50);

/// The file that is locked in a data directory.
pub(crate) fn file(data_dir: &Path) -> PathBuf {
    data_dir.join("birdhouse.lock")
}

/// Locks a data directory until the returned file is closed; fails if another server holds the lock.
#[expect(clippy::disallowed_methods, reason = "another process ends in real time")]
pub fn lock(data_dir: &Path) -> anyhow::Result<File> {
    make_private_dir(data_dir).context("`data_dir` cannot be used")?;
    let path = file(data_dir);
    let mut options = OpenOptions::new();
    let file = options.write(true).create(true).truncate(false).mode(0o600).open(&path);
    let file = file.with_context(|| format!("cannot write {}", path.display()))?;
    for _ in 0..TRIES {
        if file.try_lock().is_ok() {
            return Ok(file);
        }
        thread::sleep(PAUSE);
    }
    match file.try_lock() {
        Ok(()) => Ok(file),
        Err(TryLockError::WouldBlock) => bail!("another server uses {}", data_dir.display()),
        Err(TryLockError::Error(error)) => {
            Err(error).with_context(|| format!("cannot lock {}", path.display()))
        }
    }
}
