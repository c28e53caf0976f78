//! How many files this process may have open, connections among them.

use rustix::process::{Resource, Rlimit, getrlimit, setrlimit};
use std::io;

/// Raises the limit as far as is allowed; returns it.
pub fn raise_limit() -> io::Result<u64> {
    let maximum = getrlimit(Resource::Nofile).maximum;
    setrlimit(Resource::Nofile, Rlimit { current: maximum, maximum })?;
    Ok(maximum.unwrap_or(u64::MAX))
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
