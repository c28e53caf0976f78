//! Webhooks of users, and how they take deliveries, which are queued by `deliveries.rs`.

use crate::catalog::Catalog;
use crate::db::{Error, Row, sql};
use crate::jobs::{Job, finish};
use birdhouse_domain::webhook::{MAX_WEBHOOKS, WebhookEvents};
use birdhouse_domain::{Timestamp, UserId};

/// A webhook.
#[derive(Clone, PartialEq, Eq)]
pub struct Webhook {
    /// Id.
    pub id: i64,
    /// Whose media it is told of.
    pub user: UserId,
    /// Where deliveries are sent.
    pub url: String,
    /// What it is told of.
    pub events: WebhookEvents,
    /// The sealed secret that deliveries are signed with.
    pub secret: Vec<u8>,
    /// When it was added.
    pub created_at: Timestamp,
    /// When it last accepted a delivery.
    pub delivered_at: Option<Timestamp>,
    /// Since when it accepts none; `None` while it does.
    pub failing_since: Option<Timestamp>,
    /// When it was given up.
    pub disabled_at: Option<Timestamp>,
    /// Why the last delivery failed.
    pub last_error: Option<String>,
}

/// Without its secret.
impl std::fmt::Debug for Webhook {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Webhook").field("id", &self.id).finish_non_exhaustive()
    }
}

macro_rules! select {
    ($rest:literal) => {
        concat!(
            "SELECT id, user_id, url, events, secret, created_at, delivered_at, failing_since, \
             disabled_at, last_error FROM webhooks WHERE ",
            $rest
        )
    };
}

fn read(row: &Row) -> Result<Webhook, Error> {
    let time = |column| Ok::<_, Error>(row.opt_int(column)?.map(Timestamp));
    Ok(Webhook {
        id: row.int(0)?,
        user: UserId(row.int(1)?),
        url: row.text(2)?.to_owned(),
        events: WebhookEvents::from_bits(row.int(3)?),
        secret: row.bytes(4)?.to_vec(),
        created_at: Timestamp(row.int(5)?),
        delivered_at: time(6)?,
        failing_since: time(7)?,
        disabled_at: time(8)?,
        last_error: row.opt_text(9)?.map(str::to_owned),
    })
}

impl Catalog {
    /// Adds a webhook; `false` if the user has as many as are allowed.
    pub async fn add_webhook(&self, new: &Webhook) -> Result<bool, Error> {
        // Waits for another one of the same user, which is then counted.
        let lock = "UPDATE users SET statuses_count = statuses_count WHERE id = $1";
        let few = "SELECT 1 WHERE (SELECT COUNT(*) FROM webhooks WHERE user_id = $1) < \
                   CAST($2 AS BIGINT)";
        let insert = "INSERT INTO webhooks (id, user_id, url, events, secret, created_at) \
                      VALUES ($1, $2, $3, $4, $5, $6)";
        self.write(vec![
            sql(lock, [new.user.0.into()]).expect(1),
            sql(few, [new.user.0.into(), MAX_WEBHOOKS.into()]).expect(1),
            sql(
                insert,
                [
                    new.id.into(),
                    new.user.0.into(),
                    new.url.as_str().into(),
                    new.events.bits().into(),
                    new.secret.clone().into(),
                    new.created_at.0.into(),
                ],
            ),
        ])
        .await
    }

    /// The webhooks of a user, oldest first.
    pub async fn webhooks(&self, user: UserId) -> Result<Vec<Webhook>, Error> {
        let text = select!("user_id = $1 ORDER BY id");
        self.db.query(text, vec![user.0.into()]).await?.iter().map(read).collect()
    }

    /// The webhook with this id.
    pub async fn webhook(&self, id: i64) -> Result<Option<Webhook>, Error> {
        let row = self.db.query_one(select!("id = $1"), vec![id.into()]).await?;
        row.as_ref().map(read).transpose()
    }

    /// Removes a webhook with what waits for it; `false` if it is not the user's.
    pub async fn delete_webhook(&self, user: UserId, id: i64) -> Result<bool, Error> {
        let delete = "DELETE FROM webhooks WHERE id = $1 AND user_id = $2";
        self.write(vec![
            sql(delete, [id.into(), user.0.into()]).expect(1),
            sql("DELETE FROM jobs WHERE webhook_id = $1", [id.into()]),
        ])
        .await
    }

    /// At most `limit` users who have a webhook, with ids greater than `after`, in order.
    pub async fn webhook_owners(&self, after: UserId, limit: i64) -> Result<Vec<UserId>, Error> {
        let text = "SELECT DISTINCT user_id FROM webhooks WHERE user_id > $1 \
                    ORDER BY user_id LIMIT $2";
        let rows = self.db.query(text, vec![after.0.into(), limit.into()]).await?;
        rows.iter().map(|row| Ok(UserId(row.int(0)?))).collect()
    }

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
}
