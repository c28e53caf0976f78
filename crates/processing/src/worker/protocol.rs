//! The protocol between the server and its worker: a command line, and one line of JSON before the
//! bytes of the derived images.

use crate::derive::{DerivedImage, Placeholders, SizeSpec};
use crate::formats::Format;
use serde::{Deserialize, Serialize};

/// The hidden command that makes the program a worker.
pub const COMMAND: &str = "worker";

/// What the worker does: the first argument after [`COMMAND`].
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum WorkerTask {
    /// Decodes an image on standard input and writes its sizes to standard output.
    Image,
    /// Enters the sandbox and becomes a tool.
    Tool,
    /// Enters the sandbox of [`Self::Image`] and tries what must fail there.
    ProbeImageSandbox,
    /// Tries what must fail; run by [`Self::Tool`] like any tool.
    Attempt,
    /// Does nothing; an attempt to execute a program executes this.
    Executed,
}

impl WorkerTask {
    /// The argument.
    pub(super) fn name(self) -> &'static str {
        match self {
            Self::Image => "image",
            Self::Tool => "tool",
            Self::ProbeImageSandbox => "probe-image-sandbox",
            Self::Attempt => "attempt",
            Self::Executed => "executed",
        }
    }

    /// Reads [`WorkerTask::name`].
    pub(super) fn parse(name: &str) -> Option<Self> {
        let all = [Self::Image, Self::Tool, Self::ProbeImageSandbox, Self::Attempt, Self::Executed];
        all.into_iter().find(|task| task.name() == name)
    }
}

/// The flag after a task that enters a sandbox if processing goes on with an incomplete sandbox.
pub(super) const BEST_EFFORT: &str = "--best-effort";

/// How a line begins that reports an attempt which the sandbox refused.
pub(super) const REFUSED: &str = "refused: ";
/// How a line begins that reports an attempt which the sandbox did not refuse.
pub(super) const POSSIBLE: &str = "possible: ";
/// The last attempt, which is reported only if it was refused.
pub(super) const EXECUTE: &str = "execute programs";

/// The argument of [`WorkerTask::Image`], as JSON.
#[derive(Serialize, Deserialize)]
pub(super) struct DecodeRequest {
    pub(super) format: Format,
    /// The value of the Exif tag.
    pub(super) orientation: u8,
    pub(super) sizes: Vec<SizeSpec>,
}

/// The first line that the worker writes, as JSON.
#[derive(Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(super) enum DecodeResponse {
    /// The encoded files follow, in this order, each as long as it declares.
    Derived { images: Vec<DerivedImage>, placeholders: Placeholders },
    /// The image cannot be decoded, and why.
    Undecodable(String),
}
