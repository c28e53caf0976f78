//! The life of a media, from INIT to ready or failed.

/// Where a media is in its life.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum State {
    /// INIT was answered; segments are arriving.
    Receiving,
    /// All bytes are here; a job will look at them.
    Pending,
    /// A job is looking at them.
    InProgress,
    /// Ready for a Tweet.
    Succeeded,
    /// Refused by the job; the failure states why.
    Failed,
}

impl State {
    /// The name used in the catalog and in `processing_info.state`.
    pub fn name(self) -> &'static str {
        match self {
            Self::Receiving => "receiving",
            Self::Pending => "pending",
            Self::InProgress => "in_progress",
            Self::Succeeded => "succeeded",
            Self::Failed => "failed",
        }
    }

    /// Reads [`State::name`].
    pub fn parse(name: &str) -> Option<Self> {
        [Self::Receiving, Self::Pending, Self::InProgress, Self::Succeeded, Self::Failed]
            .into_iter()
            .find(|state| state.name() == name)
    }
}

/// Why processing refused a media: the recorded codes 1 `InvalidMedia`, 3 `UnsupportedMedia`,
/// and `InternalError`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Failure {
    /// `error.code` of `processing_info`.
    pub code: i64,
    /// `error.name`.
    pub name: String,
    /// `error.message`: what is wrong, with the actual and the allowed value.
    pub message: String,
}
