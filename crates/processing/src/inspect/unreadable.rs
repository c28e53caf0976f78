//! Why an inspection refuses an image.

use std::io;

/// Why an image is refused. The messages complete a sentence that begins with the file.
#[derive(Debug, thiserror::Error)]
pub enum Unreadable {
    /// The first bytes match no image format that Birdhouse knows.
    #[error("the format is unknown")]
    UnknownFormat,
    /// The file is shorter than its headers promise.
    #[error("it ends too early")]
    Truncated,
    /// The file violates its format.
    #[error("{0}")]
    Corrupt(&'static str),
    /// Decoding it would cost too much.
    #[error("it has {actual} {what}, at most {limit} are allowed")]
    TooLarge {
        /// What there is too much of, in the plural, such as `pixels`.
        what: &'static str,
        /// The largest number that is allowed.
        limit: u64,
        /// The number in this file.
        actual: u64,
    },
    /// The file cannot be read.
    #[error("it cannot be read: {0}")]
    Io(#[source] io::Error),
}

impl From<io::Error> for Unreadable {
    fn from(error: io::Error) -> Self {
        if error.kind() == io::ErrorKind::UnexpectedEof { Self::Truncated } else { Self::Io(error) }
    }
}
