//! Which images a captioning service is sent, and who does not want that.

use crate::catalog::Catalog;
use crate::db::{Error, sql};
use crate::jobs::NewJob;
use birdhouse_domain::{JobKind, MediaId, Timestamp, UserId};

/// An image that waits for the service.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct CaptionQueue {
    /// How many wait.
    pub waiting: i64,
    /// Why one of them failed last.
    pub last_error: Option<String>,
}

impl Catalog {
    /// Queues an image that has no alt text, once, unless its owner does not want that.
    pub async fn queue_caption(&self, media: MediaId, job: &NewJob) -> Result<bool, Error> {
        let text = "INSERT INTO jobs (id, kind, media_id, user_id, run_at) \
                    SELECT CAST($1 AS BIGINT), CAST($2 AS TEXT), m.id, m.user_id, CAST($3 AS BIGINT) \
                    FROM media AS m WHERE m.id = $4 AND m.kind = 'photo' AND m.alt_text IS NULL \
                    AND m.is_decorative = 0 AND NOT EXISTS (SELECT 1 FROM user_settings AS s \
                    WHERE s.user_id = m.user_id AND s.captions = 0) \
                    AND NOT EXISTS (SELECT 1 FROM jobs AS j WHERE j.media_id = m.id AND j.kind = $2)";
        let parameters =
            [job.id.into(), JobKind::Caption.name().into(), job.at.0.into(), media.0.into()];
        self.write(vec![sql(text, parameters).expect(1)]).await
    }

    /// Whether a user's images may be sent to a captioning service.
    pub async fn allows_captions(&self, user: UserId) -> Result<bool, Error> {
        let text = "SELECT captions FROM user_settings WHERE user_id = $1";
        let row = self.db.query_one(text, vec![user.0.into()]).await?;
        row.map_or(Ok(true), |row| row.flag(0))
    }

    /// Sets that; what waits is not sent then.
    pub async fn set_captions(&self, user: UserId, allowed: bool) -> Result<(), Error> {
        let set = "INSERT INTO user_settings (user_id, captions) VALUES ($1, $2) \
                   ON CONFLICT (user_id) DO UPDATE SET captions = excluded.captions";
        self.write(vec![sql(set, [user.0.into(), allowed.into()])]).await?;
        Ok(())
    }

    /// What waits for the service.
    pub async fn caption_queue(&self) -> Result<CaptionQueue, Error> {
        let text = "SELECT COUNT(*), (SELECT last_error FROM jobs WHERE kind = $1 \
                    AND last_error IS NOT NULL ORDER BY id DESC LIMIT 1) FROM jobs WHERE kind = $1";
        let row = self.db.query_one(text, vec![JobKind::Caption.name().into()]).await?;
        let Some(row) = row else { return Ok(CaptionQueue::default()) };
        let last_error = row.opt_text(1)?.map(str::to_owned);
        Ok(CaptionQueue { waiting: row.int(0)?, last_error })
    }

    /// Whether an image still has no alt text.
    pub async fn is_undescribed(&self, media: MediaId, now: Timestamp) -> Result<bool, Error> {
        let text = "SELECT 1 FROM media WHERE id = $1 AND kind = 'photo' AND alt_text IS NULL \
                    AND is_decorative = 0 AND (expires_at IS NULL OR expires_at > $2)";
        Ok(self.db.query_one(text, vec![media.0.into(), now.0.into()]).await?.is_some())
    }
}
