//! Bytes in the blob store.

/// A durable blob that no catalog row refers to yet.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct StoredBlob {
    /// Its name in the blob store.
    pub name: String,
    /// BLAKE3 of its bytes.
    pub hash: [u8; 32],
    /// Its length in bytes.
    pub bytes: u64,
}
