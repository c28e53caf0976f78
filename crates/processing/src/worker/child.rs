//! The worker's side: what the program does when it is run with the hidden command.

use super::protocol::{DecodeRequest, DecodeResponse, WorkerTask};
use crate::derive::{self, Derivation};
use crate::jail::{self, FileAccess};
use crate::orientation::Orientation;
use std::ffi::{OsStr, OsString};
use std::io::{self, Read, Write};
use std::os::unix::process::CommandExt;
use std::path::{Path, PathBuf};
use std::process::{Command, ExitCode};

/// Runs the worker; `arguments` are those after the hidden command.
#[expect(clippy::print_stderr, reason = "a worker reports there why it failed")]
pub fn main(arguments: Vec<OsString>) -> ExitCode {
    let mut arguments = arguments.into_iter();
    let task = arguments.next().unwrap_or_default();
    let outcome = match task.to_str().and_then(WorkerTask::parse) {
        Some(WorkerTask::Image) => decode_image(&arguments.next().unwrap_or_default()),
        Some(WorkerTask::Tool) => become_tool(arguments),
        None => Err(io::Error::other("this command is for the server's own use")),
    };
    match outcome {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("worker: {error}");
            ExitCode::FAILURE
        }
    }
}

fn decode_image(request: &OsStr) -> io::Result<()> {
    let request: DecodeRequest =
        serde_json::from_slice(request.as_encoded_bytes()).map_err(io::Error::other)?;
    jail::enter_decoder()?;
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

/// Libraries and programs.
const SYSTEM_FOLDERS: [&str; 5] = ["/usr", "/lib", "/lib64", "/bin", "/opt"];
/// Files that the loader and ffmpeg read.
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
    let runnable = SYSTEM_FOLDERS.map(Path::new);
    let mut read: Vec<&Path> = SYSTEM_FILES.iter().map(Path::new).collect();
    read.extend(readable.iter().map(PathBuf::as_path));
    let write: Vec<&Path> = writable.iter().map(PathBuf::as_path).collect();
    jail::enter_tool(&FileAccess { runnable: &runnable, readable: &read, writable: &write })?;
    // Returns only if the program cannot be executed.
    Err(Command::new(program).args(arguments).exec())
}
