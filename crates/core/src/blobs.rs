//! Bytes: streamed in, durable and complete before anyone can name them, streamed out.
//!
//! Names are ours; no string of a user's becomes a path. Whoever holds the name of a blob after
//! [`Incoming::commit`] holds it after a power cut.

mod disk;
mod incoming;
mod store;
mod work_folder;

pub(crate) use disk::hash_file;
pub use incoming::Incoming;
pub use store::{BlobFile, Blobs, Difference, LocalCopy, blob_name};
pub use work_folder::WorkFolder;
