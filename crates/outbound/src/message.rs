//! What is sent, and what is answered.

use crate::target::Target;
use bytes::Bytes;
use std::time::Duration;

/// A POST of JSON.
#[derive(Clone, Debug)]
pub struct Message<'a> {
    /// Where it is sent.
    pub target: &'a Target,
    /// Headers beside those that every message has.
    pub headers: Vec<(&'static str, String)>,
    /// The JSON.
    pub body: Bytes,
    /// How long all of it may take: waiting, connecting, sending and reading.
    pub time: Duration,
    /// The most bytes of the answer's body; 0: it is not read.
    pub answer_bytes: usize,
}

/// The answer to a message.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Answer {
    /// The HTTP status, which is none of a redirect.
    pub status: u16,
    /// The body, if it was wanted.
    pub body: Bytes,
}
