//! Uploads one file: a small image in one request, everything else in segments, several at a time, each
//! tried again until it arrives. What was begun is resumed, in the same run or in a later one.

mod processing;
mod resume;

pub use resume::StateDirectory;

use crate::connection::{Body, Connection, FilePart, Request};
use crate::error::{Error, Result};
use crate::media_file::{Kind, MediaFile};
use crate::progress::Progress;
use birdhouse_domain::media_limits::SEGMENT_INDEX_MAX;
use birdhouse_oauth::params::Params;
use futures_util::stream::{self, StreamExt, TryStreamExt};
use resume::Resumable;
use serde_json::Value;
use std::sync::Arc;

const UPLOAD: &str = "/1.1/media/upload.json";
/// Length of a segment in bytes, unless there would be too many: small enough to lose little where a
/// connection is cut.
const SEGMENT_BYTES: u64 = 2 * 1024 * 1024;

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
    record: Option<Resumable>,
}

impl Uploaded {
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
            let fields = vec![("media_category", self.category().to_owned())];
            let answer = self.send_part(connection, fields, 0, self.file.bytes).await?;
            self.file.check_unchanged()?;
            return Ok(Uploaded { media_id: media_id(connection, &answer)?, record: None });
        }
        let mut record = match states {
            Some(states) => states.open(self.key(connection).await?, connection.clock().now()),
            None => None,
        };
        let (was_resumed, first) = (
            record.as_ref().is_some_and(Resumable::has_begun),
            self.in_segments(connection, record.as_mut()).await,
        );
        let outcome = match first {
            // The server has forgotten what was begun.
            Err(Error::Refused(refusal))
                if was_resumed && matches!(refusal.status, 400 | 403 | 404) =>
            {
                self.progress
                    .lost(record.as_ref().map_or(0, |one| one.acknowledged_bytes(&self.file)));
                if let Some(record) = &mut record {
                    record.restart();
                }
                self.in_segments(connection, record.as_mut()).await
            }
            other => other,
        };
        match outcome {
            Ok(media_id) => Ok(Uploaded { media_id, record }),
            Err(error) => {
                // What is refused for good is not resumed.
                if let Some(record) = record.filter(|_| !error.is_passing()) {
                    record.remove();
                }
                Err(error)
            }
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
    ) -> Result<String> {
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
        let answer = command(connection, "FINALIZE", &[("media_id", media_id)]).await?;
        processing::wait(connection, media_id, answer, &*self.progress).await?;
        Ok(begun.0)
    }

    /// INIT.
    async fn begin(
        &self,
        connection: &Connection,
        record: Option<&mut Resumable>,
    ) -> Result<(String, u64)> {
        let most = u64::from(SEGMENT_INDEX_MAX) + 1;
        let segment_bytes = SEGMENT_BYTES.max(self.file.bytes.div_ceil(most));
        let total = self.file.bytes.to_string();
        let fields = [
            ("total_bytes", total.as_str()),
            ("media_type", self.file.mime),
            ("media_category", self.category()),
        ];
        let answer = command(connection, "INIT", &fields).await?;
        let media_id = media_id(connection, &answer)?;
        if let Some(record) = record {
            let life = answer["expires_after_secs"].as_i64().unwrap_or(3600);
            record.begin(&media_id, segment_bytes, connection.clock().now() + life);
        }
        Ok((media_id, segment_bytes))
    }

    async fn append(
        &self,
        connection: &Connection,
        media_id: &str,
        index: u64,
        segment_bytes: u64,
    ) -> Result<()> {
        let fields = vec![
            ("command", "APPEND".to_owned()),
            ("media_id", media_id.to_owned()),
            ("segment_index", index.to_string()),
        ];
        let from = index * segment_bytes;
        let bytes = segment_bytes.min(self.file.bytes - from);
        self.send_part(connection, fields, from, bytes).await.map(drop)
    }

    async fn send_part(
        &self,
        connection: &Connection,
        fields: Vec<(&'static str, String)>,
        from: u64,
        bytes: u64,
    ) -> Result<Value> {
        let (file, progress) = (self.file.file.clone(), self.progress.clone());
        let body = Body::File(FilePart { fields, file, from, bytes, progress });
        let request = Request { method: "POST", target: UPLOAD, body };
        connection.send(&request).await.map(|answer| answer.json)
    }
}

/// Sends a command without a file.
async fn command(connection: &Connection, name: &str, fields: &[(&str, &str)]) -> Result<Value> {
    let mut form = Params::default();
    form.push("command", name);
    for (name, value) in fields {
        form.push(*name, *value);
    }
    connection.send_form(UPLOAD, &form).await
}

fn media_id(connection: &Connection, answer: &Value) -> Result<String> {
    let id = answer["media_id_string"].as_str().map(str::to_owned);
    id.ok_or_else(|| Error::Unintelligible {
        url: connection.profile().url.clone(),
        what: "it has no media_id_string".to_owned(),
    })
}
