//! Uploads one file: a small image in one request, everything else in segments, several at a time, each
//! tried again until it arrives. What was begun is resumed, in the same run or in a later one.

mod processing;
mod resume;
mod wire;

pub use resume::StateDirectory;

use crate::connection::{Connection, FilePart};
use crate::error::{Error, Refusal, Result};
use crate::media_file::{Kind, MediaFile};
use crate::progress::Progress;
use birdhouse_domain::media_limits::SEGMENT_INDEX_MAX;
use futures_util::stream::{self, StreamExt, TryStreamExt};
use resume::Resumable;
use std::sync::Arc;

/// Length of a segment in bytes, unless there would be too many: small enough to lose little where a
/// connection is cut.
const SEGMENT_BYTES: u64 = 2 * 1024 * 1024;

/// How long a server that does not tell keeps an upload at least.
const LIFE_SECONDS: i64 = 3600;

/// What is uploaded.
pub struct Upload {
    /// The file.
    pub file: MediaFile,
    /// Its category; the one that fits a Tweet unless given.
    pub category: Option<String>,
    /// Who observes it.
    pub progress: Arc<dyn Progress>,
}

/// What was uploaded, and is ready to be described and Tweeted.
#[derive(Debug)]
pub struct Uploaded {
    /// Its id.
    pub media_id: String,
    /// Seconds after which the server deletes it unless it is Tweeted, if the server told.
    pub expires_after_secs: Option<i64>,
    record: Option<Resumable>,
}

impl Uploaded {
    /// Whether the same upload in a later run finds what was sent.
    pub fn is_remembered(&self) -> bool {
        self.record.is_some()
    }

    /// Forgets the upload: nothing of it needs to be resumed any more.
    pub fn finish(self) {
        if let Some(record) = self.record {
            record.remove();
        }
    }
}

impl Upload {
    /// Uploads the file and waits until the server has processed it; `states` remembers uploads in
    /// segments.
    pub async fn run(
        &self,
        connection: &Connection,
        states: Option<&StateDirectory>,
    ) -> Result<Uploaded> {
        if self.file.kind == Kind::Image && self.file.bytes <= SEGMENT_BYTES {
            let part = self.part(0, self.file.bytes);
            let media = wire::send_whole(connection, self.category(), part).await?;
            self.file.check_unchanged()?;
            let expires_after_secs = media.expires_after_secs;
            return Ok(Uploaded { media_id: media.id, expires_after_secs, record: None });
        }
        let mut record = match states {
            Some(states) => states.open(self.key(connection).await?, connection.clock().now()),
            None => None,
        };
        match self.resume(connection, record.as_mut()).await {
            Ok((media_id, expires_after_secs)) => {
                Ok(Uploaded { media_id, expires_after_secs, record })
            }
            Err(error) => {
                if let Some(record) = record.filter(|_| !is_worth_resuming(&error)) {
                    record.remove();
                }
                Err(error)
            }
        }
    }

    /// Sends what is missing; begins again if the server has forgotten what was begun.
    async fn resume(
        &self,
        connection: &Connection,
        mut record: Option<&mut Resumable>,
    ) -> Result<(String, Option<i64>)> {
        let resumed = record.as_deref().filter(|record| record.has_begun());
        let resumed = resumed.map(|record| record.acknowledged_bytes(&self.file));
        match (self.in_segments(connection, record.as_deref_mut()).await, resumed) {
            (Err(Error::Refused(refusal)), Some(bytes)) if matches!(refusal.status, 400 | 404) => {
                self.progress.lost(bytes);
                if let Some(record) = record.as_deref_mut() {
                    record.restart();
                }
                self.in_segments(connection, record).await
            }
            (outcome, _) => outcome,
        }
    }

    fn category(&self) -> &str {
        self.category.as_deref().unwrap_or(self.file.kind.category())
    }

    /// Names the upload: the same bytes, for the same user of the same server, in the same category.
    async fn key(&self, connection: &Connection) -> Result<String> {
        let (file, path) = (self.file.file.clone(), self.file.path.clone());
        let identity = format!("{}\n{}", connection.profile().identity(), self.category());
        let hash = move || {
            let mut reader = std::io::BufReader::with_capacity(1024 * 1024, &*file);
            std::io::Seek::rewind(&mut reader)?;
            let mut hasher = blake3::Hasher::new();
            hasher.update(identity.as_bytes()).update_reader(reader)?;
            Ok(hasher.finalize().to_hex().to_string())
        };
        let hashed = tokio::task::spawn_blocking(hash).await;
        hashed
            .unwrap_or_else(|error| Err(std::io::Error::other(error)))
            .map_err(|error: std::io::Error| Error::file(path, &error))
    }

    async fn in_segments(
        &self,
        connection: &Connection,
        mut record: Option<&mut Resumable>,
    ) -> Result<(String, Option<i64>)> {
        let begun = match record.as_deref().and_then(Resumable::begun) {
            Some((media_id, bytes)) => (media_id.to_owned(), bytes),
            None => self.begin(connection, record.as_deref_mut()).await?,
        };
        let (media_id, segment_bytes) = &begun;
        let count = self.file.bytes.div_ceil(*segment_bytes);
        let is_missing = |index: &u64| record.as_deref().is_none_or(|record| !record.has(*index));
        let missing: Vec<u64> = (0..count).filter(is_missing).collect();
        if let Some(record) = record.as_deref() {
            self.progress.resumed(record.acknowledged_bytes(&self.file));
        }
        let sends = missing.into_iter().map(|index| async move {
            self.append(connection, media_id, index, *segment_bytes).await.map(|()| index)
        });
        let mut sends = stream::iter(sends).buffer_unordered(connection.parallel());
        while let Some(index) = sends.try_next().await? {
            if let Some(record) = record.as_deref_mut() {
                record.acknowledge(index);
            }
        }
        drop(sends);
        self.file.check_unchanged()?;
        let media = wire::finalize(connection, media_id).await?;
        let expires_after_secs = media.expires_after_secs;
        processing::wait(connection, media, &*self.progress).await?;
        Ok((begun.0, expires_after_secs))
    }

    /// Opens the upload.
    async fn begin(
        &self,
        connection: &Connection,
        record: Option<&mut Resumable>,
    ) -> Result<(String, u64)> {
        let most = u64::from(SEGMENT_INDEX_MAX) + 1;
        let segment_bytes = SEGMENT_BYTES.max(self.file.bytes.div_ceil(most));
        let new = wire::NewMedia {
            total_bytes: self.file.bytes,
            mime: self.file.mime,
            category: self.category(),
        };
        let media = wire::begin(connection, &new).await?;
        if let Some(record) = record {
            let until = connection.clock().now() + media.expires_after_secs.unwrap_or(LIFE_SECONDS);
            record.begin(&media.id, segment_bytes, until);
        }
        Ok((media.id, segment_bytes))
    }

    async fn append(
        &self,
        connection: &Connection,
        media_id: &str,
        index: u64,
        segment_bytes: u64,
    ) -> Result<()> {
        let from = index * segment_bytes;
        let part = self.part(from, segment_bytes.min(self.file.bytes - from));
        wire::append(connection, media_id, index, part).await
    }

    fn part(&self, from: u64, bytes: u64) -> FilePart {
        let (file, progress) = (self.file.file.clone(), self.progress.clone());
        FilePart { fields: Vec::new(), file, from, bytes, progress }
    }
}

/// Whether a later run may succeed with what was sent: not if it was refused for good; credentials can be
/// mended.
fn is_worth_resuming(error: &Error) -> bool {
    let is_about_user = |refusal: &Refusal| matches!(refusal.status, 401 | 403);
    error.is_passing() || error.refusal().is_some_and(is_about_user)
}
