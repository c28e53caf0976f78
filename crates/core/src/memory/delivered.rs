//! A cache of recently delivered files, for popular images. Bounded in bytes.

use birdhouse_domain::Timestamp;
use birdhouse_domain::delivery::{Delivery, FileRequest};
use bytes::Bytes;
use quick_cache::Weighter;
use quick_cache::sync::Cache;
use std::sync::Arc;

/// The largest cached file, in bytes.
pub const FILE_MAX: u64 = 256 * 1024;
/// Bytes of all cached files.
const FILES_BYTES: u64 = 32 << 20;
/// Bytes of all cached deliveries.
const DELIVERIES_BYTES: u64 = 16 << 20;
/// How long a delivery is valid, and so how long the image of a deleted Tweet may still be served.
const LIFE_MS: i64 = Timestamp::SECOND;

/// The public key in the URL and the requested file.
pub type DeliveryKey = (String, FileRequest);

/// Weighs entries by their bytes.
#[derive(Clone, Debug)]
struct ByBytes;

impl Weighter<String, Bytes> for ByBytes {
    fn weight(&self, _: &String, bytes: &Bytes) -> u64 {
        bytes.len() as u64 + 200
    }
}

impl Weighter<DeliveryKey, Arc<Delivery>> for ByBytes {
    fn weight(&self, key: &DeliveryKey, delivery: &Arc<Delivery>) -> u64 {
        let embedded = delivery.embedded.iter().map(|one| &one.description);
        let texts = embedded.flat_map(|one| [one.alt_text(), one.extended()]);
        let text = delivery.media.alt_text.as_ref().map_or(0, String::len)
            + texts.flatten().map(|text| text.len() + 100).sum::<usize>();
        // The rest is bounded: names, content types and numbers.
        (key.0.len() + text + 1024) as u64
    }
}

/// Recently delivered files.
pub struct DeliveryCache {
    files: Cache<String, Bytes, ByBytes>,
    deliveries: Cache<DeliveryKey, Arc<Delivery>, ByBytes>,
}

impl Default for DeliveryCache {
    fn default() -> Self {
        Self {
            files: Cache::with_weighter(2000, FILES_BYTES, ByBytes),
            deliveries: Cache::with_weighter(10_000, DELIVERIES_BYTES, ByBytes),
        }
    }
}

impl DeliveryCache {
    /// The bytes of a blob; a blob never changes.
    pub fn file(&self, blob: &str) -> Option<Bytes> {
        self.files.get(blob)
    }

    /// Caches the bytes of a blob.
    pub fn keep_file(&self, blob: String, bytes: Bytes) {
        self.files.insert(blob, bytes);
    }

    /// The delivery for this key, if it is still valid.
    pub fn delivery(&self, key: &DeliveryKey, now: Timestamp) -> Option<Arc<Delivery>> {
        let found = self.deliveries.get(key)?;
        (0..LIFE_MS).contains(&now.since(found.since)).then_some(found)
    }

    /// Caches a public delivery.
    pub fn keep_delivery(&self, key: DeliveryKey, delivery: Arc<Delivery>) {
        self.deliveries.insert(key, delivery);
    }
}
