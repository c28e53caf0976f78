//! Folders and disk space.

use anyhow::Context;
use std::fs::DirBuilder;
use std::io;
use std::os::unix::fs::DirBuilderExt;
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

/// Creates a folder that only its owner can read, unless it exists.
pub fn make_private_dir(dir: &Path) -> anyhow::Result<()> {
    DirBuilder::new()
        .recursive(true)
        .mode(0o700)
        .create(dir)
        .with_context(|| format!("cannot create the data directory {}", dir.display()))
}
