//! The job queue, which survives a crash: rows are leased, not locked.
//!
//! A lease has an owner, and what a worker writes about its job is guarded by that: a worker whose
//! lease ended, and whose job was taken by another, changes nothing any more.
//!
//! Users take turns, so that nobody waits for all that another has uploaded.

use crate::catalog::Catalog;
use crate::db::{Error, Row, Statement, WriteOutcome, sql};
use crate::deliveries::{self, Delivery};
use birdhouse_domain::{JobKind, MediaId, Timestamp, UserId};

/// A job that a worker has leased.
#[derive(Clone, Debug)]
pub struct Job {
    /// Id.
    pub id: i64,
    /// What to do.
    pub kind: JobKind,
    /// The media to process.
    pub media: MediaId,
    /// Its owner.
    pub user: UserId,
    /// How often it failed by accident. An interruption, such as a restart, is no failure.
    pub attempts: i64,
    /// How often its file was suspected of making it fail.
    pub suspicions: i64,
    /// The lease by which it was taken.
    pub owner: i64,
    /// What it delivers to a webhook; `None` for every other kind.
    pub delivery: Option<Delivery>,
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

/// A lease to take.
#[derive(Clone, Copy, Debug)]
pub struct NewLease {
    /// A number that no other lease has.
    pub owner: i64,
    /// When it ends unless it is extended.
    pub until: Timestamp,
}

/// A job as an operator sees it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct JobRow {
    /// Id.
    pub id: i64,
    /// Name of its kind.
    pub kind: String,
    /// The media to process.
    pub media: MediaId,
    /// `waiting`, `running` or `failed`.
    pub state: &'static str,
    /// Failures by accident.
    pub attempts: i64,
    /// Failures of which its file is suspected.
    pub suspicions: i64,
    /// When it is due; `None` for one that was given up.
    pub run_at: Option<Timestamp>,
    /// Why it failed the last time.
    pub last_error: Option<String>,
}

/// A job of this kind is never scheduled further ahead than this, in milliseconds.
pub fn longest_pause_ms(kind: JobKind) -> i64 {
    let minutes = match kind {
        JobKind::DeriveSizes | JobKind::ProcessVideo | JobKind::Caption => 15,
        JobKind::Deliver => 3 * 60,
    };
    minutes * 60 * Timestamp::SECOND
}

/// The first job that is due, of the users with these ids. `$5` is further ahead than any time can be:
/// what is later was written under a clock that was ahead.
macro_rules! first_due {
    ($users:literal, $lock:literal) => {
        concat!(
            "(SELECT id FROM jobs WHERE kind = $4 AND failed_at IS NULL AND user_id ",
            $users,
            " AND (run_at <= $3 OR run_at > $5) \
             AND (lease_owner IS NULL OR lease_until <= $3 OR lease_until > $5) \
             ORDER BY user_id, run_at, id LIMIT 1",
            $lock,
            ")"
        )
    };
}

/// Leases the first job that is due of the first user behind `$6`, or of the first user.
macro_rules! take {
    ($lock:literal) => {
        concat!(
            "UPDATE jobs SET lease_owner = $1, lease_until = $2 WHERE failed_at IS NULL \
             AND (lease_owner IS NULL OR lease_until <= $3 OR lease_until > $5) AND id = COALESCE(",
            first_due!("> $6", $lock),
            ", ",
            first_due!("<= $6", $lock),
            ") RETURNING id, media_id, attempts, suspicions, user_id, webhook_id, event, event_id"
        )
    };
}

/// Queues a job for a media that exists, or that an earlier statement adds.
pub(crate) fn insert(job: &NewJob, media: MediaId) -> Statement {
    sql(
        "INSERT INTO jobs (id, kind, media_id, user_id, run_at) SELECT CAST($1 AS BIGINT), \
         CAST($2 AS TEXT), id, user_id, CAST($4 AS BIGINT) FROM media WHERE id = $3",
        [job.id.into(), job.kind.name().into(), media.0.into(), job.at.0.into()],
    )
}

/// Deletes a job that is done; refuses the write if its lease was lost.
pub(crate) fn finish(job: &Job) -> Statement {
    let text = "DELETE FROM jobs WHERE id = $1 AND lease_owner = $2";
    sql(text, [job.id.into(), job.owner.into()]).expect(1)
}

impl Catalog {
    /// Leases the oldest job of this kind that is due of the user whose turn it is: the one with the
    /// next id behind that of `after`.
    pub async fn take_job(
        &self,
        kind: JobKind,
        now: Timestamp,
        lease: NewLease,
        after: UserId,
    ) -> Result<Option<Job>, Error> {
        let text = match self.kind() {
            // Workers that take a job at the same time take different ones.
            "postgres" => take!(" FOR UPDATE SKIP LOCKED"),
            _ => take!(""),
        };
        let latest = lease.until.plus(longest_pause_ms(kind));
        let take = sql(
            text,
            [
                lease.owner.into(),
                lease.until.0.into(),
                now.0.into(),
                kind.name().into(),
                latest.0.into(),
                after.0.into(),
            ],
        );
        let WriteOutcome::Applied(rows) = self.db.write(vec![take]).await? else { return Ok(None) };
        let Some(row) = rows.first().and_then(|rows| rows.first()) else { return Ok(None) };
        let (attempts, suspicions) = (row.int(2)?, row.int(3)?);
        let (media, user) = (MediaId(row.int(1)?), UserId(row.int(4)?));
        let (id, owner, delivery) = (row.int(0)?, lease.owner, deliveries::read(row, 5)?);
        Ok(Some(Job { id, kind, media, user, attempts, suspicions, owner, delivery }))
    }

    /// Extends the lease of a job. `false` if it was lost, or the job was deleted with its media.
    pub async fn renew_lease(&self, job: &Job, until: Timestamp) -> Result<bool, Error> {
        let text = "UPDATE jobs SET lease_until = $1 WHERE id = $2 AND lease_owner = $3";
        let update = sql(text, [until.0.into(), job.id.into(), job.owner.into()]);
        self.write(vec![update.expect(1)]).await
    }

    /// Deletes a job that is done. `false` if its lease was lost, or it was deleted already.
    pub async fn finish_job(&self, job: &Job) -> Result<bool, Error> {
        self.write(vec![finish(job)]).await
    }

    /// Ends every lease: at start, no worker has one. When a job is due does not change.
    pub async fn release_jobs(&self) -> Result<bool, Error> {
        let text = "UPDATE jobs SET lease_owner = NULL, lease_until = 0 \
                    WHERE lease_owner IS NOT NULL";
        self.write(vec![sql(text, [])]).await
    }

    /// Number of jobs that wait or run.
    pub async fn job_count(&self) -> Result<i64, Error> {
        let text = "SELECT COUNT(*) FROM jobs WHERE failed_at IS NULL";
        let row = self.db.query_one(text, vec![]).await?;
        row.map_or(Ok(0), |row| row.int(0))
    }

    /// Jobs whose id is greater than `after`, in the order of their ids.
    pub async fn job_rows(&self, after: i64, limit: i64) -> Result<Vec<JobRow>, Error> {
        let text = "SELECT id, kind, media_id, attempts, suspicions, run_at, last_error, \
                    failed_at, lease_owner FROM jobs WHERE id > $1 ORDER BY id LIMIT $2";
        let rows = self.db.query(text, vec![after.into(), limit.into()]).await?;
        rows.iter().map(read_row).collect()
    }
}

fn read_row(row: &Row) -> Result<JobRow, Error> {
    let is_failed = row.opt_int(7)?.is_some();
    let state = match (is_failed, row.opt_int(8)?) {
        (true, _) => "failed",
        (false, Some(_)) => "running",
        (false, None) => "waiting",
    };
    Ok(JobRow {
        id: row.int(0)?,
        kind: row.text(1)?.to_owned(),
        media: MediaId(row.int(2)?),
        state,
        attempts: row.int(3)?,
        suspicions: row.int(4)?,
        run_at: if is_failed { None } else { Some(Timestamp(row.int(5)?)) },
        last_error: row.opt_text(6)?.map(str::to_owned),
    })
}
