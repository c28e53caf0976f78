//! The sandbox of a process that reads untrusted bytes: Landlock limits files, TCP and signals,
//! seccomp the system calls. The process itself enters it, and cannot leave it.

pub(crate) mod attempts;
mod calls;
mod files;

use std::io;
use std::path::Path;

/// Files and directories that a sandboxed tool may use.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct FileAccess<'a> {
    /// Programs that it may execute: its own, and the loader of that.
    pub(crate) runnable: &'a [&'a Path],
    /// Files and directories to read.
    pub(crate) readable: &'a [&'a Path],
    /// Directories to read, and to write regular files into.
    pub(crate) writable: &'a [&'a Path],
}

/// What happens where the kernel does not enforce the sandbox.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum SandboxPolicy {
    /// Nothing is processed.
    #[default]
    Required,
    /// Processing goes on with as much of the sandbox as there is.
    BestEffort,
}

impl SandboxPolicy {
    fn apply(self, entered: io::Result<()>) -> io::Result<()> {
        if self == Self::BestEffort { Ok(()) } else { entered }
    }
}

/// Puts the image decoder into the sandbox: no file, no network, no process, a few system calls.
pub(crate) fn enter_decoder(policy: SandboxPolicy) -> io::Result<()> {
    policy.apply(files::limit(&FileAccess::default()))?;
    policy.apply(calls::limit_to_decoding())
}

/// Puts a tool such as ffmpeg, which this process executes next, into the sandbox: these files, threads, no
/// network and no other process.
pub(crate) fn enter_tool(files: &FileAccess<'_>, policy: SandboxPolicy) -> io::Result<()> {
    policy.apply(files::limit(files))?;
    policy.apply(calls::limit_to_a_tool())
}
