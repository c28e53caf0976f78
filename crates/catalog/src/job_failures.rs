//! Jobs that failed: tried again later, or given up, which their media then says.

use crate::catalog::Catalog;
use crate::db::{Error, Statement, WriteOutcome, sql};
use crate::jobs::Job;
use birdhouse_domain::{Failure, Timestamp};

/// How a job failed.
#[derive(Clone, Copy, Debug)]
pub struct JobFailure<'a> {
    /// The error, for the operator.
    pub error: &'a str,
    /// Whether its file is suspected; otherwise it was an accident.
    pub is_suspicion: bool,
}

/// Counts a failure and ends the lease; refuses the write if it was lost.
fn record_failure(
    job: &Job,
    failure: JobFailure<'_>,
    run_at: Timestamp,
    failed_at: Option<Timestamp>,
) -> Statement {
    let (suspicions, attempts) = if failure.is_suspicion { (1, 0) } else { (0, 1) };
    sql(
        "UPDATE jobs SET run_at = $1, failed_at = $2, attempts = attempts + $3, \
         suspicions = suspicions + $4, last_error = $5, lease_owner = NULL, lease_until = 0 \
         WHERE id = $6 AND lease_owner = $7",
        [
            run_at.0.into(),
            failed_at.map(|at| at.0).into(),
            attempts.into(),
            suspicions.into(),
            failure.error.into(),
            job.id.into(),
            job.owner.into(),
        ],
    )
    .expect(1)
}

impl Catalog {
    /// Gives a job back that failed, to be tried again at `at`. `false` if its lease was lost.
    pub async fn retry_job(
        &self,
        job: &Job,
        at: Timestamp,
        failure: JobFailure<'_>,
    ) -> Result<bool, Error> {
        self.write(vec![record_failure(job, failure, at, None)]).await
    }

    /// Gives a job back, to be taken again at `at`; it did not fail. `false` if its lease was lost.
    pub async fn postpone_job(&self, job: &Job, at: Timestamp) -> Result<bool, Error> {
        let text = "UPDATE jobs SET run_at = $1, lease_owner = NULL, lease_until = 0 \
                    WHERE id = $2 AND lease_owner = $3";
        let update = sql(text, [at.0.into(), job.id.into(), job.owner.into()]);
        self.write(vec![update.expect(1)]).await
    }

    /// Gives a job up, which is kept for the operator; what its media then says of it is in the
    /// same write. `false` if its lease was lost.
    pub async fn give_up_job(
        &self,
        job: &Job,
        now: Timestamp,
        failure: JobFailure<'_>,
        of_media: Option<&Failure>,
    ) -> Result<bool, Error> {
        let mut statements = vec![record_failure(job, failure, now, Some(now))];
        statements.extend(of_media.map(|failure| crate::media::fail(job.media, failure)));
        self.write(statements).await
    }

    /// Number of jobs that were given up.
    pub async fn failed_job_count(&self) -> Result<i64, Error> {
        let text = "SELECT COUNT(*) FROM jobs WHERE failed_at IS NOT NULL";
        let row = self.db.query_one(text, vec![]).await?;
        row.map_or(Ok(0), |row| row.int(0))
    }

    /// Makes jobs that were given up due again: one, or all if `id` is `None`. A media that failed
    /// with them is pending again, in the same write. Returns the number of jobs.
    pub async fn retry_failed(&self, id: Option<i64>, now: Timestamp) -> Result<usize, Error> {
        let id = id.unwrap_or(0);
        let outcome = self.db.write(vec![
            sql(
                "UPDATE media SET state = 'pending', progress = 0, failure_code = NULL, \
                 failure_name = NULL, failure_message = NULL WHERE state = 'failed' AND id IN \
                 (SELECT media_id FROM jobs WHERE failed_at IS NOT NULL \
                 AND (CAST($1 AS BIGINT) = 0 OR id = $1))",
                [id.into()],
            ),
            sql(
                "UPDATE jobs SET failed_at = NULL, attempts = 0, suspicions = 0, run_at = $2 \
                 WHERE failed_at IS NOT NULL AND (CAST($1 AS BIGINT) = 0 OR id = $1) \
                 RETURNING id",
                [id.into(), now.0.into()],
            ),
        ]);
        let WriteOutcome::Applied(rows) = outcome.await? else { return Ok(0) };
        Ok(rows.last().map_or(0, Vec::len))
    }
}
