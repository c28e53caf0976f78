//! The blob store: blobs are streamed in, and get a name once they are complete and durable.
//!
//! Names are generated; no user input becomes part of a path. Once it is committed, a blob
//! survives a power cut.

mod disk;
mod incoming;
mod leftovers;
mod process_directory;
mod store;
mod unfinished;
mod work_directory;

pub use incoming::Incoming;
pub use store::{Abandoned, BlobFile, Blobs, Difference, LocalCopy, blob_name};
pub(crate) use unfinished::Unfinished;
pub use unfinished::{NewBlob, WrittenBlob};
pub use work_directory::WorkDirectory;
