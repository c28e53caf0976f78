//! Kinds of background work.

/// What a job does with its media.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum JobKind {
    /// Derives the listed sizes of an image.
    DeriveSizes,
    /// Validates a video or an animated GIF and derives its renditions.
    ProcessVideo,
}

impl JobKind {
    /// Every kind.
    pub const ALL: [Self; 2] = [Self::DeriveSizes, Self::ProcessVideo];

    /// The name used in the catalog.
    pub fn name(self) -> &'static str {
        match self {
            Self::DeriveSizes => "derive_sizes",
            Self::ProcessVideo => "process_video",
        }
    }

    /// Parses [`JobKind::name`].
    pub fn parse(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|kind| kind.name() == name)
    }
}
