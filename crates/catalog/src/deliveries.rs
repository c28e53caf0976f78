//! Deliveries to webhooks: jobs that are queued in the write of what they tell of.

use crate::catalog::Catalog;
use crate::db::{Error, Row, Statement, Value, sql};
use crate::descriptions::DescriptionEntry;
use crate::jobs::{Job, finish};
use birdhouse_domain::webhook::WebhookEvent;
use birdhouse_domain::{JobKind, MediaId, Timestamp, TweetId};

/// The most deliveries that wait for one webhook; what happens then is not told to it.
pub const MAX_WAITING: i64 = 1000;

/// A delivery to queue.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct NewDelivery {
    /// Id of the job.
    pub id: i64,
    /// The webhook.
    pub webhook: i64,
    /// What happened.
    pub event: WebhookEvent,
    /// The id of what it tells of: an entry of a history, a suggestion, or a Tweet.
    pub about: i64,
    /// When.
    pub at: Timestamp,
}

/// What a job delivers.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Delivery {
    /// The webhook.
    pub webhook: i64,
    /// What happened.
    pub event: WebhookEvent,
    /// The id of what it tells of.
    pub about: i64,
}

macro_rules! queue {
    ($media:literal) => {
        concat!(
            "INSERT INTO jobs (id, kind, media_id, user_id, run_at, webhook_id, event, event_id) \
             SELECT CAST($1 AS BIGINT), CAST($2 AS TEXT), m.id, w.user_id, CAST($3 AS BIGINT), w.id, \
             CAST($4 AS TEXT), CAST($5 AS BIGINT) FROM webhooks AS w JOIN media AS m ON m.id = ",
            $media,
            " WHERE w.id = $6 AND w.disabled_at IS NULL AND \
             (SELECT COUNT(*) FROM jobs AS j WHERE j.webhook_id = w.id) < $7"
        )
    };
}

/// The parameters of both forms of it.
fn values(new: &NewDelivery) -> [Value; 7] {
    [
        new.id.into(),
        JobKind::Deliver.name().into(),
        new.at.0.into(),
        new.event.name().into(),
        new.about.into(),
        new.webhook.into(),
        MAX_WAITING.into(),
    ]
}

/// Queues deliveries about a media.
pub(crate) fn tell(new: &[NewDelivery], media: MediaId) -> impl Iterator<Item = Statement> {
    new.iter().map(move |one| {
        let [id, kind, at, event, about, webhook, most] = values(one);
        sql(queue!("$8"), [id, kind, at, event, about, webhook, most, media.0.into()])
    })
}

/// Queues deliveries about a Tweet, if it has an image without alt text.
pub(crate) fn tell_of_undescribed(new: &[NewDelivery]) -> impl Iterator<Item = Statement> {
    let text = queue!(
        "(SELECT MIN(u.id) FROM tweet_media AS t JOIN media AS u ON u.id = t.media_id \
         WHERE t.tweet_id = $5 AND u.alt_text IS NULL AND u.is_decorative = 0 \
         AND u.kind IN ('photo', 'animated_gif'))"
    );
    new.iter().map(move |one| sql(text, values(one)))
}

/// The delivery in three columns of a job's row, if it has one.
pub(crate) fn read(row: &Row, first: usize) -> Result<Option<Delivery>, Error> {
    let event = row.opt_text(first + 1)?.and_then(WebhookEvent::parse);
    Ok(match (row.opt_int(first)?, event, row.opt_int(first + 2)?) {
        (Some(webhook), Some(event), Some(about)) => Some(Delivery { webhook, event, about }),
        _ => None,
    })
}

impl Catalog {
    /// Notes that a webhook accepted a delivery, and works again if it did not; `done` is the job, if
    /// there is one.
    pub async fn delivered(
        &self,
        webhook: i64,
        now: Timestamp,
        done: Option<&Job>,
    ) -> Result<bool, Error> {
        let text = "UPDATE webhooks SET delivered_at = $1, failing_since = NULL, disabled_at = NULL, \
                    last_error = NULL WHERE id = $2";
        let mut statements = vec![sql(text, [now.0.into(), webhook.into()])];
        statements.extend(done.map(finish));
        self.write(statements).await
    }

    /// Notes that a webhook did not accept a delivery.
    pub async fn delivery_failed(
        &self,
        webhook: i64,
        now: Timestamp,
        why: &str,
    ) -> Result<bool, Error> {
        let text = "UPDATE webhooks SET failing_since = COALESCE(failing_since, $1), last_error = $2 \
                    WHERE id = $3";
        self.write(vec![sql(text, [now.0.into(), why.into(), webhook.into()])]).await
    }

    /// Gives a webhook up, with what waits for it.
    pub async fn disable_webhook(&self, webhook: i64, now: Timestamp) -> Result<bool, Error> {
        let disable = "UPDATE webhooks SET disabled_at = COALESCE(disabled_at, $1) WHERE id = $2";
        self.write(vec![
            sql(disable, [now.0.into(), webhook.into()]),
            sql("DELETE FROM jobs WHERE webhook_id = $1", [webhook.into()]),
        ])
        .await
    }

    /// The entry of a media's history with this id.
    pub async fn description_entry(
        &self,
        media: MediaId,
        id: i64,
    ) -> Result<Option<DescriptionEntry>, Error> {
        let entries = self.description_history(media, id.saturating_add(1), 1).await?;
        Ok(entries.into_iter().find(|entry| entry.id == id))
    }

    /// The images of a Tweet that have no alt text, in order.
    pub async fn undescribed_media_of(&self, tweet: TweetId) -> Result<Vec<MediaId>, Error> {
        let text = "SELECT m.id FROM tweet_media AS t JOIN media AS m ON m.id = t.media_id \
                    WHERE t.tweet_id = $1 AND m.alt_text IS NULL AND m.is_decorative = 0 \
                    AND m.kind IN ('photo', 'animated_gif') ORDER BY t.position";
        let rows = self.db.query(text, vec![tweet.0.into()]).await?;
        rows.iter().map(|row| Ok(MediaId(row.int(0)?))).collect()
    }
}
