//! Child processes that read untrusted files: bounded in time, memory, processor time, output
//! and files, in a process group of their own that is killed as a whole.

use std::io::{self, Read};
use std::os::unix::process::CommandExt;
use std::process::{Child, Command, Stdio};
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
    /// Bytes of output that are read.
    pub output: u64,
}

impl Default for ToolLimits {
    fn default() -> Self {
        Self { wall: Duration::from_secs(20), cpu_seconds: 15, memory: 2 << 30, output: 1 << 20 }
    }
}

/// What a child said.
#[derive(Debug)]
pub struct Said {
    /// Whether it ended well.
    pub is_ok: bool,
    /// Standard output.
    pub output: Vec<u8>,
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
    /// It could not be run.
    #[error("cannot run {0}: {1}")]
    Broken(String, #[source] io::Error),
}

/// Runs a program to its end, without a shell, an input or an environment.
pub fn run(program: &str, arguments: &[&str], limits: &ToolLimits) -> Result<Said, ToolError> {
    let broken = |error| ToolError::Broken(program.to_owned(), error);
    let mut child = match start(program, arguments, limits) {
        Err(error) if error.kind() == io::ErrorKind::NotFound => {
            return Err(ToolError::Missing(program.to_owned()));
        }
        other => other.map_err(broken)?,
    };
    let output = child.stdout.take().map(|pipe| drain(pipe, limits.output));
    let errors = child.stderr.take().map(|pipe| drain(pipe, 16 * 1024));
    let ended = wait(&mut child, limits.wall).map_err(broken)?;
    let text = |reader: Option<thread::JoinHandle<Vec<u8>>>| {
        reader.and_then(|reader| reader.join().ok()).unwrap_or_default()
    };
    let (output, errors) = (text(output), text(errors));
    let Some(is_ok) = ended else { return Err(ToolError::TimedOut(program.to_owned())) };
    Ok(Said { is_ok, output, errors: String::from_utf8_lossy(&errors).into_owned() })
}

/// Waits until the child ends (`Some`: whether well) or its time is over (`None`: killed).
fn wait(child: &mut Child, wall: Duration) -> io::Result<Option<bool>> {
    let deadline = Instant::now() + wall;
    let mut pause = Duration::from_millis(2);
    loop {
        if let Some(status) = child.try_wait()? {
            return Ok(Some(status.success()));
        }
        if Instant::now() >= deadline {
            kill_group(child);
            child.wait()?;
            return Ok(None);
        }
        thread::sleep(pause);
        pause = (pause * 2).min(Duration::from_millis(50));
    }
}

/// Reads a pipe to its end and keeps the first bytes, so that the child never blocks on it.
fn drain(mut pipe: impl Read + Send + 'static, limit: u64) -> thread::JoinHandle<Vec<u8>> {
    thread::spawn(move || {
        let mut kept = Vec::new();
        let read = pipe.by_ref().take(limit).read_to_end(&mut kept);
        // What cannot be read is what a killed child did not say.
        drop(read.and_then(|_| io::copy(&mut pipe, &mut io::sink())));
        kept
    })
}

#[expect(unsafe_code, reason = "limits can be set only between fork and exec")]
fn start(program: &str, arguments: &[&str], limits: &ToolLimits) -> io::Result<Child> {
    let mut command = Command::new(program);
    command
        .args(arguments)
        .env_clear()
        .env("PATH", "/usr/local/bin:/usr/bin:/bin")
        .env("LC_ALL", "C")
        .stdin(Stdio::null())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .process_group(0);
    let wanted = [
        (libc::RLIMIT_AS, limits.memory),
        (libc::RLIMIT_CPU, limits.cpu_seconds),
        (libc::RLIMIT_CORE, 0),
        (libc::RLIMIT_FSIZE, 0),
        (libc::RLIMIT_NOFILE, 64),
    ];
    // SAFETY: the closure calls only setrlimit, which is async-signal-safe, and allocates
    // nothing.
    unsafe {
        command.pre_exec(move || {
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
