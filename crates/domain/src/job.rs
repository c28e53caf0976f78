//! Kinds of background work.

/// What a job does with its media.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum JobKind {
    /// Derives the listed sizes of an image.
    DeriveSizes,
    /// Validates a video or an animated GIF and derives its renditions.
    ProcessVideo,
    /// Tells a webhook what happened to the media.
    Deliver,
    /// Has a captioning service suggest a description of an image.
    Caption,
}

impl JobKind {
    /// Every kind.
    pub const ALL: [Self; 4] =
        [Self::DeriveSizes, Self::ProcessVideo, Self::Deliver, Self::Caption];

    /// The name used in the catalog.
    pub fn name(self) -> &'static str {
        match self {
            Self::DeriveSizes => "derive_sizes",
            Self::ProcessVideo => "process_video",
            Self::Deliver => "deliver_event",
            Self::Caption => "caption_image",
        }
    }

    /// Parses [`JobKind::name`].
    pub fn parse(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|kind| kind.name() == name)
    }
}
