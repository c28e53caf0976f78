//! The queue of work that outlives a crash: rows that are leased, not locked.

use super::Store;
use crate::db::{Error, Statement, Written, sql};
use birdhouse_domain::{MediaId, Timestamp};

/// A job that a worker holds for the length of its lease.
#[derive(Clone, Debug)]
pub struct Job {
    /// Id.
    pub id: i64,
    /// What to do.
    pub kind: &'static str,
    /// With which media.
    pub media: MediaId,
    /// How often it was taken, this time included.
    pub attempts: i64,
}

/// Queues a job.
pub(super) fn insert(id: i64, kind: &'static str, media: MediaId, at: Timestamp) -> Statement {
    sql(
        "INSERT INTO jobs (id, kind, media_id, run_at) VALUES ($1, $2, $3, $4)",
        [id.into(), kind.into(), media.0.into(), at.0.into()],
    )
}

/// Ends a job.
pub(super) fn delete(id: i64) -> Statement {
    sql("DELETE FROM jobs WHERE id = $1", [id.into()])
}

impl Store {
    /// Takes the job of this kind that waits longest, until `lease_until`; a worker that dies loses it then.
    pub async fn take_job(
        &self,
        kind: &'static str,
        now: Timestamp,
        lease_until: Timestamp,
    ) -> Result<Option<Job>, Error> {
        let take = sql(
            "UPDATE jobs SET run_at = $1, attempts = attempts + 1 WHERE run_at <= $2 AND id = \
             (SELECT id FROM jobs WHERE run_at <= $2 AND kind = $3 ORDER BY run_at, id LIMIT 1) \
             RETURNING id, media_id, attempts",
            [lease_until.0.into(), now.0.into(), kind.into()],
        );
        let Written::Done(rows) = self.db.write(vec![take]).await? else { return Ok(None) };
        let Some(row) = rows.first().and_then(|rows| rows.first()) else { return Ok(None) };
        Ok(Some(Job { id: row.int(0)?, kind, media: MediaId(row.int(1)?), attempts: row.int(2)? }))
    }

    /// Holds a job for longer. `false` if it is gone, as its media is then.
    pub async fn renew_lease(&self, id: i64, until: Timestamp) -> Result<bool, Error> {
        let update = sql("UPDATE jobs SET run_at = $1 WHERE id = $2", [until.0.into(), id.into()]);
        self.done(vec![update.expect(1)]).await
    }

    /// Gives a job back, to be tried again at `at`.
    pub async fn retry_job(&self, id: i64, at: Timestamp, error: &str) -> Result<bool, Error> {
        let update = sql(
            "UPDATE jobs SET run_at = $1, last_error = $2 WHERE id = $3",
            [at.0.into(), error.into(), id.into()],
        );
        self.done(vec![update]).await
    }

    /// Removes a job whose media needs it no longer.
    pub async fn end_job(&self, id: i64) -> Result<bool, Error> {
        self.done(vec![delete(id)]).await
    }

    /// Lets every lease end now: at start, no worker of this process holds one.
    pub async fn release_jobs(&self, now: Timestamp) -> Result<bool, Error> {
        let text = "UPDATE jobs SET run_at = $1 WHERE run_at > $1 AND attempts > 0";
        self.done(vec![sql(text, [now.0.into()])]).await
    }

    /// Jobs that wait or run.
    pub async fn job_count(&self) -> Result<i64, Error> {
        let row = self.db.query_one("SELECT COUNT(*) FROM jobs", vec![]).await?;
        row.map_or(Ok(0), |row| row.int(0))
    }
}
