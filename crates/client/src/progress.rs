//! How a caller observes an upload.

use std::time::Duration;

/// Why the client pauses before it tries again.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Pause {
    /// The server's rate window is used up.
    RateLimit,
    /// The connection was lost, or the server could not answer: why.
    Trouble(String),
}

/// What an upload reports as it proceeds. Every method may be called from several tasks at once.
pub trait Progress: Send + Sync {
    /// Bytes of the file were handed to the network.
    fn sent(&self, _bytes: u64) {}
    /// As many bytes were lost, and are sent again.
    fn lost(&self, _bytes: u64) {}
    /// The server has these bytes from an earlier run.
    fn resumed(&self, _bytes: u64) {}
    /// A request is tried again after a pause.
    fn pauses(&self, _pause: &Pause, _duration: Duration) {}
    /// The server processes what was uploaded: percent, if it tells.
    fn processing(&self, _percent: Option<u8>) {}
}

/// Observes nothing.
#[derive(Clone, Copy, Debug)]
pub struct Unobserved;

impl Progress for Unobserved {}
