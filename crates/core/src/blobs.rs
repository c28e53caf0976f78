//! The blob store: blobs are streamed in, and get a name once they are complete and durable.
//!
//! Names are generated; no user input becomes part of a path. After [`Incoming::commit`] a blob
//! survives a power cut.

mod disk;
mod incoming;
mod store;
mod work_directory;

pub(crate) use disk::hash_file;
pub use incoming::Incoming;
pub(crate) use incoming::draft_of;
pub use store::{BlobFile, Blobs, Difference, LocalCopy, blob_name};
pub use work_directory::WorkDirectory;
