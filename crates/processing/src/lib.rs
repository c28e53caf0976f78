//! Media files: inspected, cleaned of metadata, decoded, resized and transcoded, everything that
//! decodes in a sandboxed process. Knows no HTTP and no SQL; all calls block and belong on blocking
//! threads.

pub mod alt_text;
pub mod derive;
mod edit;
mod embed;
mod encoding;
mod failure;
pub mod formats;
mod image;
mod inspect;
mod inspection;
mod orientation;
mod sandbox;
pub mod subtitles;
pub mod tool;
pub mod video;
pub mod worker;
pub mod xmp;

pub use edit::Edit;
pub use encoding::{Encoding, NotWritable};
pub use failure::{ProcessError, confirmed, twice};
pub use formats::Format;
pub use inspect::facts::ImageFacts;
pub use inspect::limits::ImageLimits;
pub use inspect::metadata::Metadata;
pub use inspect::unreadable::Unreadable;
pub use inspection::{Inspected, inspect_image};
pub use orientation::Orientation;
pub use sandbox::SandboxPolicy;
