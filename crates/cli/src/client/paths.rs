//! Where the client keeps files: by the XDG base directories.

use std::path::PathBuf;

/// The file of profiles; `None` without a home.
pub(crate) fn profiles() -> Option<PathBuf> {
    base("XDG_CONFIG_HOME", ".config").map(|base| base.join("profiles.toml"))
}

/// The directory of what uploads have achieved; `None` without a home.
pub(crate) fn states() -> Option<PathBuf> {
    base("XDG_STATE_HOME", ".local/state")
}

/// A relative path in such a variable is ignored, as its specification says.
fn base(variable: &str, in_home: &str) -> Option<PathBuf> {
    let set = std::env::var_os(variable).map(PathBuf::from).filter(|path| path.is_absolute());
    let home = || Some(std::env::home_dir()?.join(in_home));
    set.or_else(home).map(|base| base.join("birdhouse"))
}
