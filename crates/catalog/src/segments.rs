//! Segments of chunked uploads.

use crate::catalog::{Catalog, count, unsigned};
use crate::db::{Error, Row, sql};
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

impl Catalog {
    /// Stores a segment, replacing one with the same index, whose blob becomes garbage. `false` if
    /// the upload is not this user's, has expired or was finalized.
    pub async fn put_segment(
        &self,
        media: MediaId,
        owner: UserId,
        segment: &Segment,
        now: Timestamp,
    ) -> Result<bool, Error> {
        let index = i64::from(segment.index);
        let statements = vec![
            sql(
                "UPDATE media SET revision = revision + 1 WHERE id = $1 AND user_id = $2 \
                 AND state = 'receiving' AND expires_at > $3",
                [media.0.into(), owner.0.into(), now.0.into()],
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
        self.write(statements).await
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
