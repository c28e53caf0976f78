//! Videos and animated GIFs: inspected by ffprobe, validated against the rules of the service,
//! transcoded by ffmpeg.

mod facts;
mod playlist;
mod probe;
mod renditions;
mod rules;
mod transcode;

pub use facts::VideoFacts;
pub use probe::{parse, probe};
pub use renditions::{Rendition, ladder};
pub use rules::{Refusal, RefusalKind, validate, validate_gif};
pub use transcode::Transcoder;
