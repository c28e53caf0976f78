//! Bytes in the blob store.

/// A blob that was stored a moment ago; durable, and not yet named by any row.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct StoredBlob {
    /// Its name in the blob store.
    pub name: String,
    /// BLAKE3 of its bytes.
    pub hash: [u8; 32],
    /// How many bytes it has.
    pub bytes: u64,
}
