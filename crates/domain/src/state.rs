//! The processing states of a media, from INIT to succeeded or failed.

/// The processing state of a media.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum State {
    /// Initialized; receives segments.
    Receiving,
    /// Finalized; a job will process it.
    Pending,
    /// A job is processing it.
    InProgress,
    /// Ready to be attached to a Tweet.
    Succeeded,
    /// Processing failed, as its [`Failure`] explains.
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

    /// Parses [`State::name`].
    pub fn parse(name: &str) -> Option<Self> {
        [Self::Receiving, Self::Pending, Self::InProgress, Self::Succeeded, Self::Failed]
            .into_iter()
            .find(|state| state.name() == name)
    }
}

/// Why processing failed: the recorded codes 1 `InvalidMedia`, 3 `UnsupportedMedia`, and
/// `InternalError`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Failure {
    /// `error.code` of `processing_info`.
    pub code: i64,
    /// `error.name`.
    pub name: String,
    /// `error.message`: what is wrong, with the actual and the allowed value.
    pub message: String,
}
