//! Why a file was not processed: because of the file, or because of this machine. The only place
//! that tells them apart, for the image decoder and for every tool.

use std::io::{self, ErrorKind};
use std::os::unix::process::ExitStatusExt;
use std::process::ExitStatus;
use std::time::Duration;

/// Exit code of a worker that failed itself, before or after it decoded: the sandbox could not be
/// entered, the tool could not be executed, the output could not be written. Like `env` and
/// `nohup` use it; no tool does.
pub(crate) const WORKER_FAILED: u8 = 125;
/// Exit code of a Rust program that panicked.
const PANICKED: i32 = 101;
/// Exit code of ffmpeg after a signal that asks it to end.
const FFMPEG_INTERRUPTED: i32 = 255;

/// Why a file was not processed.
#[derive(Debug, thiserror::Error)]
pub enum ProcessError {
    /// The file is invalid; trying again does not help.
    #[error("{0}")]
    Invalid(String),
    /// Probably the file's fault, perhaps the machine's: a limit was exceeded, or a decoder
    /// crashed. Invalid if it happens again.
    #[error("{0}")]
    Suspected(String),
    /// The machine's fault; trying again helps once the cause is gone.
    #[error("{0}")]
    Accident(String),
    /// Nothing of this kind can be processed until the operator acts; the text names the cure.
    #[error("{0}")]
    Unavailable(String),
}

impl From<io::Error> for ProcessError {
    fn from(error: io::Error) -> Self {
        match error.kind() {
            ErrorKind::StorageFull | ErrorKind::QuotaExceeded => {
                Self::Unavailable(error.to_string())
            }
            _ => Self::Accident(error.to_string()),
        }
    }
}

impl ProcessError {
    /// A program that could not be run.
    pub(crate) fn cannot_run(name: &str, error: &io::Error) -> Self {
        Self::Accident(format!("cannot run {name}: {error}"))
    }

    /// Blames no file on a machine that has no memory: whatever a decoder then says of it.
    pub(crate) fn on_this_machine(self, has_memory: bool) -> Self {
        match self {
            Self::Invalid(why) | Self::Suspected(why) if !has_memory => {
                Self::Accident(format!("the machine has no memory left: {why}"))
            }
            other => other,
        }
    }
}

/// Makes a second attempt at what fails because of the file, and believes that: for those who cannot
/// wait for a third.
pub fn twice<T>(mut attempt: impl FnMut() -> Result<T, ProcessError>) -> Result<T, ProcessError> {
    match attempt() {
        Err(ProcessError::Suspected(_) | ProcessError::Invalid(_)) => match attempt() {
            Err(ProcessError::Suspected(why)) => Err(ProcessError::Invalid(why)),
            other => other,
        },
        other => other,
    }
}

/// Has a tool that finds a file invalid look at it again. What a tool says when it got no memory for a
/// moment is anything, such as that an option is unknown; only what it says twice is about the file.
pub fn confirmed<T>(
    mut attempt: impl FnMut() -> Result<T, ProcessError>,
) -> Result<T, ProcessError> {
    match attempt() {
        Err(ProcessError::Invalid(_)) => attempt(),
        other => other,
    }
}

/// A run that ends within this time is short.
const SHORT: Duration = Duration::from_mins(1);

/// Why a child process is not running any more.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Termination {
    /// It ended, after so much processor time.
    Exited { status: ExitStatus, cpu_time: Duration },
    /// It was killed because its time was over, after so much processor time.
    TimedOut { cpu_time: Duration },
    /// It was killed because nobody needs its output.
    Cancelled,
}

/// An end to classify.
#[derive(Clone, Copy, Debug)]
pub(crate) struct ProcessEnd<'a> {
    /// Name of the tool.
    pub(crate) name: &'a str,
    /// Why it is not running any more.
    pub(crate) termination: Termination,
    /// Processor time that it could use.
    pub(crate) cpu_limit: Duration,
    /// Time that it could take.
    pub(crate) wall_time: Duration,
    /// The start of its standard error.
    pub(crate) stderr: &'a str,
}

impl ProcessEnd<'_> {
    /// Whether the child process did what it should, or why not.
    pub(crate) fn classify(self) -> Result<(), ProcessError> {
        let Self { name, stderr, .. } = self;
        let (status, cpu_time) = match self.termination {
            Termination::Exited { status, cpu_time } => (status, cpu_time),
            Termination::TimedOut { cpu_time } => {
                let why = format!("{name} did not finish in time");
                // What is short and had hardly begun was kept waiting by the machine.
                let is_starved = self.wall_time <= SHORT && cpu_time < self.cpu_limit / 4;
                return Err(if is_starved {
                    ProcessError::Accident(why)
                } else {
                    ProcessError::Suspected(why)
                });
            }
            Termination::Cancelled => {
                return Err(ProcessError::Accident(format!("{name} was cancelled")));
            }
        };
        if status.success() {
            return Ok(());
        }
        let is_interrupted = status.signal().is_some() || status.code() == Some(FFMPEG_INTERRUPTED);
        // The kernel's two accounts of the time differ a little.
        let is_used_up = cpu_time + Duration::from_millis(500) >= self.cpu_limit;
        if is_interrupted && is_used_up {
            let why = format!("{name} used all of its processor time");
            return Err(ProcessError::Suspected(why));
        }
        Err(match (status.signal(), status.code()) {
            (Some(signal), _) => by_signal(name, signal, stderr),
            (None, Some(code)) => by_code(name, code, stderr),
            (None, None) => ProcessError::Accident(format!("{name} ended strangely")),
        })
    }
}

fn by_signal(name: &str, signal: i32, stderr: &str) -> ProcessError {
    let stderr = stderr.trim();
    match signal {
        libc::SIGXFSZ => ProcessError::Suspected(format!("{name} wrote more than it may")),
        libc::SIGABRT if stderr.contains("memory allocation") => {
            ProcessError::Suspected(format!("{name} needed more memory than it may use"))
        }
        // Crashes: the usual end of a decoder that a file confuses.
        libc::SIGSEGV | libc::SIGBUS | libc::SIGILL | libc::SIGFPE | libc::SIGABRT => {
            ProcessError::Suspected(format!("{name} crashed (signal {signal})"))
        }
        // SIGKILL is the kernel's when memory runs out; SIGTERM is a shutdown's; SIGSYS is a
        // filter's. None of them is about the file.
        _ => ProcessError::Accident(format!("{name} was killed (signal {signal}) {stderr}")),
    }
}

fn by_code(name: &str, code: i32, stderr: &str) -> ProcessError {
    let ends_with = |texts: &[&str]| {
        let mut lines = stderr.lines().map(str::trim_end);
        lines.any(|line| texts.iter().any(|text| line.ends_with(text)))
    };
    let failed = || format!("{name} failed with code {code}: {}", stderr.trim());
    match code {
        FFMPEG_INTERRUPTED => ProcessError::Accident(format!("{name} was interrupted")),
        PANICKED => ProcessError::Suspected(format!("{name} crashed")),
        // Also those of a loader or a shell that did not get as far as the tool.
        _ if code == i32::from(WORKER_FAILED) || code == 126 || code == 127 => {
            ProcessError::Accident(failed())
        }
        _ if ends_with(MACHINE_ERRORS) => ProcessError::Accident(failed()),
        _ if is_about_memory(stderr) => {
            ProcessError::Suspected(format!("{name} needed more memory than it may use"))
        }
        // ffmpeg also uses these names for what it finds in a file.
        _ if ends_with(AMBIGUOUS_ERRORS) => ProcessError::Suspected(first_message(stderr)),
        _ => ProcessError::Invalid(first_message(stderr)),
    }
}

/// Whether a decoder or tool says that it got no memory: the system, x264, libjpeg-turbo, libwebp and
/// each part of ffmpeg have other words for it.
pub(crate) fn is_about_memory(text: &str) -> bool {
    let text = text.to_lowercase();
    text.contains("alloc") || text.contains("memory")
}

/// Ends of lines that report an error of the system.
const MACHINE_ERRORS: &[&str] = &[
    "No space left on device",
    "Disk quota exceeded",
    "Read-only file system",
    "Too many open files",
    "Too many open files in system",
    "Permission denied",
    "Resource temporarily unavailable",
];

const AMBIGUOUS_ERRORS: &[&str] = &[
    "Input/output error",
    "No such file or directory",
    "Operation not permitted",
    "Function not implemented",
];

/// The message of the first line on standard error, without the path of the file and without the
/// names and addresses of ffmpeg's own objects.
fn first_message(stderr: &str) -> String {
    let mut lines = stderr.lines().map(without_origin).filter(|line| !line.is_empty());
    let line = lines.next().unwrap_or_default();
    let message = line.rsplit(": ").next().unwrap_or_default().trim();
    // Some lines end with a number that only ffmpeg's source explains.
    let is_telling = message.contains(|c: char| c.is_alphabetic());
    if is_telling { message.to_lowercase() } else { "it is not readable".to_owned() }
}

/// A line without prefixes such as `[mov,mp4,m4a @ 0x55d0c8a3e2c0] `.
fn without_origin(line: &str) -> &str {
    let mut rest = line.trim();
    while let Some((origin, after)) = rest.strip_prefix('[').and_then(|r| r.split_once(']')) {
        if !origin.contains(" @ 0x") {
            break;
        }
        rest = after.trim_start();
    }
    rest
}

#[cfg(test)]
mod tests {
    use super::*;

    fn end(status: i32, cpu_time: u64, stderr: &str) -> Result<(), ProcessError> {
        let (status, cpu_time) = (ExitStatus::from_raw(status), Duration::from_secs(cpu_time));
        let termination = Termination::Exited { status, cpu_time };
        let cpu_limit = Duration::from_secs(15);
        let wall_time = Duration::from_secs(20);
        ProcessEnd { name: "ffmpeg", termination, cpu_limit, wall_time, stderr }.classify()
    }

    fn code(code: i32, stderr: &str) -> Result<(), ProcessError> {
        end(code << 8, 1, stderr)
    }

    #[test]
    fn accidents_of_the_machine_are_never_the_fault_of_the_file() {
        let accidents = [
            end(libc::SIGKILL, 1, ""),
            end(libc::SIGTERM, 1, ""),
            end(libc::SIGSYS, 1, ""),
            code(125, "worker: the kernel does not enforce Landlock"),
            code(127, "ffmpeg: error while loading shared libraries: libx264.so"),
            code(255, ""),
            code(
                1,
                "[mp4 @ 0x55d0c8a3e2c0] x\nav_interleaved_write_frame(): No space left on device\n",
            ),
            code(1, "/data/blob: Permission denied"),
        ];
        for (n, one) in accidents.iter().enumerate() {
            assert!(matches!(one, Err(ProcessError::Accident(_))), "{n}: {one:?}");
        }
    }

    #[test]
    fn limits_and_crashes_are_suspected() {
        let suspected = [
            end(libc::SIGKILL, 15, ""),
            end(255 << 8, 16, ""),
            end(libc::SIGXFSZ, 1, ""),
            end(libc::SIGSEGV, 1, ""),
            end(libc::SIGABRT, 1, "memory allocation of 99 bytes failed"),
            code(101, "thread 'main' panicked"),
            code(1, "Error while decoding: Cannot allocate memory"),
            code(1, "x264 [error]: malloc of size 5216 failed\nError while opening encoder"),
            code(1, "Could not alloc buffer."),
            code(1, "Error allocating the decoder context."),
        ];
        for (n, one) in suspected.iter().enumerate() {
            assert!(matches!(one, Err(ProcessError::Suspected(_))), "{n}: {one:?}");
        }
        let late = |cpu_seconds, wall_seconds| {
            let end = ProcessEnd {
                name: "ffprobe",
                termination: Termination::TimedOut { cpu_time: Duration::from_secs(cpu_seconds) },
                cpu_limit: Duration::from_secs(15),
                wall_time: Duration::from_secs(wall_seconds),
                stderr: "",
            };
            end.classify().unwrap_err()
        };
        assert!(matches!(late(1, 20), ProcessError::Accident(_)), "it was kept waiting");
        assert!(matches!(late(1, 1200), ProcessError::Suspected(_)), "it may wait for itself");
        let late = late(10, 20);
        assert!(matches!(late, ProcessError::Suspected(_)));
        assert_eq!(late.to_string(), "ffprobe did not finish in time");
        let twice_late = twice(|| Err::<(), _>(ProcessError::Suspected("late".to_owned())));
        assert!(matches!(twice_late, Err(ProcessError::Invalid(_))));
    }

    #[test]
    fn a_machine_without_memory_blames_no_file() {
        let verdicts = [
            code(1, "moov atom not found"),
            code(1, "x264 [error]: malloc of size 5216 failed\nError while opening encoder"),
            end(libc::SIGABRT, 1, "memory allocation of 99 bytes failed"),
            end(libc::SIGSEGV, 1, ""),
        ];
        for verdict in verdicts {
            let there = verdict.unwrap_err();
            let is_blamed = |why: &ProcessError| !matches!(why, ProcessError::Accident(_));
            assert!(is_blamed(&there), "{there:?}");
            let (text, gone) = (there.to_string(), there.on_this_machine(false));
            assert!(!is_blamed(&gone) && gone.to_string().ends_with(&text), "{gone:?}");
        }
        assert!(matches!(
            ProcessError::Unavailable("x".to_owned()).on_this_machine(false),
            ProcessError::Unavailable(_)
        ));
    }

    #[test]
    fn only_what_a_tool_says_twice_is_about_the_file() {
        let fails_times = |times: u32| {
            let mut left = times;
            move || {
                let is_failing = left > 0;
                left = left.saturating_sub(1);
                if is_failing { Err(ProcessError::Invalid("x".to_owned())) } else { Ok(()) }
            }
        };
        assert!(confirmed(fails_times(1)).is_ok() && twice(fails_times(1)).is_ok());
        assert!(matches!(confirmed(fails_times(2)), Err(ProcessError::Invalid(_))));
        assert!(matches!(twice(fails_times(2)), Err(ProcessError::Invalid(_))));
    }

    #[test]
    fn a_message_tells_neither_addresses_nor_paths() {
        let stderr = "[mov,mp4,m4a,3gp,3g2,mj2 @ 0x55d0c8a3e2c0] moov atom not found\n\
                      /data/blobs/ab/cd: Invalid data found when processing input\n";
        assert_eq!(code(1, stderr).unwrap_err().to_string(), "moov atom not found");
        let stderr = "[h264 @ 0x1] [eq @ 0x2] \n/data/blobs/ab: Invalid data found\n";
        assert_eq!(code(1, stderr).unwrap_err().to_string(), "invalid data found");
        assert!(matches!(code(1, stderr), Err(ProcessError::Invalid(_))));
    }
}
