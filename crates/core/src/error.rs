//! The two kinds of errors of a request: refused by a rule, or failed unexpectedly.

use birdhouse_domain::Fault;
use birdhouse_oauth::params::{PARAMETERS_MAX, TooManyParameters};
use birdhouse_processing::ProcessError;

/// Why an operation failed.
#[derive(Debug)]
pub enum Error {
    /// A rule refused it, or what it needs is out of order; the dialect renders the fault.
    Refused(Fault),
    /// An unexpected failure; logged once, and answered with 500.
    Broken(anyhow::Error),
}

/// For the log, and for who operates the server.
impl std::fmt::Display for Error {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::Broken(cause) => write!(f, "{cause:#}"),
            Self::Refused(Fault::Unavailable(why)) => f.write_str(why),
            Self::Refused(fault) => write!(f, "{fault:?}"),
        }
    }
}

/// The result of an operation.
pub type Result<T> = std::result::Result<T, Error>;

impl Error {
    /// The cause as an error for an operator's command line.
    pub fn into_anyhow(self) -> anyhow::Error {
        match self {
            Self::Broken(cause) => cause,
            refused @ Self::Refused(_) => anyhow::anyhow!("{refused}"),
        }
    }

    /// Why a file is suspected of having made its own processing fail.
    pub(crate) fn suspicion(&self) -> Option<&str> {
        match self {
            Self::Broken(cause) => match cause.downcast_ref()? {
                ProcessError::Suspected(why) => Some(why),
                _ => None,
            },
            Self::Refused(_) => None,
        }
    }
}

impl From<Fault> for Error {
    fn from(fault: Fault) -> Self {
        Self::Refused(fault)
    }
}

impl From<TooManyParameters> for Error {
    fn from(_: TooManyParameters) -> Self {
        Self::Refused(Fault::TooManyParameters { limit: PARAMETERS_MAX })
    }
}

impl From<birdhouse_catalog::Error> for Error {
    fn from(error: birdhouse_catalog::Error) -> Self {
        match error {
            birdhouse_catalog::Error::Unavailable(_) => unavailable(&error),
            birdhouse_catalog::Error::Broken(_) => Self::Broken(error.into()),
        }
    }
}

/// The store lacks what is to be processed: nothing is wrong with the file, or with who processes it.
pub(crate) fn input_unavailable(error: &std::io::Error) -> ProcessError {
    ProcessError::Unavailable(format!("the blob store: {error}"))
}

fn unavailable(error: &dyn std::fmt::Display) -> Error {
    Error::Refused(Fault::Unavailable(error.to_string()))
}

impl From<ProcessError> for Error {
    fn from(error: ProcessError) -> Self {
        match error {
            ProcessError::Unavailable(why) => Self::Refused(Fault::Unavailable(why)),
            other => Self::Broken(other.into()),
        }
    }
}

/// The store failed: its disk is full, broken or not mounted.
impl From<std::io::Error> for Error {
    fn from(error: std::io::Error) -> Self {
        unavailable(&format_args!("the blob store: {error}"))
    }
}

impl From<tokio::task::JoinError> for Error {
    fn from(error: tokio::task::JoinError) -> Self {
        Self::Broken(error.into())
    }
}

impl From<tokio::sync::AcquireError> for Error {
    fn from(error: tokio::sync::AcquireError) -> Self {
        Self::Broken(error.into())
    }
}

impl From<anyhow::Error> for Error {
    fn from(error: anyhow::Error) -> Self {
        Self::Broken(error)
    }
}
