//! Refusals of OAuth 2.0 requests.

use crate::error::Result;

/// An error response (RFC 6749, sections 5.2 and 4.1.2.1).
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Refusal {
    /// The error code, such as `invalid_grant`.
    pub error: &'static str,
    /// The description.
    pub description: String,
}

impl Refusal {
    /// A refusal with a description.
    pub fn new(error: &'static str, description: impl Into<String>) -> Self {
        Self { error, description: description.into() }
    }
}

/// The result of an OAuth 2.0 operation: done, refused, or failed unexpectedly.
pub type Outcome<T> = Result<std::result::Result<T, Refusal>>;

/// Whether a text is a valid verifier or challenge (RFC 7636, sections 4.1 and 4.2).
pub(super) fn is_proof_key(text: &str) -> bool {
    let is_allowed = |b: u8| b.is_ascii_alphanumeric() || b"-._~".contains(&b);
    (43..=128).contains(&text.len()) && text.bytes().all(is_allowed)
}
