//! What was delivered a moment ago, so that an image which many look at costs no look-up and no
//! reading. Bounded in bytes.

use birdhouse_domain::Timestamp;
use birdhouse_domain::delivery::{Delivery, FileRequest};
use bytes::Bytes;
use quick_cache::Weighter;
use quick_cache::sync::Cache;
use std::sync::Arc;

/// The largest file that is kept, in bytes.
pub const FILE_MAX: u64 = 256 * 1024;
/// Bytes of all files that are kept.
const FILES_BYTES: u64 = 32 << 20;
/// Bytes of all deliveries that are kept.
const DELIVERIES_BYTES: u64 = 16 << 20;
/// How long a delivery is believed: that is how long the image of a deleted Tweet may still be
/// seen.
const LIFE_MS: i64 = Timestamp::SECOND;

/// What is delivered: the key in the URL and the requested file.
pub type DeliveryKey = (String, FileRequest);

/// Weighs entries by the bytes that they hold.
#[derive(Clone, Debug)]
struct ByBytes;

impl Weighter<String, Bytes> for ByBytes {
    fn weight(&self, _: &String, bytes: &Bytes) -> u64 {
        bytes.len() as u64 + 200
    }
}

impl Weighter<DeliveryKey, Arc<Delivery>> for ByBytes {
    fn weight(&self, key: &DeliveryKey, delivery: &Arc<Delivery>) -> u64 {
        let text = delivery.media.alt_text.as_ref().map_or(0, String::len);
        // The rest is bounded: names, content types and numbers.
        (key.0.len() + text + 1024) as u64
    }
}

/// The files and deliveries.
pub struct Delivered {
    files: Cache<String, Bytes, ByBytes>,
    deliveries: Cache<DeliveryKey, Arc<Delivery>, ByBytes>,
}

impl Default for Delivered {
    fn default() -> Self {
        Self {
            files: Cache::with_weighter(2000, FILES_BYTES, ByBytes),
            deliveries: Cache::with_weighter(10_000, DELIVERIES_BYTES, ByBytes),
        }
    }
}

impl Delivered {
    /// The bytes of a blob, whose content never changes under its name.
    pub fn file(&self, blob: &str) -> Option<Bytes> {
        self.files.get(blob)
    }

    /// Keeps the bytes of a blob.
    pub fn keep_file(&self, blob: String, bytes: Bytes) {
        self.files.insert(blob, bytes);
    }

    /// What was delivered for this key a moment ago.
    pub fn delivery(&self, key: &DeliveryKey, now: Timestamp) -> Option<Arc<Delivery>> {
        let found = self.deliveries.get(key)?;
        (0..LIFE_MS).contains(&now.since(found.since)).then_some(found)
    }

    /// Keeps what anybody may see.
    pub fn keep_delivery(&self, key: DeliveryKey, delivery: Arc<Delivery>) {
        self.deliveries.insert(key, delivery);
    }
}
