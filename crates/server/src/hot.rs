//! What was delivered a moment ago, so that a picture that many look at costs no look-up and no
//! reading. Bounded in bytes and entries.

use crate::actions::delivery::Deliverable;
use birdhouse_domain::Timestamp;
use birdhouse_domain::media::Media;
use bytes::Bytes;
use quick_cache::Weighter;
use quick_cache::sync::Cache;
use std::sync::Arc;

/// The largest file that is kept.
pub const FILE_MAX: u64 = 256 * 1024;
/// Bytes of all files that are kept.
const FILES_BYTES: u64 = 32 << 20;
/// Answers that are kept.
const ANSWERS: usize = 10_000;
/// How long an answer is believed: that is how long a removed Tweet's picture may still be seen.
const LIFE_MS: i64 = Timestamp::SECOND;

/// A media and the file of it that a URL asks for, as anybody may see it.
#[derive(Debug)]
pub struct Answer {
    /// The media.
    pub media: Media,
    /// The file.
    pub file: Deliverable,
    /// When it was looked up.
    pub since: Timestamp,
}

#[derive(Clone, Debug)]
struct ByBytes;

impl Weighter<String, Bytes> for ByBytes {
    fn weight(&self, _: &String, bytes: &Bytes) -> u64 {
        bytes.len() as u64 + 200
    }
}

/// The files and answers.
pub struct Hot {
    files: Cache<String, Bytes, ByBytes>,
    answers: Cache<String, Arc<Answer>>,
}

impl Default for Hot {
    fn default() -> Self {
        Self {
            files: Cache::with_weighter(2000, FILES_BYTES, ByBytes),
            answers: Cache::new(ANSWERS),
        }
    }
}

impl Hot {
    /// The bytes of a blob, whose content never changes under its name.
    pub fn file(&self, blob: &str) -> Option<Bytes> {
        self.files.get(blob)
    }

    /// Keeps the bytes of a blob.
    pub fn keep_file(&self, blob: String, bytes: Bytes) {
        self.files.insert(blob, bytes);
    }

    /// What a URL asked for a moment ago.
    pub fn answer(&self, url: &str, now: Timestamp) -> Option<Arc<Answer>> {
        let found = self.answers.get(url)?;
        (0..LIFE_MS).contains(&now.since(found.since)).then_some(found)
    }

    /// Keeps what a URL asked for.
    pub fn keep_answer(&self, url: String, answer: Arc<Answer>) {
        self.answers.insert(url, answer);
    }
}
