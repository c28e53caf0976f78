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
    /// Enters the jail and becomes a tool.
    Tool,
}

impl WorkerTask {
    /// The argument.
    pub(super) fn name(self) -> &'static str {
        match self {
            Self::Image => "image",
            Self::Tool => "tool",
        }
    }

    /// Reads [`WorkerTask::name`].
    pub(super) fn parse(name: &str) -> Option<Self> {
        [Self::Image, Self::Tool].into_iter().find(|task| task.name() == name)
    }
}

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
