//! Child processes that read untrusted files: bounded in time, memory, processor time, output
//! and files, in a process group of their own that is killed as a whole.

use crate::failure::{ProcessEnd, ProcessError, Termination};
use std::ffi::OsString;
use std::fs::File;
use std::io::{self, Read};
use std::os::unix::process::{CommandExt, ExitStatusExt};
use std::path::Path;
use std::process::{Child, ChildStdout, Command, ExitStatus, Stdio};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::mpsc::{self, Receiver, RecvTimeoutError};
use std::thread;
use std::time::{Duration, Instant};

/// Bytes of a child's standard error that are kept.
const STDERR_MAX: u64 = 16 * 1024;

/// What a child process may use.
#[derive(Clone, Copy, Debug)]
pub struct ToolLimits {
    /// Elapsed time after which it is killed.
    pub wall_time: Duration,
    /// Seconds of processor time.
    pub cpu_seconds: u64,
    /// Bytes of address space.
    pub memory_bytes: u64,
    /// Bytes of each file that it writes.
    pub file_bytes: u64,
}

impl Default for ToolLimits {
    fn default() -> Self {
        Self {
            wall_time: Duration::from_secs(20),
            cpu_seconds: 15,
            memory_bytes: 2 << 30,
            file_bytes: 0,
        }
    }
}

/// A child process to run.
#[derive(Debug)]
pub struct ProcessSpec<'a> {
    /// The program: a path, or a name to look up in the usual directories.
    pub program: &'a Path,
    /// What it is called in messages: the worker runs as other tools.
    pub name: &'a str,
    /// Its arguments.
    pub arguments: Vec<OsString>,
    /// Its standard input.
    pub input: Option<File>,
    /// What it may use.
    pub limits: ToolLimits,
    /// Set to `true` to have it killed.
    pub cancel: Option<&'a AtomicBool>,
}

/// The result of a child process that was started.
#[derive(Debug)]
pub struct ToolOutput<T> {
    /// Whether it did what it should, or why not.
    pub end: Result<(), ProcessError>,
    /// What `consume` returned for its standard output.
    pub output: T,
    /// The start of its standard error.
    pub stderr: String,
}

/// Runs a program to its end, without a shell and without an environment. Its standard output is
/// passed to `consume` on a thread of its own.
pub fn run<T: Send>(
    process: ProcessSpec<'_>,
    consume: impl FnOnce(ChildStdout) -> T + Send,
) -> Result<ToolOutput<T>, ProcessError> {
    let (name, limits, cancel) = (process.name, process.limits, process.cancel);
    let broken = |error: io::Error| ProcessError::cannot_run(name, &error);
    let mut child = start(process).map_err(broken)?;
    let (Some(stdout), Some(stderr)) = (child.stdout.take(), child.stderr.take()) else {
        return Err(broken(io::Error::other("it has no output")));
    };
    thread::scope(|scope| {
        let (closed, is_closed) = mpsc::channel::<()>();
        // A machine may have no thread left; then the child goes too.
        let stopped = |error| {
            drop(stop(&child));
            broken(error)
        };
        let read_output = move || {
            let output = consume(stdout);
            drop(closed);
            output
        };
        let output = thread::Builder::new().spawn_scoped(scope, read_output).map_err(stopped)?;
        let read_stderr = move || read_and_drain(stderr, STDERR_MAX);
        let stderr = thread::Builder::new().spawn_scoped(scope, read_stderr).map_err(stopped)?;
        let termination = wait(&child, limits.wall_time, cancel, &is_closed).map_err(stopped)?;
        let panicked = |_| broken(io::Error::other("its reader failed"));
        let output = output.join().map_err(panicked)?;
        let stderr = String::from_utf8_lossy(&stderr.join().unwrap_or_default()).into_owned();
        let cpu_limit = Duration::from_secs(limits.cpu_seconds);
        let wall_time = limits.wall_time;
        let end =
            ProcessEnd { name, termination, cpu_limit, wall_time, stderr: &stderr }.classify();
        let end = end.map_err(|why| why.on_this_machine(has_memory()));
        Ok(ToolOutput { end, output, stderr })
    })
}

/// For [`run`]: returns the standard output, at most its first `limit` bytes.
pub fn read_all(limit: u64) -> impl FnOnce(ChildStdout) -> Vec<u8> + Send {
    move |pipe| read_and_drain(pipe, limit)
}

/// Waits until the child exits, its time is over, or it is cancelled; in the latter cases its whole
/// process group is killed. The end of its output wakes the wait early.
#[expect(clippy::disallowed_methods, reason = "a process is limited in real time")]
fn wait(
    child: &Child,
    wall_time: Duration,
    cancel: Option<&AtomicBool>,
    is_closed: &Receiver<()>,
) -> io::Result<Termination> {
    let deadline = Instant::now() + wall_time;
    let mut pause = Duration::from_millis(50);
    loop {
        if let Some((status, cpu_time)) = reap(child, libc::WNOHANG)? {
            return Ok(Termination::Exited { status, cpu_time });
        }
        let is_cancelled = cancel.is_some_and(|cancel| cancel.load(Ordering::Relaxed));
        if is_cancelled || Instant::now() >= deadline {
            let cpu_time = stop(child)?;
            let late = Termination::TimedOut { cpu_time };
            return Ok(if is_cancelled { Termination::Cancelled } else { late });
        }
        if let Err(RecvTimeoutError::Disconnected) = is_closed.recv_timeout(pause) {
            // The child is about to exit; the pause prevents a busy loop if its reader merely
            // gave up early.
            pause = Duration::from_millis(1);
            thread::sleep(pause);
        }
    }
}

/// Kills a child with its process group, waits for its end, and returns the processor time that it took.
fn stop(child: &Child) -> io::Result<Duration> {
    kill_group(child);
    loop {
        if let Some((_, cpu_time)) = reap(child, 0)? {
            return Ok(cpu_time);
        }
    }
}

/// Whether this machine would give a child the memory that most files need. It does not where it
/// promises no more than it has, and all is promised.
#[expect(unsafe_code, reason = "the standard library ends the process where there is no memory")]
pub(crate) fn has_memory() -> bool {
    /// Bytes.
    const ENOUGH: usize = 256 << 20;
    let (access, none) = (libc::PROT_READ | libc::PROT_WRITE, std::ptr::null_mut());
    let kind = libc::MAP_PRIVATE | libc::MAP_ANONYMOUS | libc::MAP_NORESERVE;
    // SAFETY: a new mapping, at no address in particular, touches nothing that exists.
    let mapped = unsafe { libc::mmap(none, ENOUGH, access, kind, -1, 0) };
    if mapped == libc::MAP_FAILED {
        return false;
    }
    // SAFETY: the mapping was just made with this length, and nothing refers to it.
    unsafe { libc::munmap(mapped, ENOUGH) };
    true
}

/// How the child ended and the processor time that it took; `None` if it runs.
#[expect(unsafe_code, reason = "the standard library does not report the time")]
fn reap(child: &Child, options: i32) -> io::Result<Option<(ExitStatus, Duration)>> {
    let pid = i32::try_from(child.id()).map_err(io::Error::other)?;
    let mut status = 0;
    // SAFETY: a struct of numbers, for which zeros are valid.
    let mut usage: libc::rusage = unsafe { std::mem::zeroed() };
    // SAFETY: both pointers are to live variables. The child is ours and not reaped yet: nothing
    // else waits for it, and this is not called again once it returned an end.
    let reaped = unsafe { libc::wait4(pid, &raw mut status, options, &raw mut usage) };
    if reaped < 0 {
        let error = io::Error::last_os_error();
        return if error.kind() == io::ErrorKind::Interrupted { Ok(None) } else { Err(error) };
    }
    let time = |time: libc::timeval| {
        Duration::from_secs(time.tv_sec.unsigned_abs())
            + Duration::from_micros(time.tv_usec.unsigned_abs())
    };
    let cpu_time = time(usage.ru_utime) + time(usage.ru_stime);
    Ok((reaped == pid).then(|| (ExitStatus::from_raw(status), cpu_time)))
}

/// Reads a pipe to its end, so that the child never blocks on it, and keeps the first bytes.
fn read_and_drain(mut pipe: impl Read, limit: u64) -> Vec<u8> {
    let mut kept = Vec::new();
    let read = pipe.by_ref().take(limit).read_to_end(&mut kept);
    // An error here means that the child was killed; what it had written before counts.
    drop(read.and_then(|_| io::copy(&mut pipe, &mut io::sink())));
    kept
}

#[expect(unsafe_code, reason = "limits can be set only between fork and exec")]
fn start(process: ProcessSpec<'_>) -> io::Result<Child> {
    let mut command = Command::new(process.program);
    command
        .args(process.arguments)
        .env_clear()
        .env("PATH", "/usr/local/bin:/usr/bin:/bin")
        .env("LC_ALL", "C")
        .stdin(process.input.map_or_else(Stdio::null, Stdio::from))
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .process_group(0);
    let limits = [
        (libc::RLIMIT_AS, process.limits.memory_bytes),
        (libc::RLIMIT_CPU, process.limits.cpu_seconds),
        (libc::RLIMIT_CORE, 0),
        (libc::RLIMIT_FSIZE, process.limits.file_bytes),
        (libc::RLIMIT_NOFILE, 64),
    ];
    // SAFETY: the closure calls only prctl, setpriority and setrlimit, which are async-signal-safe,
    // and allocates nothing.
    unsafe {
        command.pre_exec(move || {
            // The thread that starts a child waits for it, so the child dies with the server.
            if libc::prctl(libc::PR_SET_PDEATHSIG, libc::SIGKILL) != 0 {
                return Err(io::Error::last_os_error());
            }
            // Requests have priority over processing.
            libc::setpriority(libc::PRIO_PROCESS, 0, 10);
            for (resource, value) in limits {
                let limit = libc::rlimit { rlim_cur: value, rlim_max: value };
                if libc::setrlimit(resource, &raw const limit) != 0 {
                    return Err(io::Error::last_os_error());
                }
            }
            Ok(())
        });
    }
    command.spawn()
}

#[expect(unsafe_code, reason = "the standard library kills only the child, not its group")]
fn kill_group(child: &Child) {
    let Ok(group) = i32::try_from(child.id()) else { return };
    // SAFETY: kill takes plain numbers; the group is the child's own, which is not reaped yet.
    unsafe { libc::kill(-group, libc::SIGKILL) };
}
