//! What must fail in the sandbox, tried. Every attempt is harmless where it succeeds: files are opened
//! and not changed, signal 0 only asks for permission, and elsewhere arguments are invalid, so that
//! the error tells whether the call was refused or reached its work.

use libc::{c_long, c_void};
use std::ffi::{CString, OsStr};
use std::io;
use std::os::unix::ffi::OsStrExt;
use std::os::unix::fs::PermissionsExt;
use std::path::Path;

/// Errors of a call that the sandbox refuses.
const REFUSALS: [i32; 3] = [libc::ENOSYS, libc::EPERM, libc::EACCES];

/// Programs of which most systems have one, the last of them because tools are ffmpeg.
const OTHER_PROGRAMS: [&str; 5] =
    ["/bin/true", "/usr/bin/env", "/bin/sh", "/usr/bin/ffprobe", "/usr/local/bin/ffprobe"];

/// What attempts are made on.
pub(crate) struct Target {
    /// A file or directory outside of the sandbox.
    path: CString,
    /// Its permissions.
    mode: u32,
    /// A process outside of the sandbox.
    pid: i32,
}

impl Target {
    /// Must be called before the sandbox is entered.
    pub(crate) fn new(path: &OsStr, pid: &OsStr) -> io::Result<Self> {
        let pid = pid.to_str().and_then(|pid| pid.parse().ok());
        Ok(Self {
            mode: std::fs::metadata(path).map_or(0o700, |found| found.permissions().mode()),
            path: CString::new(path.as_bytes())?,
            pid: pid.ok_or_else(|| io::Error::other("the process id is not a number"))?,
        })
    }
}

/// An attempt, and whether it was refused.
type Attempt = (&'static str, bool);

/// Makes every attempt but the last, which [`execute`] makes.
pub(crate) fn all(target: &Target) -> Vec<Attempt> {
    [on_files(target), on_processes(target), on_the_kernel()].concat()
}

fn on_files(target: &Target) -> Vec<Attempt> {
    let path = target.path.as_ptr() as c_long;
    let (cwd, mode) = (c_long::from(libc::AT_FDCWD), c_long::from(target.mode & 0o7777));
    // A file is opened; in a directory, a file without a name is made, where the disk can do that. It
    // is closed when this process ends.
    let opens = |flags: i32| call(libc::SYS_openat, [cwd, path, flags.into(), 0o600, 0]).is_ok();
    vec![
        ("read files", !opens(libc::O_RDONLY)),
        ("write files", !opens(libc::O_WRONLY) && !opens(libc::O_TMPFILE | libc::O_WRONLY)),
        ("change permissions", refused(libc::SYS_fchmodat, [cwd, path, mode, 0, 0])),
        ("change owners", refused(libc::SYS_fchownat, [cwd, path, -1, -1, 0])),
        ("change times", refused(libc::SYS_utimensat, [cwd, 0, 0, 0, 0])),
        ("set attributes", refused(libc::SYS_setxattr, [0, 0, 0, 0, 0])),
        ("make links", refused(libc::SYS_linkat, [-1, 0, -1, 0, 0])),
        ("make devices", refused(libc::SYS_mknodat, [-1, 0, 0, 0, 0])),
    ]
}

fn on_processes(target: &Target) -> Vec<Attempt> {
    let (pid, new_user) = (c_long::from(target.pid), c_long::from(libc::CLONE_NEWUSER));
    let own_by = [0, libc::F_SETOWN.into(), pid, 0, 0];
    vec![
        ("signal processes", refused(libc::SYS_kill, [pid, 0, 0, 0, 0])),
        ("signal threads", refused(libc::SYS_tgkill, [pid, pid, 0, 0, 0])),
        ("signal any thread", refused(libc::SYS_tkill, [pid, 0, 0, 0, 0])),
        ("signal through a file", refused(libc::SYS_fcntl, own_by)),
        ("use limits of processes", refused(libc::SYS_prlimit64, [pid, 0, 0, 0, 0])),
        ("set its own limits", refused(libc::SYS_prlimit64, [0, 0, -1, 0, 0])),
        ("set priorities", refused(libc::SYS_setpriority, [-1, 0, 0, 0, 0])),
        ("move processes", refused(libc::SYS_sched_setaffinity, [pid, 0, 0, 0, 0])),
        ("trace processes", refused(libc::SYS_ptrace, [-1, pid, 0, 0, 0])),
        ("read memory", refused(libc::SYS_process_vm_readv, [pid, 0, 0, 0, 0])),
        ("open processes", refused(libc::SYS_pidfd_open, [pid, -1, 0, 0, 0])),
        ("fork", fork_is_refused(0)),
        ("fork into a namespace", fork_is_refused(new_user)),
        ("fork by clone3", refused(libc::SYS_clone3, [0, 0, 0, 0, 0])),
        ("enter a namespace", refused(libc::SYS_setns, [-1, 0, 0, 0, 0])),
        ("leave a namespace", refused(libc::SYS_unshare, [-1, 0, 0, 0, 0])),
    ]
}

fn on_the_kernel() -> Vec<Attempt> {
    let socket =
        |family: i32| refused(libc::SYS_socket, [family.into(), libc::SOCK_STREAM.into(), 0, 0, 0]);
    let no_new_privs = c_long::from(libc::PR_GET_NO_NEW_PRIVS);
    vec![
        ("use the network", socket(libc::AF_INET) && socket(libc::AF_INET6)),
        ("use local sockets", socket(libc::AF_UNIX)),
        ("mount", refused(libc::SYS_mount, [0, 0, 0, 0, 0])),
        ("change the root", refused(libc::SYS_chroot, [0, 0, 0, 0, 0])),
        ("use bpf", refused(libc::SYS_bpf, [-1, 0, 0, 0, 0])),
        ("use keys", refused(libc::SYS_keyctl, [-1, 0, 0, 0, 0])),
        ("use io_uring", refused(libc::SYS_io_uring_setup, [0, 0, 0, 0, 0])),
        ("use userfaultfd", refused(libc::SYS_userfaultfd, [-1, 0, 0, 0, 0])),
        ("gain privileges", call(libc::SYS_prctl, [no_new_privs, 0, 0, 0, 0]).ok() == Some(1)),
    ]
}

/// Replaces this process by another program; returns only if refused. In a tool's sandbox our own
/// program is allowed, being the tool, so another one is tried. `None` if there is no other: then no
/// tool could execute one either.
pub(crate) fn execute(own_says: [&str; 2], is_tool: bool) -> Option<io::Error> {
    use std::os::unix::process::CommandExt;
    let other = OTHER_PROGRAMS.into_iter().find(|program| Path::new(program).is_file());
    let program = if is_tool { other? } else { "/proc/self/exe" };
    // What another program does with these arguments is of no interest: that it runs is enough.
    Some(std::process::Command::new(program).args(own_says).exec())
}

fn refused(number: c_long, arguments: [c_long; 5]) -> bool {
    call(number, arguments).is_err_and(|error| REFUSALS.contains(&error))
}

#[expect(unsafe_code, reason = "most of these calls have no safe interface")]
fn call(number: c_long, arguments: [c_long; 5]) -> Result<c_long, i32> {
    let [first, second, third, fourth, fifth] = arguments;
    // SAFETY: pointers among the arguments are null, or strings that outlive the call, which only
    // reads them; the kernel refuses invalid ones. No call here changes this process's memory.
    let outcome = unsafe { libc::syscall(number, first, second, third, fourth, fifth) };
    if outcome >= 0 {
        return Ok(outcome);
    }
    Err(io::Error::last_os_error().raw_os_error().unwrap_or(0))
}

#[expect(unsafe_code, reason = "the kernel's own call is to be tried, not the C library's")]
fn fork_is_refused(flags: c_long) -> bool {
    let flags = flags | c_long::from(libc::SIGCHLD);
    let none = std::ptr::null_mut::<c_void>();
    // SAFETY: without CLONE_VM the child has a copy of everything; it exits at once, by a call that
    // runs no handlers.
    let child = unsafe { libc::syscall(libc::SYS_clone, flags, none, none, none, 0) };
    if child == 0 {
        // SAFETY: as above.
        unsafe { libc::_exit(0) }
    }
    child < 0 && REFUSALS.contains(&io::Error::last_os_error().raw_os_error().unwrap_or(0))
}
