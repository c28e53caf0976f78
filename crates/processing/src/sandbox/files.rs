//! Landlock: which files a process may use. Where the kernel knows how, also no TCP, no signals to
//! processes outside the sandbox and no abstract sockets of theirs.

use super::FileAccess;
use landlock::{
    ABI, Access, AccessFs, AccessNet, CompatLevel, Compatible, PathBeneath, PathFd, Ruleset,
    RulesetAttr, RulesetCreatedAttr, RulesetError, RulesetStatus, Scope,
};
use std::io;

/// Access rights are those of this version; older kernels enforce what they know. seccomp refuses
/// the system calls behind what they do not know.
const RIGHTS: ABI = ABI::V6;

/// Limits this process and everything that it executes. Fails if the kernel enforces nothing.
pub(super) fn limit(files: &FileAccess<'_>) -> io::Result<()> {
    let status = restrict(files).map_err(|e| io::Error::other(format!("Landlock fails: {e}")))?;
    if status == RulesetStatus::NotEnforced {
        return Err(io::Error::other("the kernel does not enforce Landlock"));
    }
    Ok(())
}

fn restrict(files: &FileAccess<'_>) -> Result<RulesetStatus, RulesetError> {
    let read = AccessFs::ReadFile | AccessFs::ReadDir;
    let write = read | AccessFs::WriteFile | AccessFs::Truncate | AccessFs::MakeReg;
    let mut rules = Ruleset::default()
        .set_compatibility(CompatLevel::BestEffort)
        .handle_access(AccessFs::from_all(RIGHTS))?
        .handle_access(AccessNet::from_all(RIGHTS))?
        .scope(Scope::from_all(RIGHTS))?
        .create()?;
    let groups = [
        (files.runnable, AccessFs::Execute | AccessFs::ReadFile),
        (files.readable, read),
        // Removing belongs to it: ffmpeg renames what it completed.
        (files.writable, write | AccessFs::RemoveFile),
    ];
    for (paths, rights) in groups {
        for path in paths {
            // A path that does not exist on this system needs no rule.
            let Ok(opened) = PathFd::new(path) else { continue };
            let of_file = rights & AccessFs::from_file(RIGHTS);
            let rights = if path.is_dir() { rights } else { of_file };
            rules = rules.add_rule(PathBeneath::new(opened, rights))?;
        }
    }
    Ok(rules.restrict_self()?.ruleset)
}
