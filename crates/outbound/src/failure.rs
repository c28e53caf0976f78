//! Why a request had no answer.

use std::io;
use std::time::Duration;

/// Why a request had no answer that can be used. The sentences are for whoever named the URL, so they tell
/// nothing of what this server can see and they cannot.
#[derive(Debug, thiserror::Error)]
pub enum Failure {
    /// The host has no address, or none that requests may be sent to: indistinguishable on purpose.
    #[error("the host has no public address, nor one of `outbound_allow`")]
    NoPublicAddress,
    /// No connection was made.
    #[error("no connection: {}", .0.kind())]
    Unconnected(io::Error),
    /// There is no TLS with a certificate that is trusted.
    #[error("no TLS: {0}")]
    Untrusted(io::Error),
    /// The machine has no certificate authorities.
    #[error(
        "this server trusts no certificate authorities: its operator must install ca-certificates"
    )]
    NoAuthorities,
    /// It took too long.
    #[error("no answer within {} seconds", .0.as_secs())]
    TimedOut(Duration),
    /// The answer is a redirect.
    #[error("answered {0}, a redirect, which is not followed")]
    Redirected(u16),
    /// The message has too many bytes.
    #[error("the message has more than {limit} bytes")]
    MessageTooLarge {
        /// Bytes allowed.
        limit: usize,
    },
    /// The answer has too many bytes.
    #[error("the answer has more than {limit} bytes")]
    AnswerTooLarge {
        /// Bytes allowed.
        limit: usize,
    },
    /// What was answered is not HTTP, or ended early.
    #[error("the answer is not a whole HTTP response: {0}")]
    Broken(hyper::Error),
    /// A header cannot be sent.
    #[error("a header cannot be sent")]
    HeaderInvalid,
}
