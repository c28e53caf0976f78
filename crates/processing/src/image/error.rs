//! Why an image could not be decoded or encoded.

use std::fmt::Display;

/// Why an image could not be decoded or encoded.
#[derive(Debug, thiserror::Error)]
pub(crate) enum CodecError {
    /// The decoder refuses the bytes.
    #[error("{0}")]
    Decode(String),
    /// The encoder cannot write the image in this format.
    #[error("cannot write {0}")]
    Encode(&'static str),
}

impl CodecError {
    /// A decoder's own error.
    pub(super) fn decode(error: impl Display) -> Self {
        Self::Decode(error.to_string())
    }
}
