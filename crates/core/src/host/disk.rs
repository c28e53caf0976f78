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
    let mode = fs::metadata(dir).map_err(of_path)?.permissions().mode();
    if mode & 0o077 != 0 {
        fs::set_permissions(dir, Permissions::from_mode(0o700)).map_err(of_path)?;
    }
    Ok(())
}
