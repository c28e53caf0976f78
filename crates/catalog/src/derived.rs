//! Derived variants that were lost: deleted, so that they are derived again. Subtitles are variants
//! too, but somebody uploaded them: nothing here deletes one.

use crate::blobs::lock_media;
use crate::catalog::Catalog;
use crate::db::{Error, sql};
use crate::jobs::NewJob;
use birdhouse_domain::MediaId;

/// Derived variants of a media to delete.
#[derive(Clone, Copy, Debug)]
pub struct LostVariants<'a> {
    /// The media.
    pub media: MediaId,
    /// The blob that they refer to; `None` for all that the media has.
    pub blob: Option<&'a str>,
    /// The job that derives them again, unless one waits already; `None` where a request does.
    pub job: Option<NewJob>,
}

/// Condition for the derived variants to delete; `$1` is the media, `$2` the blob or empty.
macro_rules! lost {
    () => {
        "media_id = $1 AND mime <> 'text/vtt' AND (CAST($2 AS TEXT) = '' OR blob = $2)"
    };
}

/// Names of the blobs of the derived variants to delete.
macro_rules! blobs_of_lost {
    () => {
        concat!("(SELECT blob FROM variants WHERE ", lost!(), ")")
    };
}

impl Catalog {
    /// Media that have a derived variant with this blob, at most `limit`.
    pub async fn media_with_derived(&self, blob: &str, limit: i64) -> Result<Vec<MediaId>, Error> {
        let text = "SELECT DISTINCT media_id FROM variants WHERE blob = $1 AND mime <> 'text/vtt' \
                    ORDER BY media_id LIMIT $2";
        let rows = self.db.query(text, vec![blob.into(), limit.into()]).await?;
        rows.iter().map(|row| row.int(0).map(MediaId)).collect()
    }

    /// Deletes derived variants, releases their blobs, and queues the job that derives them again,
    /// in one write.
    pub async fn delete_derived(&self, lost: LostVariants<'_>) -> Result<bool, Error> {
        let statement = |text: &'static str| {
            sql(text, [lost.media.0.into(), lost.blob.unwrap_or_default().into()])
        };
        let mut statements = vec![
            lock_media(lost.media),
            statement(concat!(
                "UPDATE blobs SET refs = refs - (SELECT COUNT(*) FROM variants WHERE ",
                lost!(),
                " AND blob = blobs.name) WHERE name IN ",
                blobs_of_lost!()
            )),
            statement(concat!(
                "INSERT INTO blob_garbage (blob) SELECT name FROM blobs WHERE refs <= 0 \
                 AND name IN ",
                blobs_of_lost!(),
                " ON CONFLICT DO NOTHING"
            )),
            statement(concat!("DELETE FROM blobs WHERE refs <= 0 AND name IN ", blobs_of_lost!())),
            statement(concat!("DELETE FROM variants WHERE ", lost!())),
        ];
        if let Some(job) = &lost.job {
            statements.push(sql(
                "INSERT INTO jobs (id, kind, media_id, user_id, run_at) SELECT CAST($1 AS BIGINT), \
                 CAST($2 AS TEXT), id, user_id, CAST($4 AS BIGINT) FROM media WHERE id = $3 \
                 AND NOT EXISTS (SELECT 1 FROM jobs WHERE media_id = $3 AND kind = $2 \
                 AND failed_at IS NULL AND lease_owner IS NULL)",
                [job.id.into(), job.kind.name().into(), lost.media.0.into(), job.at.0.into()],
            ));
        }
        self.write(statements).await
    }
}
