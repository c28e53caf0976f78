//! How often media were delivered while they had no description.

use crate::catalog::Catalog;
use crate::db::{Error, sql};
use birdhouse_domain::{MediaId, UserId};
use serde_json::{Map, Value};

/// How many of an owner's media are read through, the most seen first.
const MOST_SEEN: i64 = 1000;

impl Catalog {
    /// Adds to the views of media; those that are deleted are left out.
    pub async fn add_views(&self, views: &[(MediaId, u64)]) -> Result<(), Error> {
        let member = |(media, views): &(MediaId, u64)| (media.to_string(), Value::from(*views));
        let list = Value::Object(views.iter().map(member).collect::<Map<_, _>>()).to_string();
        let text = "INSERT INTO media_views (media_id, user_id, views) \
                    SELECT m.id, m.user_id, CAST(CAST(j.value AS TEXT) AS BIGINT) \
                    FROM json_each($1) AS j JOIN media AS m ON m.id = CAST(j.key AS BIGINT) \
                    WHERE 1 = 1 ON CONFLICT (media_id) \
                    DO UPDATE SET views = media_views.views + excluded.views";
        self.write(vec![sql(text, [list.into()])]).await.map(drop)
    }

    /// The owner's images and GIFs without description that were seen most, with their views.
    pub async fn most_seen_undescribed(
        &self,
        owner: UserId,
        now: birdhouse_domain::Timestamp,
        limit: i64,
    ) -> Result<Vec<(MediaId, i64)>, Error> {
        let text = "SELECT v.media_id, v.views FROM (SELECT media_id, views FROM media_views \
                    WHERE user_id = $1 ORDER BY views DESC LIMIT $4) AS v \
                    JOIN media AS m ON m.id = v.media_id \
                    WHERE m.kind IN ('photo', 'animated_gif') \
                    AND (m.expires_at IS NULL OR m.expires_at > $2) \
                    AND m.alt_text IS NULL AND m.is_decorative = 0 \
                    AND NOT EXISTS (SELECT 1 FROM descriptions AS d WHERE d.media_id = m.id) \
                    ORDER BY v.views DESC, v.media_id DESC LIMIT $3";
        let parameters = vec![owner.0.into(), now.0.into(), limit.into(), MOST_SEEN.into()];
        let rows = self.db.query(text, parameters).await?;
        rows.iter().map(|row| Ok((MediaId(row.int(0)?), row.int(1)?))).collect()
    }
}
