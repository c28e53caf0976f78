//! Deliveries to webhooks: jobs that are queued in the write of what they tell of.

use crate::db::{Error, Row, Statement, Value, sql};
use birdhouse_domain::webhook::WebhookEvent;
use birdhouse_domain::{JobKind, MediaId, Timestamp};

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
