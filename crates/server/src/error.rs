//! The two ways in which a request can fail: refused by a rule, or broken by an accident.

use birdhouse_domain::Fault;

/// Why a request was not carried out.
#[derive(Debug)]
pub enum Error {
    /// A rule refused it; the dialect says so in its own words.
    Refused(Fault),
    /// Something that should work did not; logged once, and told as 500 or 503.
    Broken(anyhow::Error),
}

/// What operations return.
pub type Result<T> = std::result::Result<T, Error>;

impl From<Fault> for Error {
    fn from(fault: Fault) -> Self {
        Self::Refused(fault)
    }
}

impl From<crate::db::Error> for Error {
    fn from(error: crate::db::Error) -> Self {
        Self::Broken(error.into())
    }
}

impl From<std::io::Error> for Error {
    fn from(error: std::io::Error) -> Self {
        Self::Broken(error.into())
    }
}

impl From<anyhow::Error> for Error {
    fn from(error: anyhow::Error) -> Self {
        Self::Broken(error)
    }
}
