//! The worker's side: what the program does when it is run with the hidden command.

use super::protocol::{
    BEST_EFFORT, COMMAND, DecodeRequest, DecodeResponse, EXECUTE, POSSIBLE, REFUSED, WorkerTask,
};
use crate::derive::{self, Derivation};
use crate::failure::WORKER_FAILED;
use crate::orientation::Orientation;
use crate::sandbox::attempts::{self, Target};
use crate::sandbox::{self, FileAccess, SandboxPolicy};
use std::ffi::{OsStr, OsString};
use std::fs::File;
use std::io::{self, Read, Write};
use std::os::unix::ffi::OsStrExt;
use std::os::unix::process::CommandExt;
use std::path::{Path, PathBuf};
use std::process::{Command, ExitCode};

/// Runs the worker; `arguments` are those after the hidden command.
#[expect(clippy::print_stderr, reason = "a worker reports there why it failed")]
pub fn main(arguments: Vec<OsString>) -> ExitCode {
    let mut arguments = arguments.into_iter().peekable();
    let task = arguments.next().unwrap_or_default();
    let is_best_effort = arguments.next_if(|first| first == BEST_EFFORT).is_some();
    let policy = if is_best_effort { SandboxPolicy::BestEffort } else { SandboxPolicy::Required };
    let outcome = match task.to_str().and_then(WorkerTask::parse) {
        Some(WorkerTask::Image) => decode_image(&arguments.next().unwrap_or_default(), policy),
        Some(WorkerTask::Tool) => become_tool(arguments, policy),
        Some(WorkerTask::ProbeImageSandbox) => attempt(arguments, Some(policy)),
        Some(WorkerTask::Attempt) => attempt(arguments, None),
        Some(WorkerTask::Executed) => Ok(()),
        None => Err(io::Error::other("this command is for the server's own use")),
    };
    match outcome {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("worker: {error}");
            ExitCode::from(WORKER_FAILED)
        }
    }
}

/// Tries what must fail in a sandbox, and prints what was refused. `sandbox` is the one to enter first;
/// without it the process is in one already.
#[expect(clippy::print_stdout, reason = "the server reads it there")]
fn attempt(
    mut arguments: impl Iterator<Item = OsString>,
    sandbox: Option<SandboxPolicy>,
) -> io::Result<()> {
    let mut next = || arguments.next().unwrap_or_default();
    let target = Target::new(&next(), &next())?;
    if let Some(policy) = sandbox {
        sandbox::enter_decoder(policy)?;
    }
    for (what, is_refused) in attempts::all(&target) {
        println!("{}{what}", if is_refused { REFUSED } else { POSSIBLE });
    }
    // The last line is printed by this process only if it was not replaced.
    io::stdout().flush()?;
    drop(attempts::execute([COMMAND, WorkerTask::Executed.name()], sandbox.is_none()));
    println!("{REFUSED}{EXECUTE}");
    Ok(())
}

fn decode_image(request: &OsStr, policy: SandboxPolicy) -> io::Result<()> {
    let request: DecodeRequest =
        serde_json::from_slice(request.as_encoded_bytes()).map_err(io::Error::other)?;
    sandbox::enter_decoder(policy)?;
    let mut bytes = Vec::new();
    io::stdin().lock().read_to_end(&mut bytes)?;
    let orientation = Orientation::new(request.orientation.into());
    let (response, files) =
        match derive::derive(&bytes, request.format, orientation, &request.sizes) {
            Ok(Derivation { images, placeholders }) => {
                let (images, files) = images.into_iter().unzip();
                (DecodeResponse::Derived { images, placeholders }, files)
            }
            Err(error) => (DecodeResponse::Undecodable(error.to_string()), Vec::<Vec<u8>>::new()),
        };
    let mut out = io::stdout().lock();
    serde_json::to_writer(&mut out, &response).map_err(io::Error::other)?;
    out.write_all(b"\n")?;
    files.iter().try_for_each(|bytes| out.write_all(bytes))?;
    out.flush()
}

/// Libraries and their data. No programs, and no directory where an operator may keep the server's.
const LIBRARY_DIRECTORIES: [&str; 6] =
    ["/usr/lib", "/usr/lib64", "/usr/local/lib", "/usr/share", "/lib", "/lib64"];
/// Files that the loader and ffmpeg read.
const SYSTEM_FILES: [&str; 6] = [
    "/etc/ld.so.cache",
    "/etc/alternatives",
    "/dev/null",
    "/dev/urandom",
    "/proc/cpuinfo",
    "/sys/devices/system/cpu",
];

fn become_tool(
    mut arguments: impl Iterator<Item = OsString>,
    policy: SandboxPolicy,
) -> io::Result<()> {
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
    let loader = loader_of(Path::new(&program))?;
    let runnable: Vec<&Path> = [Path::new(&program)].into_iter().chain(loader.as_deref()).collect();
    let mut read: Vec<&Path> =
        LIBRARY_DIRECTORIES.iter().chain(&SYSTEM_FILES).map(Path::new).collect();
    read.extend(readable.iter().map(PathBuf::as_path));
    let write: Vec<&Path> = writable.iter().map(PathBuf::as_path).collect();
    let files = FileAccess { runnable: &runnable, readable: &read, writable: &write };
    sandbox::enter_tool(&files, policy)?;
    // Returns only if the program cannot be executed.
    let error = Command::new(&program).args(arguments).exec();
    Err(io::Error::other(format!("cannot execute {}: {error}", Path::new(&program).display())))
}

/// The program that the kernel starts to load an executable (ELF, 64 bits) and its libraries; `None`
/// for one without.
fn loader_of(program: &Path) -> io::Result<Option<PathBuf>> {
    /// The type of a header that names the loader.
    const PT_INTERP: usize = 3;
    // All headers are at the start of a file, and so is what they name here.
    let mut head = Vec::new();
    File::open(program)?.take(64 * 1024).read_to_end(&mut head)?;
    let number = |at: usize, length: usize| -> Option<usize> {
        let bytes = head.get(at..at.checked_add(length)?)?;
        let numbers = bytes.iter().rev().map(|byte| usize::from(*byte));
        Some(numbers.fold(0, |number, byte| number << 8 | byte))
    };
    let find = || {
        let (headers, size, count) = (number(32, 8)?, number(54, 2)?, number(56, 2)?);
        let mut all = (0..count).map_while(|n| headers.checked_add(n * size));
        let header = all.find(|at| number(*at, 4) == Some(PT_INTERP))?;
        let (at, length) =
            (number(header.checked_add(8)?, 8)?, number(header.checked_add(32)?, 8)?);
        let name = head.get(at..at.checked_add(length)?)?;
        Some(PathBuf::from(OsStr::from_bytes(name.strip_suffix(b"\0").unwrap_or(name))))
    };
    Ok(if head.starts_with(b"\x7fELF\x02") { find() } else { None })
}
