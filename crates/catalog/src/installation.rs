//! The one row that says which installation a catalog belongs to, and how far its ids have come.

use crate::catalog::Catalog;
use crate::db::{Error, sql};
use birdhouse_domain::Timestamp;
use birdhouse_domain::id::Lease;

/// The installation that a catalog belongs to.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Installation {
    /// What the marker file in each store holds.
    pub id: String,
    /// Identifies the key that seals secrets.
    pub key_id: String,
    /// Whether every store carries the id.
    pub is_complete: bool,
    /// No id that was ever handed out is larger.
    pub highest_id: i64,
}

/// Which time is believed, whatever the clock shows.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ClockBelief {
    /// The believed time.
    pub believed: Timestamp,
    /// If the clock is ahead of it: the time that it would show, had it gone right since it was seen so,
    /// and the milliseconds that the server has run since.
    pub ahead: Option<(Timestamp, i64)>,
}

impl Catalog {
    /// The installation; `None` in a catalog that no server has used yet.
    pub async fn installation(&self) -> Result<Option<Installation>, Error> {
        let text = "SELECT id, key_id, is_complete, highest_id FROM installation";
        let Some(row) = self.db.query_one(text, Vec::new()).await? else { return Ok(None) };
        Ok(Some(Installation {
            id: row.text(0)?.to_owned(),
            key_id: row.text(1)?.to_owned(),
            is_complete: row.flag(2)?,
            highest_id: row.int(3)?,
        }))
    }

    /// Adds the row; `false` if there is one.
    pub async fn add_installation(&self, new: &Installation) -> Result<bool, Error> {
        let text = "INSERT INTO installation (only_one, id, key_id, is_complete, highest_id) \
                    VALUES (1, $1, $2, $3, $4) ON CONFLICT DO NOTHING";
        let values = [
            new.id.as_str().into(),
            new.key_id.as_str().into(),
            new.is_complete.into(),
            new.highest_id.into(),
        ];
        self.write(vec![sql(text, values).expect(1)]).await
    }

    /// Records that every store carries the id.
    pub async fn complete_installation(&self) -> Result<bool, Error> {
        self.write(vec![sql("UPDATE installation SET is_complete = 1", []).expect(1)]).await
    }

    /// Stores a lease of ids; `false` if another server stored one since.
    pub async fn lease_ids(&self, lease: &Lease) -> Result<bool, Error> {
        let text = "UPDATE installation SET highest_id = $1 WHERE highest_id IN ($1, $2)";
        let values = [lease.end.into(), lease.stored.into()];
        self.write(vec![sql(text, values).expect(1)]).await
    }

    /// Which time was believed last; `None` if none was recorded yet.
    pub async fn clock_belief(&self) -> Result<Option<ClockBelief>, Error> {
        let text = "SELECT clock_believed_at, clock_ahead_at, clock_ahead_ms FROM installation \
                    WHERE clock_believed_at > 0";
        let Some(row) = self.db.query_one(text, Vec::new()).await? else { return Ok(None) };
        let (shown, ran) = (row.int(1)?, row.int(2)?);
        let ahead = (shown > 0).then_some((Timestamp(shown), ran));
        Ok(Some(ClockBelief { believed: Timestamp(row.int(0)?), ahead }))
    }

    /// Records which time is believed.
    pub async fn believe_clock(&self, belief: ClockBelief) -> Result<bool, Error> {
        let text = "UPDATE installation SET clock_believed_at = $1, clock_ahead_at = $2, \
                    clock_ahead_ms = $3";
        let (shown, ran) = belief.ahead.unwrap_or_default();
        self.write(vec![sql(text, [belief.believed.0.into(), shown.0.into(), ran.into()])]).await
    }

    /// Writes to no row: fails if the database can only be read.
    pub async fn try_write(&self) -> Result<(), Error> {
        let text = "UPDATE installation SET highest_id = highest_id WHERE highest_id < 0";
        self.write(vec![sql(text, [])]).await.map(drop)
    }

    /// The largest id of any row; 0 in an empty catalog.
    pub async fn newest_id(&self) -> Result<i64, Error> {
        let text = "SELECT COALESCE(MAX(id), 0) FROM (SELECT MAX(id) AS id FROM users \
                    UNION ALL SELECT MAX(id) FROM apps UNION ALL SELECT MAX(id) FROM media \
                    UNION ALL SELECT MAX(id) FROM tweets UNION ALL SELECT MAX(id) FROM jobs \
                    UNION ALL SELECT MAX(id) FROM alt_text_history \
                    UNION ALL SELECT MAX(id) FROM suggestions \
                    UNION ALL SELECT MAX(id) FROM oauth2_grants) AS ids";
        self.db.query_one(text, Vec::new()).await?.map_or(Ok(0), |row| row.int(0))
    }
}
