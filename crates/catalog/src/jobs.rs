//! The job queue, which survives a crash: rows are leased, not locked.

use crate::catalog::Catalog;
use crate::db::{Error, Statement, WriteOutcome, sql};
use birdhouse_domain::{JobKind, MediaId, Timestamp};

/// A job that a worker has leased.
#[derive(Clone, Debug)]
pub struct Job {
    /// Id.
    pub id: i64,
    /// What to do.
    pub kind: JobKind,
    /// The media to process.
    pub media: MediaId,
    /// How often it failed. An interruption, such as a restart, is no failure.
    pub attempts: i64,
}

/// A job to add together with a change of its media.
#[derive(Clone, Copy, Debug)]
pub struct NewJob {
    /// Id.
    pub id: i64,
    /// What to do.
    pub kind: JobKind,
    /// The earliest time to take it.
    pub at: Timestamp,
}

/// A job is never scheduled further ahead than this, in milliseconds.
pub const LONGEST_PAUSE_MS: i64 = 15 * 60 * Timestamp::SECOND;

/// Queues a job.
pub(crate) fn insert(job: &NewJob, media: MediaId) -> Statement {
    sql(
        "INSERT INTO jobs (id, kind, media_id, run_at) VALUES ($1, $2, $3, $4)",
        [job.id.into(), job.kind.name().into(), media.0.into(), job.at.0.into()],
    )
}

/// Deletes a job.
pub(crate) fn delete(id: i64) -> Statement {
    sql("DELETE FROM jobs WHERE id = $1", [id.into()])
}

impl Catalog {
    /// Leases the oldest job of this kind until `lease_until`, when it can be taken again.
    pub async fn take_job(
        &self,
        kind: JobKind,
        now: Timestamp,
        lease_until: Timestamp,
    ) -> Result<Option<Job>, Error> {
        // A job that is due later than any can be was queued under a clock that was ahead.
        let latest = lease_until.plus(LONGEST_PAUSE_MS);
        let take = sql(
            "UPDATE jobs SET run_at = $1 WHERE (run_at <= $2 OR run_at > $4) AND id = \
             (SELECT id FROM jobs WHERE (run_at <= $2 OR run_at > $4) AND kind = $3 \
             ORDER BY run_at, id LIMIT 1) RETURNING id, media_id, attempts",
            [lease_until.0.into(), now.0.into(), kind.name().into(), latest.0.into()],
        );
        let WriteOutcome::Applied(rows) = self.db.write(vec![take]).await? else { return Ok(None) };
        let Some(row) = rows.first().and_then(|rows| rows.first()) else { return Ok(None) };
        Ok(Some(Job { id: row.int(0)?, kind, media: MediaId(row.int(1)?), attempts: row.int(2)? }))
    }

    /// Extends the lease of a job. `false` if the job was deleted with its media.
    pub async fn renew_lease(&self, id: i64, until: Timestamp) -> Result<bool, Error> {
        let update = sql("UPDATE jobs SET run_at = $1 WHERE id = $2", [until.0.into(), id.into()]);
        self.write(vec![update.expect(1)]).await
    }

    /// Gives a job back that failed, to be tried again at `at`.
    pub async fn retry_job(&self, id: i64, at: Timestamp, error: &str) -> Result<bool, Error> {
        let update = sql(
            "UPDATE jobs SET run_at = $1, attempts = attempts + 1, last_error = $2 WHERE id = $3",
            [at.0.into(), error.into(), id.into()],
        );
        self.write(vec![update]).await
    }

    /// Deletes a job that is done.
    pub async fn delete_job(&self, id: i64) -> Result<bool, Error> {
        self.write(vec![delete(id)]).await
    }

    /// Makes every job due now: at start, no worker of this process holds one, and what made
    /// others fail may be repaired.
    pub async fn release_jobs(&self, now: Timestamp) -> Result<bool, Error> {
        let text = "UPDATE jobs SET run_at = $1 WHERE run_at > $1";
        self.write(vec![sql(text, [now.0.into()])]).await
    }

    /// Number of jobs that are queued or running.
    pub async fn job_count(&self) -> Result<i64, Error> {
        let row = self.db.query_one("SELECT COUNT(*) FROM jobs", vec![]).await?;
        row.map_or(Ok(0), |row| row.int(0))
    }
}
