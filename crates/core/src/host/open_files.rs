//! How many files this process may have open, connections among them.

use std::io;

/// Raises the limit as far as is allowed; returns it.
#[expect(unsafe_code, reason = "limits have no safe wrapper")]
pub fn raise_limit() -> io::Result<u64> {
    let mut limit = libc::rlimit { rlim_cur: 0, rlim_max: 0 };
    // SAFETY: the call writes to the structure that it is given, or fails.
    if unsafe { libc::getrlimit(libc::RLIMIT_NOFILE, &raw mut limit) } != 0 {
        return Err(io::Error::last_os_error());
    }
    limit.rlim_cur = limit.rlim_max;
    // SAFETY: the call reads the structure that it is given.
    if unsafe { libc::setrlimit(libc::RLIMIT_NOFILE, &raw const limit) } != 0 {
        return Err(io::Error::last_os_error());
    }
    Ok(limit.rlim_cur)
}

/// How many connections there may be so that each can also have a file open, and all else has some left.
pub fn connections(files: u64) -> usize {
    const OTHERS: u64 = 256;
    usize::try_from((files / 2).saturating_sub(OTHERS).max(files / 8)).unwrap_or(usize::MAX).max(1)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_limit_is_raised_and_leaves_files_for_each_connection() {
        let raised = raise_limit().unwrap();
        assert_eq!(raise_limit().unwrap(), raised);
        assert_eq!(connections(1 << 20), (1 << 19) - 256);
        assert_eq!((connections(1024), connections(512), connections(0)), (256, 64, 1));
    }
}
