//! Segments of chunked uploads.

use crate::catalog::{Catalog, count, unsigned};
use crate::db::{Error, Row, WriteOutcome, sql};
use birdhouse_domain::{MediaId, Timestamp, UserId};

/// A segment.
#[derive(Clone, Debug)]
pub struct Segment {
    /// Its index, from 0.
    pub index: u32,
    /// The blob with its bytes.
    pub blob: String,
    /// Its length in bytes.
    pub bytes: u64,
}

/// How much may be received before FINALIZE, in bytes.
#[derive(Clone, Copy, Debug)]
pub struct SegmentLimits {
    /// In one upload.
    pub upload: u64,
    /// In all unfinished uploads of a user, with the segments that others replaced.
    pub user: u64,
}

/// A segment to store.
#[derive(Clone, Debug)]
pub struct NewSegment {
    /// The upload.
    pub media: MediaId,
    /// Its owner.
    pub owner: UserId,
    /// The segment.
    pub segment: Segment,
    /// What its bytes may not exceed.
    pub limits: SegmentLimits,
}

/// What became of a segment.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum SegmentOutcome {
    /// It is durable.
    Stored,
    /// The upload is not this user's, has expired or was finalized.
    NotReceiving,
    /// The upload would be larger than its limit.
    UploadTooLarge,
    /// The unfinished uploads of the user would be larger than their limit.
    UnfinishedTooLarge,
}

impl Catalog {
    /// Stores a segment, replacing one with the same index, whose blob becomes garbage.
    pub async fn put_segment(
        &self,
        new: &NewSegment,
        now: Timestamp,
    ) -> Result<SegmentOutcome, Error> {
        let NewSegment { media, owner, segment, limits } = new;
        let index = i64::from(segment.index);
        let statements = vec![
            sql(
                "UPDATE media SET revision = revision + 1 \
                 WHERE id = $1 AND user_id = $2 AND state = 'receiving' AND expires_at > $3",
                [media.0.into(), owner.0.into(), now.0.into()],
            )
            .expect(1),
            // Apart: a statement of PostgreSQL that waited for a row still sees what others had when it
            // began, so that the same segment, sent twice at a time, would be counted twice.
            sql(
                "UPDATE media SET received_bytes = received_bytes - s.bytes, \
                 replaced_bytes = replaced_bytes + s.bytes FROM segments AS s \
                 WHERE media.id = $1 AND s.media_id = $1 AND s.segment_index = $2",
                [media.0.into(), index.into()],
            ),
            sql(
                "UPDATE media SET received_bytes = received_bytes + $2 WHERE id = $1",
                [media.0.into(), count(segment.bytes)],
            ),
            sql(
                "SELECT 1 FROM media WHERE id = $1 AND received_bytes <= $2",
                [media.0.into(), count(limits.upload)],
            )
            .expect(1),
            sql(
                "SELECT 1 FROM (SELECT CAST(SUM(received_bytes + replaced_bytes) AS BIGINT) \
                 AS bytes FROM media WHERE user_id = $1 AND state = 'receiving' AND expires_at > $3) \
                 AS unfinished WHERE bytes <= $2",
                [owner.0.into(), count(limits.user), now.0.into()],
            )
            .expect(1),
            sql(
                "INSERT INTO blob_garbage (blob) SELECT blob FROM segments \
                 WHERE media_id = $1 AND segment_index = $2 ON CONFLICT DO NOTHING",
                [media.0.into(), index.into()],
            ),
            sql(
                "INSERT INTO segments (media_id, segment_index, blob, bytes) \
                 VALUES ($1, $2, $3, $4) ON CONFLICT (media_id, segment_index) \
                 DO UPDATE SET blob = excluded.blob, bytes = excluded.bytes",
                [media.0.into(), index.into(), segment.blob.as_str().into(), count(segment.bytes)],
            ),
        ];
        Ok(match self.db.write(statements).await? {
            WriteOutcome::Applied(_) => SegmentOutcome::Stored,
            WriteOutcome::Refused { statement: 0 } => SegmentOutcome::NotReceiving,
            WriteOutcome::Refused { statement: 3 } => SegmentOutcome::UploadTooLarge,
            WriteOutcome::Refused { .. } => SegmentOutcome::UnfinishedTooLarge,
        })
    }

    /// The segments of an upload, in order.
    pub async fn segments(&self, media: MediaId) -> Result<Vec<Segment>, Error> {
        let text = "SELECT segment_index, blob, bytes FROM segments WHERE media_id = $1 \
                    ORDER BY segment_index";
        let rows = self.db.query(text, vec![media.0.into()]).await?;
        let read = |row: &Row| {
            Ok(Segment {
                index: unsigned(row.int(0)?),
                blob: row.text(1)?.to_owned(),
                bytes: unsigned(row.int(2)?),
            })
        };
        rows.iter().map(read).collect()
    }
}
