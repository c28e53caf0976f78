//! The sandboxed worker: our own program, run again with the hidden command `worker`. It decodes
//! images, or enters the sandbox and becomes a tool such as ffmpeg. The server itself decodes
//! nothing.

mod child;
mod protocol;
mod readiness;

use crate::derive::{DerivedImage, Placeholders, SizeSpec};
use crate::failure::{self, ProcessError};
use crate::formats::Format;
use crate::orientation::Orientation;
use crate::sandbox::SandboxPolicy;
use crate::tool::{self, ProcessSpec, ToolLimits, ToolOutput};
use protocol::{BEST_EFFORT, DecodeRequest, DecodeResponse, WorkerTask};
use readiness::Proven;
use std::ffi::OsString;
use std::fs::File;
use std::io::{self, BufRead, BufReader, Read};
use std::path::{Path, PathBuf};
use std::process::ChildStdout;
use std::sync::Arc;
use std::sync::atomic::AtomicBool;
use std::time::Duration;

pub use child::main;
pub use protocol::COMMAND;
pub use readiness::Trouble;

/// Where tools are looked for.
const TOOL_DIRECTORIES: [&str; 3] = ["/usr/local/bin", "/usr/bin", "/bin"];
/// Bytes that all sizes of an image may have together.
const OUTPUT_MAX: u64 = 256 << 20;
/// Bytes of the line before the encoded files.
const HEADER_MAX: u64 = 64 * 1024;
/// What the decoding of one image may use.
const DECODER_LIMITS: ToolLimits = ToolLimits {
    wall_time: Duration::from_secs(30),
    cpu_seconds: 20,
    memory_bytes: 2 << 30,
    file_bytes: 0,
};

/// Bytes that a decoder needs at most for each pixel: four channels, twice, and the file's own pixels.
const BYTES_PER_PIXEL: u64 = 10;
/// Bytes that it needs for everything else.
const DECODER_BYTES: u64 = 32 << 20;

/// Bytes of memory that the decoding of an image of this size takes at most, as a rule.
pub fn decoder_memory(width: u32, height: u32) -> u64 {
    DECODER_BYTES + BYTES_PER_PIXEL * u64::from(width) * u64::from(height)
}

/// An image to derive sizes from.
#[derive(Debug)]
pub struct ImageInput {
    /// The file; it is read from its current position.
    pub file: File,
    /// Its format, as an inspection found it.
    pub format: Format,
    /// How its pixels must be rotated or mirrored to be upright.
    pub orientation: Orientation,
}

/// A tool to run in the sandbox.
#[derive(Debug, Default)]
pub struct ToolRun<'a> {
    /// Name of the program, such as `ffmpeg`.
    pub program: &'static str,
    /// Its arguments.
    pub arguments: Vec<OsString>,
    /// Files that it may read.
    pub readable: &'a [&'a Path],
    /// A directory that it may write into.
    pub writable: Option<&'a Path>,
    /// What it may use.
    pub limits: ToolLimits,
    /// Set to `true` to have it killed.
    pub cancel: Option<&'a AtomicBool>,
}

/// The program that is run as the worker, and how.
#[derive(Clone, Debug)]
pub struct Worker {
    program: PathBuf,
    policy: SandboxPolicy,
    private: PathBuf,
    tool_directories: Vec<PathBuf>,
    proven: Arc<Proven>,
}

impl Default for Worker {
    /// The running program, even if its file was replaced meanwhile.
    fn default() -> Self {
        Self::new(PathBuf::from("/proc/self/exe"))
    }
}

impl Worker {
    /// Another program that calls [`main`].
    pub fn new(program: PathBuf) -> Self {
        Self {
            program,
            policy: SandboxPolicy::default(),
            private: "/".into(),
            tool_directories: TOOL_DIRECTORIES.map(PathBuf::from).into(),
            proven: Arc::default(),
        }
    }

    /// What happens where the sandbox cannot be whole.
    #[must_use]
    pub fn with_policy(self, policy: SandboxPolicy) -> Self {
        Self { policy, ..self }
    }

    /// A directory that no sandboxed process may use; the proof of the sandbox tries to.
    #[must_use]
    pub fn with_private_directory(self, private: PathBuf) -> Self {
        Self { private, ..self }
    }

    /// Where tools are installed, other than in the system's directories.
    #[must_use]
    pub fn with_tool_directories(self, tool_directories: Vec<PathBuf>) -> Self {
        Self { tool_directories, ..self }
    }

    /// The path of a tool, such as `ffmpeg`; `None` if it is not installed where tools are looked for.
    pub fn find(&self, name: &str) -> Option<PathBuf> {
        self.tool_directories
            .iter()
            .map(|directory| directory.join(name))
            .find(|path| path.is_file())
    }

    /// Derives sizes of an image that was found valid. `store` is called for each with a reader of
    /// its [`DerivedImage::length`] bytes, and must read them all.
    pub fn derive(
        &self,
        image: ImageInput,
        sizes: &[SizeSpec],
        store: impl FnMut(DerivedImage, &mut dyn Read) -> io::Result<()> + Send,
    ) -> Result<Placeholders, ProcessError> {
        self.require_sandbox()?;
        let request = DecodeRequest {
            format: image.format,
            orientation: image.orientation.value(),
            sizes: sizes.to_vec(),
        };
        let request = serde_json::to_string(&request).map_err(io::Error::other)?;
        let mut arguments = command(WorkerTask::Image, self.policy);
        arguments.push(request.into());
        let process = ProcessSpec {
            program: &self.program,
            name: "the image decoder",
            arguments,
            input: Some(image.file),
            limits: DECODER_LIMITS,
            cancel: None,
        };
        let ran = tool::run(process, move |pipe| receive(pipe, store))?;
        match (ran.output, ran.end) {
            (Ok(Ok(placeholders)), Ok(())) => Ok(placeholders),
            (Ok(Err(why)), _) => Err(undecodable(&why).on_this_machine(tool::has_memory())),
            // What was derived cannot be stored; the worker then fails, too.
            (Err(error), _) if error.kind() != io::ErrorKind::UnexpectedEof => Err(error.into()),
            (_, Err(why)) => Err(why),
            (Err(error), Ok(())) => Err(error.into()),
        }
    }

    /// Runs a tool in the sandbox. Its standard output is passed to `consume` on a thread of its own.
    pub fn run<T: Send>(
        &self,
        run: ToolRun<'_>,
        consume: impl FnOnce(ChildStdout) -> T + Send,
    ) -> Result<ToolOutput<T>, ProcessError> {
        self.require_sandbox()?;
        self.run_unproven(run, consume, self.policy)
    }

    fn run_unproven<T: Send>(
        &self,
        run: ToolRun<'_>,
        consume: impl FnOnce(ChildStdout) -> T + Send,
        policy: SandboxPolicy,
    ) -> Result<ToolOutput<T>, ProcessError> {
        let missing = || ProcessError::Unavailable(format!("{} is not installed", run.program));
        let program = self.find(run.program).ok_or_else(missing)?;
        self.run_program(&program, run, consume, policy)
    }

    fn run_program<T: Send>(
        &self,
        program: &Path,
        run: ToolRun<'_>,
        consume: impl FnOnce(ChildStdout) -> T + Send,
        policy: SandboxPolicy,
    ) -> Result<ToolOutput<T>, ProcessError> {
        let mut arguments = command(WorkerTask::Tool, policy);
        arguments.extend(run.readable.iter().flat_map(|path| ["--read".into(), path.into()]));
        arguments.extend(run.writable.iter().flat_map(|path| ["--write".into(), path.into()]));
        arguments.extend(["--".into(), program.into()]);
        arguments.extend(run.arguments);
        let (name, limits, cancel) = (run.program, run.limits, run.cancel);
        let program = &self.program;
        tool::run(ProcessSpec { program, name, arguments, input: None, limits, cancel }, consume)
    }
}

/// What a decoder's own words say of an image.
fn undecodable(why: &str) -> ProcessError {
    let text = format!("it cannot be decoded: {why}");
    if failure::is_about_memory(why) {
        ProcessError::Suspected(text)
    } else {
        ProcessError::Invalid(text)
    }
}

/// The start of a worker's command line.
fn command(task: WorkerTask, policy: SandboxPolicy) -> Vec<OsString> {
    let mut arguments = vec![COMMAND.into(), task.name().into()];
    if policy == SandboxPolicy::BestEffort {
        arguments.push(BEST_EFFORT.into());
    }
    arguments
}

/// Reads the worker's response. The inner error is why the image cannot be decoded.
fn receive(
    pipe: impl Read,
    mut store: impl FnMut(DerivedImage, &mut dyn Read) -> io::Result<()>,
) -> io::Result<Result<Placeholders, String>> {
    let mut pipe = BufReader::with_capacity(256 * 1024, pipe);
    let mut line = Vec::new();
    pipe.by_ref().take(HEADER_MAX).read_until(b'\n', &mut line)?;
    if line.last() != Some(&b'\n') {
        return Err(io::ErrorKind::UnexpectedEof.into());
    }
    match serde_json::from_slice(&line).map_err(io::Error::other)? {
        DecodeResponse::Undecodable(why) => Ok(Err(why)),
        DecodeResponse::Derived { images, placeholders } => {
            let total = images.iter().fold(0, |sum: u64, i| sum.saturating_add(i.length));
            if total > OUTPUT_MAX {
                return Err(io::Error::other("it is longer than any image needs"));
            }
            for image in images {
                let mut rest = pipe.by_ref().take(image.length);
                store(image, &mut rest)?;
                if rest.limit() > 0 {
                    return Err(io::ErrorKind::UnexpectedEof.into());
                }
            }
            Ok(Ok(placeholders))
        }
    }
}
