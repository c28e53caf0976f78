//! Directories and disk space.

use super::random;
use std::fs::{self, DirBuilder, File, Permissions};
use std::io;
use std::os::unix::fs::{DirBuilderExt, PermissionsExt};
use std::path::Path;

/// Free (to us) and total bytes of the file system that holds `path`.
#[expect(unsafe_code, reason = "statvfs has no safe wrapper in the standard library")]
pub fn space(path: &Path) -> io::Result<(u64, u64)> {
    use std::os::unix::ffi::OsStrExt;
    let path = std::ffi::CString::new(path.as_os_str().as_bytes())?;
    let mut facts = std::mem::MaybeUninit::<libc::statvfs>::zeroed();
    // SAFETY: `path` ends in NUL, and `facts` is large enough and zeroed, so it is valid even
    // if the call writes nothing.
    let (status, facts) =
        unsafe { (libc::statvfs(path.as_ptr(), facts.as_mut_ptr()), facts.assume_init()) };
    if status != 0 {
        return Err(io::Error::last_os_error());
    }
    Ok((facts.f_bavail * facts.f_frsize, facts.f_blocks * facts.f_frsize))
}

/// Less free space than this is none: the largest image in a few copies does not fit.
pub(crate) const FULL_BYTES: u64 = 32 << 20;

/// What to say of the disk of a directory if it is full.
pub(crate) fn fullness(dir: &Path) -> Option<String> {
    let (free, _) = space(dir).ok().filter(|(free, _)| *free < FULL_BYTES)?;
    let (dir, free) = (dir.display(), free >> 20);
    Some(format!("the disk of {dir} is full: {free} MiB are free; free some space"))
}

/// Fails if no file can be made in a directory: makes one, and removes it.
pub fn try_write(dir: &Path) -> io::Result<()> {
    let path = dir.join(format!("writable-{}", random::alphanumeric(20)));
    File::create_new(&path)?;
    fs::remove_file(path)
}

/// Makes a directory that only its owner can read; one that exists is closed to all others.
pub fn make_private_dir(dir: &Path) -> io::Result<()> {
    let of_path =
        |error: io::Error| io::Error::new(error.kind(), format!("{}: {error}", dir.display()));
    DirBuilder::new().recursive(true).mode(0o700).create(dir).map_err(of_path)?;
    if is_open_to_others(dir).map_err(of_path)? {
        let closed = fs::set_permissions(dir, Permissions::from_mode(0o700));
        return closed.map_err(|error| of_path(not_closed(&error)));
    }
    Ok(())
}

/// Fails if a directory is open to others, and this process may not close it; changes nothing.
pub fn try_close(dir: &Path) -> io::Result<()> {
    if !is_open_to_others(dir)? {
        return Ok(());
    }
    let mode = fs::metadata(dir)?.permissions();
    // As it is: whether that is allowed does not depend on the mode.
    fs::set_permissions(dir, mode).map_err(|error| not_closed(&error))
}

fn is_open_to_others(dir: &Path) -> io::Result<bool> {
    Ok(fs::metadata(dir)?.permissions().mode() & 0o077 != 0)
}

fn not_closed(error: &io::Error) -> io::Error {
    let why = "it is open to others, and only its owner can close it";
    io::Error::new(error.kind(), format!("{why}: {error}"))
}
