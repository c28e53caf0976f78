//! The jailed worker: our own program, run again with the hidden command `worker`. It decodes
//! pictures, or steps into the jail and becomes a tool such as ffmpeg. The server itself decodes
//! nothing.

use crate::inspect::Orientation;
use crate::jail::{self, Files};
use crate::picture::{self, Made, Placeholders, Wanted};
use crate::sniff::Format;
use crate::tool::{self, Said, Tool, ToolError, ToolLimits};
use serde::{Deserialize, Serialize};
use std::ffi::OsString;
use std::fs::File;
use std::io::{self, BufRead, BufReader, Read, Write};
use std::os::unix::process::CommandExt;
use std::path::{Path, PathBuf};
use std::process::{ChildStdout, Command, ExitCode};
use std::sync::atomic::AtomicBool;
use std::time::Duration;

/// The hidden command.
pub const COMMAND: &str = "worker";
/// Bytes that all sizes of a picture may have together.
const OUTPUT_MAX: u64 = 256 << 20;
/// Bytes of the line that says what follows.
const HEADER_MAX: u64 = 64 * 1024;

/// What the worker is asked for.
#[derive(Serialize, Deserialize)]
struct Order {
    mime: String,
    orientation: u8,
    wanted: Vec<Wanted>,
}

/// What the worker says before the bytes.
#[derive(Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
enum Answer {
    Made { made: Vec<(Made, u64)>, placeholders: Placeholders },
    Undecodable(String),
}

/// Why no sizes were made.
#[derive(Debug, thiserror::Error)]
pub enum DeriveError {
    /// The picture cannot be decoded; trying again does not help.
    #[error("it cannot be decoded: {0}")]
    Undecodable(String),
    /// The worker could not do its work; trying again may help.
    #[error(transparent)]
    Tool(#[from] ToolError),
    /// What the worker said cannot be read, or what it made cannot be kept.
    #[error("the worker's answer is broken: {0}")]
    Broken(#[from] io::Error),
}

/// A picture to derive sizes of.
#[derive(Debug)]
pub struct Picture {
    /// Its bytes.
    pub file: File,
    /// Content type, told by the bytes.
    pub mime: String,
    /// Which way is up.
    pub orientation: Orientation,
}

/// A tool to run in the jail.
#[derive(Debug, Default)]
pub struct Errand<'a> {
    /// Name of the program, such as `ffmpeg`.
    pub program: &'static str,
    /// Its arguments.
    pub arguments: Vec<OsString>,
    /// Files that it may read.
    pub readable: &'a [&'a Path],
    /// A folder that it may write into.
    pub writable: Option<&'a Path>,
    /// What it may use.
    pub limits: ToolLimits,
    /// Set to `true` to have it killed.
    pub cancel: Option<&'a AtomicBool>,
}

/// Our own program, which plays the worker.
#[derive(Clone, Debug)]
pub struct Worker {
    program: PathBuf,
}

impl Default for Worker {
    /// The running program, even if its file was replaced meanwhile.
    fn default() -> Self {
        Self { program: PathBuf::from("/proc/self/exe") }
    }
}

impl Worker {
    /// Another program that calls [`main`].
    pub fn new(program: PathBuf) -> Self {
        Self { program }
    }

    /// Derives sizes of a picture that was found whole. `keep` is given each one with a reader of its bytes, as many
    /// as it says, and must read them all.
    pub fn derive(
        &self,
        picture: Picture,
        wanted: &[Wanted],
        keep: impl FnMut(Made, u64, &mut dyn Read) -> io::Result<()> + Send,
    ) -> Result<Placeholders, DeriveError> {
        let order = Order {
            mime: picture.mime,
            orientation: picture.orientation.value(),
            wanted: wanted.to_vec(),
        };
        let order = serde_json::to_string(&order).map_err(io::Error::other)?;
        let tool = Tool {
            program: &self.program,
            arguments: vec![COMMAND.into(), "picture".into(), order.into()],
            input: Some(picture.file),
            limits: ToolLimits {
                wall: Duration::from_secs(30),
                cpu_seconds: 20,
                memory: 2 << 30,
                file: 0,
            },
            cancel: None,
        };
        let said = tool::run(tool, move |pipe| receive(pipe, keep))?;
        match said.output {
            Ok(Ok(placeholders)) if said.is_ok => Ok(placeholders),
            Ok(Err(why)) => Err(DeriveError::Undecodable(why)),
            // A worker that was killed had more to do than a picture may ask for.
            Err(error) if !said.is_ok && error.kind() == io::ErrorKind::UnexpectedEof => {
                Err(DeriveError::Undecodable(format!("the decoder gave up {}", said.errors.trim())))
            }
            Ok(Ok(_)) => Err(io::Error::other(said.errors).into()),
            Err(error) => Err(error.into()),
        }
    }

    /// Runs a tool in the jail.
    pub fn run<T: Send>(
        &self,
        errand: Errand<'_>,
        consume: impl FnOnce(ChildStdout) -> T + Send,
    ) -> Result<Said<T>, ToolError> {
        let missing = || ToolError::Missing(errand.program.to_owned());
        let program = find(errand.program).ok_or_else(missing)?;
        let mut arguments: Vec<OsString> = vec![COMMAND.into(), "tool".into()];
        arguments.extend(errand.readable.iter().flat_map(|path| ["--read".into(), path.into()]));
        arguments.extend(errand.writable.iter().flat_map(|path| ["--write".into(), path.into()]));
        arguments.extend(["--".into(), program.into_os_string()]);
        arguments.extend(errand.arguments);
        let (limits, cancel) = (errand.limits, errand.cancel);
        let tool = Tool { program: &self.program, arguments, input: None, limits, cancel };
        tool::run(tool, consume)
    }
}

/// Where a tool is installed.
pub fn find(name: &str) -> Option<PathBuf> {
    ["/usr/local/bin", "/usr/bin", "/bin"]
        .iter()
        .map(|folder| Path::new(folder).join(name))
        .find(|path| path.is_file())
}

fn receive(
    pipe: impl Read,
    mut keep: impl FnMut(Made, u64, &mut dyn Read) -> io::Result<()>,
) -> io::Result<Result<Placeholders, String>> {
    let mut pipe = BufReader::with_capacity(256 * 1024, pipe);
    let mut line = Vec::new();
    pipe.by_ref().take(HEADER_MAX).read_until(b'\n', &mut line)?;
    if line.last() != Some(&b'\n') {
        return Err(io::ErrorKind::UnexpectedEof.into());
    }
    match serde_json::from_slice(&line).map_err(io::Error::other)? {
        Answer::Undecodable(why) => Ok(Err(why)),
        Answer::Made { made, placeholders } => {
            let total: u64 = made.iter().fold(0, |sum, (_, bytes)| sum.saturating_add(*bytes));
            if total > OUTPUT_MAX {
                return Err(io::Error::other("it is longer than any picture needs"));
            }
            for (one, bytes) in made {
                let mut rest = pipe.by_ref().take(bytes);
                keep(one, bytes, &mut rest)?;
                if rest.limit() > 0 {
                    return Err(io::ErrorKind::UnexpectedEof.into());
                }
            }
            Ok(Ok(placeholders))
        }
    }
}

/// What the program does when it is run as the worker; `arguments` follow the hidden command.
#[expect(clippy::print_stderr, reason = "a worker says there why it failed")]
pub fn main(arguments: Vec<OsString>) -> ExitCode {
    let mut arguments = arguments.into_iter();
    let kind = arguments.next().unwrap_or_default();
    let outcome = match kind.to_str() {
        Some("picture") => be_decoder(&arguments.next().unwrap_or_default()),
        Some("tool") => become_tool(arguments),
        _ => Err(io::Error::other("this command is for the server's own use")),
    };
    match outcome {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("worker: {error}");
            ExitCode::FAILURE
        }
    }
}

fn be_decoder(order: &std::ffi::OsStr) -> io::Result<()> {
    let order: Order =
        serde_json::from_slice(order.as_encoded_bytes()).map_err(io::Error::other)?;
    jail::enter_decoder()?;
    let mut bytes = Vec::new();
    io::stdin().lock().read_to_end(&mut bytes)?;
    let orientation = Orientation::new(order.orientation.into());
    let format = Format::from_mime(&order.mime)
        .ok_or_else(|| io::Error::other("the content type is unknown"))?;
    let (answer, files) = match picture::derive(&bytes, format, orientation, &order.wanted) {
        Ok((made, placeholders)) => {
            let (made, files) = made.into_iter().map(taken_apart).unzip();
            (Answer::Made { made, placeholders }, files)
        }
        Err(error) => (Answer::Undecodable(error.to_string()), Vec::<Vec<u8>>::new()),
    };
    let mut out = io::stdout().lock();
    serde_json::to_writer(&mut out, &answer).map_err(io::Error::other)?;
    out.write_all(b"\n")?;
    files.iter().try_for_each(|bytes| out.write_all(bytes))?;
    out.flush()
}

fn taken_apart(mut made: Made) -> ((Made, u64), Vec<u8>) {
    let bytes = std::mem::take(&mut made.bytes);
    let length = bytes.len() as u64;
    ((made, length), bytes)
}

/// Libraries, and what the loader and ffmpeg look at.
const SYSTEM: [&str; 5] = ["/usr", "/lib", "/lib64", "/bin", "/opt"];
const SYSTEM_FILES: [&str; 6] = [
    "/etc/ld.so.cache",
    "/etc/alternatives",
    "/dev/null",
    "/dev/urandom",
    "/proc/cpuinfo",
    "/sys/devices/system/cpu",
];

fn become_tool(mut arguments: impl Iterator<Item = OsString>) -> io::Result<()> {
    let missing = || io::Error::other("an argument is missing");
    let (mut readable, mut writable) = (Vec::new(), Vec::new());
    let program = loop {
        let argument = arguments.next().ok_or_else(missing)?;
        match argument.to_str() {
            Some("--read") => readable.push(PathBuf::from(arguments.next().ok_or_else(missing)?)),
            Some("--write") => writable.push(PathBuf::from(arguments.next().ok_or_else(missing)?)),
            Some("--") => break arguments.next().ok_or_else(missing)?,
            _ => return Err(io::Error::other("an argument is unknown")),
        }
    };
    let system = SYSTEM.map(Path::new);
    let mut read: Vec<&Path> = SYSTEM_FILES.iter().map(Path::new).collect();
    read.extend(readable.iter().map(PathBuf::as_path));
    let write: Vec<&Path> = writable.iter().map(PathBuf::as_path).collect();
    jail::enter_tool(&Files { runnable: &system, readable: &read, writable: &write })?;
    // Returns only if it could not become the tool.
    Err(Command::new(program).args(arguments).exec())
}
