//! The jailed worker: our own program, run again with the hidden command `worker`. It decodes
//! images, or enters the jail and becomes a tool such as ffmpeg. The server itself decodes
//! nothing.

mod child;
mod protocol;

use crate::derive::{DerivedImage, Placeholders, SizeSpec};
use crate::formats::Format;
use crate::orientation::Orientation;
use crate::tool::{self, ProcessSpec, ToolError, ToolLimits, ToolOutput};
use protocol::{DecodeRequest, DecodeResponse, WorkerTask};
use std::ffi::OsString;
use std::fs::File;
use std::io::{self, BufRead, BufReader, Read};
use std::path::{Path, PathBuf};
use std::process::ChildStdout;
use std::sync::atomic::AtomicBool;
use std::time::Duration;

pub use child::main;
pub use protocol::COMMAND;

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

/// Why no sizes were derived.
#[derive(Debug, thiserror::Error)]
pub enum DeriveError {
    /// The image cannot be decoded; trying again does not help.
    #[error("it cannot be decoded: {0}")]
    Undecodable(String),
    /// The worker could not be run; trying again may help.
    #[error(transparent)]
    Tool(#[from] ToolError),
    /// The worker's response is malformed, or a derived file cannot be stored.
    #[error("the worker's response is broken: {0}")]
    Broken(#[from] io::Error),
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

/// A tool to run in the jail.
#[derive(Debug, Default)]
pub struct ToolRun<'a> {
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

/// The program that is run as the worker.
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

    /// Derives sizes of an image that was found valid. `store` is called for each with a reader of
    /// its [`DerivedImage::length`] bytes, and must read them all.
    pub fn derive(
        &self,
        image: ImageInput,
        sizes: &[SizeSpec],
        store: impl FnMut(DerivedImage, &mut dyn Read) -> io::Result<()> + Send,
    ) -> Result<Placeholders, DeriveError> {
        let request = DecodeRequest {
            format: image.format,
            orientation: image.orientation.value(),
            sizes: sizes.to_vec(),
        };
        let request = serde_json::to_string(&request).map_err(io::Error::other)?;
        let process = ProcessSpec {
            program: &self.program,
            arguments: vec![COMMAND.into(), WorkerTask::Image.name().into(), request.into()],
            input: Some(image.file),
            limits: DECODER_LIMITS,
            cancel: None,
        };
        let ran = tool::run(process, move |pipe| receive(pipe, store))?;
        match ran.output {
            Ok(Ok(placeholders)) if ran.is_success => Ok(placeholders),
            Ok(Err(why)) => Err(DeriveError::Undecodable(why)),
            // The worker was killed: this image costs more than one may.
            Err(error) if !ran.is_success && error.kind() == io::ErrorKind::UnexpectedEof => {
                let stderr = ran.stderr.trim();
                Err(DeriveError::Undecodable(format!("the decoder gave up {stderr}")))
            }
            Ok(Ok(_)) => Err(io::Error::other(ran.stderr).into()),
            Err(error) => Err(error.into()),
        }
    }

    /// Runs a tool in the jail. Its standard output is passed to `consume` on a thread of its own.
    pub fn run<T: Send>(
        &self,
        run: ToolRun<'_>,
        consume: impl FnOnce(ChildStdout) -> T + Send,
    ) -> Result<ToolOutput<T>, ToolError> {
        let missing = || ToolError::Missing(run.program.to_owned());
        let program = find(run.program).ok_or_else(missing)?;
        let mut arguments: Vec<OsString> = vec![COMMAND.into(), WorkerTask::Tool.name().into()];
        arguments.extend(run.readable.iter().flat_map(|path| ["--read".into(), path.into()]));
        arguments.extend(run.writable.iter().flat_map(|path| ["--write".into(), path.into()]));
        arguments.extend(["--".into(), program.into_os_string()]);
        arguments.extend(run.arguments);
        let (limits, cancel) = (run.limits, run.cancel);
        let program = &self.program;
        tool::run(ProcessSpec { program, arguments, input: None, limits, cancel }, consume)
    }
}

/// The path of an installed tool.
pub fn find(name: &str) -> Option<PathBuf> {
    ["/usr/local/bin", "/usr/bin", "/bin"]
        .iter()
        .map(|folder| Path::new(folder).join(name))
        .find(|path| path.is_file())
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
