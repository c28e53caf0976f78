//! Whether processing works here: the sandbox is proven by trying, in sandboxed processes, what must
//! fail, and the tools by running them in it. Success is remembered; trouble is looked for again,
//! so that its cure needs no restart.

use super::protocol::{EXECUTE, POSSIBLE, REFUSED, WorkerTask};
use super::{ToolRun, Worker};
use crate::failure::ProcessError;
use crate::sandbox::SandboxPolicy;
use crate::tool::{self, ProcessSpec, ToolLimits, ToolOutput};
use std::ffi::OsString;
use std::path::Path;
use std::sync::{Mutex, PoisonError};

/// The tools that videos need.
const TOOLS: [&str; 2] = ["ffmpeg", "ffprobe"];
/// Bytes of a tool's or a proof's output that are read.
const OUTPUT_MAX: u64 = 64 * 1024;

const SANDBOX_CURE: &str = "run Linux 5.13 or newer with Landlock among its security modules (`lsm=` \
    on the kernel's command line) and seccomp, and let a container use both; or accept the risk \
    with allow_unsandboxed_processing = true";
const TOOLS_CURE: &str = "install ffmpeg (apt-get install ffmpeg) in /usr/bin or /usr/local/bin, \
    with its libraries in the system's directories; without it videos cannot be processed";

/// Something that the operator must repair.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{found}; to repair it: {cure}")]
pub struct Trouble {
    /// What was found.
    pub found: String,
    /// How to repair it.
    pub cure: &'static str,
}

/// What was proven already.
#[derive(Debug, Default)]
pub(super) struct Proven {
    sandbox: Mutex<bool>,
    tools: Mutex<bool>,
}

impl Worker {
    /// Proves that a sandboxed decoder and a sandboxed tool can do nothing that they must not.
    pub fn prove_sandbox(&self) -> Result<(), Trouble> {
        once(&self.proven.sandbox, || {
            let all = [self.try_decoder(), self.try_tool()];
            let holes = all.into_iter().filter_map(Result::err).collect::<Vec<_>>();
            let found = match holes.as_slice() {
                [] => return Ok(()),
                [first, second] if first != second => format!("{first}; {second}"),
                [first, ..] => first.clone(),
            };
            Err(Trouble {
                found: format!("the sandbox is incomplete: {found}"),
                cure: SANDBOX_CURE,
            })
        })
    }

    /// Proves that ffmpeg and ffprobe are installed and run in the sandbox.
    pub fn prove_tools(&self) -> Result<(), Trouble> {
        let trouble = |found: String| Trouble { found, cure: TOOLS_CURE };
        if let Some(name) = TOOLS.iter().find(|name| self.find(name).is_none()) {
            return Err(trouble(format!("{name} is not installed")));
        }
        once(&self.proven.tools, || {
            for program in TOOLS {
                let arguments = vec!["-version".into()];
                let run = ToolRun { program, arguments, ..ToolRun::default() };
                // An incomplete sandbox is reported by itself.
                let ran = self.run_unproven(run, tool::read_all(OUTPUT_MAX), self.policy);
                if let Err(error) = ran.and_then(|ran| ran.end) {
                    return Err(trouble(format!("{program} does not run in the sandbox: {error}")));
                }
            }
            Ok(())
        })
    }

    /// Refuses to process anything in an incomplete sandbox, unless the operator accepts that.
    pub(super) fn require_sandbox(&self) -> Result<(), ProcessError> {
        match self.policy {
            SandboxPolicy::BestEffort => Ok(()),
            SandboxPolicy::Required => self.prove_sandbox().map_err(unavailable),
        }
    }

    /// Whether videos can be processed now.
    pub fn require_tools(&self) -> Result<(), ProcessError> {
        self.require_sandbox()?;
        self.prove_tools().map_err(unavailable)
    }

    fn try_decoder(&self) -> Result<(), String> {
        let task = WorkerTask::ProbeImageSandbox.name().into();
        let process = ProcessSpec {
            program: &self.program,
            name: "the decoder's sandbox",
            arguments: [vec![super::COMMAND.into(), task], self.target()].concat(),
            input: None,
            limits: ToolLimits::default(),
            cancel: None,
        };
        evaluate("a decoder", tool::run(process, tool::read_all(OUTPUT_MAX)))
    }

    fn try_tool(&self) -> Result<(), String> {
        let task = WorkerTask::Attempt.name().into();
        let run = ToolRun {
            program: "the tools' sandbox",
            arguments: [vec![super::COMMAND.into(), task], self.target()].concat(),
            ..ToolRun::default()
        };
        // Within the worker: the worker itself.
        let program = Path::new("/proc/self/exe");
        let (read, policy) = (tool::read_all(OUTPUT_MAX), SandboxPolicy::Required);
        evaluate("ffmpeg", self.run_program(program, run, read, policy))
    }

    /// What attempts are made on: our own data, and this very process.
    fn target(&self) -> Vec<OsString> {
        let exists = self.private.exists();
        let directory = if exists { self.private.as_path() } else { Path::new("/") };
        vec![directory.into(), std::process::id().to_string().into()]
    }
}

/// Does not prove again what was proven.
fn once(
    is_proven: &Mutex<bool>,
    prove: impl FnOnce() -> Result<(), Trouble>,
) -> Result<(), Trouble> {
    let mut is_proven = is_proven.lock().unwrap_or_else(PoisonError::into_inner);
    if !*is_proven {
        prove()?;
        *is_proven = true;
    }
    Ok(())
}

fn unavailable(trouble: Trouble) -> ProcessError {
    ProcessError::Unavailable(trouble.to_string())
}

/// What a sandboxed process was able to do.
fn evaluate(who: &str, ran: Result<ToolOutput<Vec<u8>>, ProcessError>) -> Result<(), String> {
    let ran = ran.map_err(|error| error.to_string())?;
    if let Err(error) = ran.end {
        // The worker reports by itself why it cannot enter a sandbox.
        let reported = ran.stderr.trim().strip_prefix("worker: ");
        return Err(reported.map_or_else(|| error.to_string(), str::to_owned));
    }
    let lines = String::from_utf8_lossy(&ran.output).into_owned();
    let possible: Vec<&str> = lines.lines().filter_map(|l| l.strip_prefix(POSSIBLE)).collect();
    if !possible.is_empty() {
        return Err(format!("{who} can {}", possible.join(", ")));
    }
    let is_complete =
        lines.lines().last().and_then(|line| line.strip_prefix(REFUSED)) == Some(EXECUTE);
    if is_complete { Ok(()) } else { Err(format!("{who} can {EXECUTE}")) }
}
