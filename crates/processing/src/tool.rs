//! Child processes that read untrusted files: bounded in time, memory, processor time, output
//! and files, in a process group of their own that is killed as a whole.

use std::ffi::{OsStr, OsString};
use std::fs::File;
use std::io::{self, Read};
use std::os::unix::process::CommandExt;
use std::path::Path;
use std::process::{Child, ChildStdout, Command, Stdio};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::mpsc::{self, Receiver, RecvTimeoutError};
use std::thread;
use std::time::{Duration, Instant};

/// What a child may use.
#[derive(Clone, Copy, Debug)]
pub struct ToolLimits {
    /// Time until it is killed.
    pub wall: Duration,
    /// Seconds of processor time.
    pub cpu_seconds: u64,
    /// Bytes of address space.
    pub memory: u64,
    /// Bytes of each file that it writes.
    pub file: u64,
}

impl Default for ToolLimits {
    fn default() -> Self {
        Self { wall: Duration::from_secs(20), cpu_seconds: 15, memory: 2 << 30, file: 0 }
    }
}

/// A child to run.
#[derive(Debug)]
pub struct Tool<'a> {
    /// The program: a path, or a name to look up in the usual folders.
    pub program: &'a Path,
    /// Its arguments.
    pub arguments: Vec<OsString>,
    /// Its standard input.
    pub input: Option<File>,
    /// What it may use.
    pub limits: ToolLimits,
    /// Set to `true` to have it killed.
    pub cancel: Option<&'a AtomicBool>,
}

/// What a child said.
#[derive(Debug)]
pub struct Said<T> {
    /// Whether it ended well.
    pub is_ok: bool,
    /// What was made of its standard output.
    pub output: T,
    /// The start of its standard error.
    pub errors: String,
}

/// Why a child said nothing.
#[derive(Debug, thiserror::Error)]
pub enum ToolError {
    /// The program is not installed.
    #[error("{0} is not installed")]
    Missing(String),
    /// It was killed at the end of its time.
    #[error("{0} did not end in time")]
    TimedOut(String),
    /// It was killed because it is no longer wanted.
    #[error("{0} was cancelled")]
    Cancelled(String),
    /// It could not be run.
    #[error("cannot run {0}: {1}")]
    Broken(String, #[source] io::Error),
}

/// How a child came to its end.
enum End {
    By(bool),
    Time,
    Cancel,
}

/// Runs a program to its end, without a shell and without an environment. `consume` reads its
/// standard output on a thread of its own.
pub fn run<T: Send>(
    tool: Tool<'_>,
    consume: impl FnOnce(ChildStdout) -> T + Send,
) -> Result<Said<T>, ToolError> {
    let name = tool.program.file_name().unwrap_or(OsStr::new("it")).to_string_lossy().into_owned();
    let broken = |error| ToolError::Broken(name.clone(), error);
    let (wall, cancel) = (tool.limits.wall, tool.cancel);
    let mut child = match start(tool) {
        Err(error) if error.kind() == io::ErrorKind::NotFound => {
            return Err(ToolError::Missing(name));
        }
        other => other.map_err(broken)?,
    };
    let (Some(stdout), Some(stderr)) = (child.stdout.take(), child.stderr.take()) else {
        return Err(broken(io::Error::other("it has no output")));
    };
    thread::scope(|scope| {
        let (closed, is_closed) = mpsc::channel::<()>();
        let output = scope.spawn(move || {
            let output = consume(stdout);
            drop(closed);
            output
        });
        let errors = scope.spawn(move || drain(stderr));
        let end = wait(&mut child, wall, cancel, &is_closed).map_err(broken)?;
        let panicked = |_| broken(io::Error::other("its reader failed"));
        let output = output.join().map_err(panicked)?;
        let errors = errors.join().unwrap_or_default();
        match end {
            End::Time => Err(ToolError::TimedOut(name.clone())),
            End::Cancel => Err(ToolError::Cancelled(name.clone())),
            End::By(is_ok) => {
                let errors = String::from_utf8_lossy(&errors).into_owned();
                Ok(Said { is_ok, output, errors })
            }
        }
    })
}

/// Reads everything a tool says, at most `limit` bytes of it.
pub fn read_all(limit: u64) -> impl FnOnce(ChildStdout) -> Vec<u8> + Send {
    move |mut pipe| {
        let mut kept = Vec::new();
        let read = pipe.by_ref().take(limit).read_to_end(&mut kept);
        // What cannot be read is what a killed child did not say.
        drop(read.and_then(|_| io::copy(&mut pipe, &mut io::sink())));
        kept
    }
}

/// Waits until the child ends, its time is over, or nobody wants it; then the group is killed.
/// A closed output wakes it early.
fn wait(
    child: &mut Child,
    wall: Duration,
    cancel: Option<&AtomicBool>,
    is_closed: &Receiver<()>,
) -> io::Result<End> {
    let deadline = Instant::now() + wall;
    let mut pause = Duration::from_millis(50);
    loop {
        if let Some(status) = child.try_wait()? {
            return Ok(End::By(status.success()));
        }
        let is_cancelled = cancel.is_some_and(|cancel| cancel.load(Ordering::Relaxed));
        if is_cancelled || Instant::now() >= deadline {
            kill_group(child);
            child.wait()?;
            return Ok(if is_cancelled { End::Cancel } else { End::Time });
        }
        if let Err(RecvTimeoutError::Disconnected) = is_closed.recv_timeout(pause) {
            // It is about to end; a reader that gave up early is no reason to spin.
            pause = Duration::from_millis(1);
            thread::sleep(pause);
        }
    }
}

/// Reads a pipe to its end and keeps the first bytes, so that the child never blocks on it.
fn drain(mut pipe: impl Read) -> Vec<u8> {
    let mut kept = Vec::new();
    let read = pipe.by_ref().take(16 * 1024).read_to_end(&mut kept);
    // What cannot be read is what a killed child did not say.
    drop(read.and_then(|_| io::copy(&mut pipe, &mut io::sink())));
    kept
}

#[expect(unsafe_code, reason = "limits can be set only between fork and exec")]
fn start(tool: Tool<'_>) -> io::Result<Child> {
    let mut command = Command::new(tool.program);
    command
        .args(tool.arguments)
        .env_clear()
        .env("PATH", "/usr/local/bin:/usr/bin:/bin")
        .env("LC_ALL", "C")
        .stdin(tool.input.map_or_else(Stdio::null, Stdio::from))
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .process_group(0);
    let wanted = [
        (libc::RLIMIT_AS, tool.limits.memory),
        (libc::RLIMIT_CPU, tool.limits.cpu_seconds),
        (libc::RLIMIT_CORE, 0),
        (libc::RLIMIT_FSIZE, tool.limits.file),
        (libc::RLIMIT_NOFILE, 64),
    ];
    // SAFETY: the closure calls only prctl, setpriority and setrlimit, which are async-signal-safe, and
    // allocates nothing.
    unsafe {
        command.pre_exec(move || {
            // The thread that starts a child waits for it, so this is the death of the server.
            if libc::prctl(libc::PR_SET_PDEATHSIG, libc::SIGKILL) != 0 {
                return Err(io::Error::last_os_error());
            }
            // Requests come first.
            libc::setpriority(libc::PRIO_PROCESS, 0, 10);
            for (resource, value) in wanted {
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
