//! Refusals of OAuth 2.0, and what its operations share.

use crate::error::Result;

/// A refusal as RFC 6749, sections 5.2 and 4.1.2.1, words it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Refusal {
    /// Such as `invalid_grant`.
    pub error: &'static str,
    /// What is wrong.
    pub description: String,
}

impl Refusal {
    /// A refusal with a description.
    pub fn new(error: &'static str, description: impl Into<String>) -> Self {
        Self { error, description: description.into() }
    }
}

/// What an operation of OAuth 2.0 returns: done, refused, or broken by an accident.
pub type Outcome<T> = Result<std::result::Result<T, Refusal>>;

/// Whether a text may be a verifier or a challenge (RFC 7636, section 4.1). The plain ones of some
/// clients are shorter.
pub(super) fn is_proof_key(text: &str) -> bool {
    let is_allowed = |b: u8| b.is_ascii_alphanumeric() || b"-._~".contains(&b);
    (1..=128).contains(&text.len()) && text.bytes().all(is_allowed)
}
