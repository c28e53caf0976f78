//! The job loop for every kind: lease, run, retry, give up.

use super::{sizes, video};
use crate::app::App;
use crate::app::Shared;
use crate::error::{Error, Result};
use birdhouse_catalog::jobs::{Job, LONGEST_PAUSE_MS};
use birdhouse_domain::{JobKind, Timestamp};
use futures_util::FutureExt;
use std::panic::AssertUnwindSafe;
use std::time::Duration;
use tokio::sync::watch;

/// The lease of a job, after which the job of a crashed worker is taken again.
const LEASE_MS: i64 = 120 * Timestamp::SECOND;
/// How often a lease is extended while its job runs.
const RENEW_EVERY: Duration = Duration::from_secs(30);
/// How often the queue is polled without a notification.
const IDLE: Duration = Duration::from_secs(1);
/// A job that failed so often is given up: after about eight hours, so that an operator can free a
/// disk or install a tool, and nobody uploads anything again.
const MAX_FAILURES: i64 = 40;
/// A job whose file is suspected of failing it is given up when it failed so often: in between, a
/// machine that was merely busy has had some seconds.
const MAX_SUSPICIONS: i64 = 3;

/// Ends every lease at start, so that jobs interrupted by a crash are taken again.
pub(super) async fn release_leases(app: &App) {
    log_failure(app.catalog.release_jobs(app.now()).await.map_err(Error::from));
}

/// Runs jobs of one kind until `stop` is true.
pub(super) async fn work(app: Shared, kind: JobKind, mut stop: watch::Receiver<bool>) {
    while !*stop.borrow() {
        // Registered before the queue is polled, so that no notification is missed in between.
        let notified = app.memory.notify.of(kind).notified();
        let worked = tokio::select! {
            worked = AssertUnwindSafe(work_once(&app, kind)).catch_unwind() => worked,
            // An interrupted job is taken again at the next start.
            _ = stop.wait_for(|stop| *stop) => return,
        };
        let worked = worked.unwrap_or_else(|_| Err(anyhow::anyhow!("a job panicked").into()));
        let is_idle = !worked.unwrap_or_else(|error| {
            log_failure(Err::<(), _>(error));
            false
        });
        if is_idle {
            tokio::select! {
                () = notified => {}
                () = app.clock.sleep(IDLE) => {}
                _ = stop.wait_for(|stop| *stop) => return,
            }
        }
    }
}

/// Runs the oldest job of this kind; `false` if there is none.
pub async fn work_once(app: &App, kind: JobKind) -> Result<bool> {
    let now = app.now();
    let Some(job) = app.catalog.take_job(kind, now, now.plus(LEASE_MS)).await? else {
        return Ok(false);
    };
    let outcome = tokio::select! {
        outcome = run(app, &job) => outcome,
        // The media was deleted, and the job with it.
        () = keep_lease(app, &job) => return Ok(true),
    };
    match outcome {
        Ok(()) => app.catalog.delete_job(job.id).await.map(drop)?,
        Err(error) if job.attempts + 1 < failures_allowed(&error) => {
            retry_later(app, &job, &error).await?;
        }
        Err(error) => give_up(app, &job, &error).await?,
    }
    Ok(true)
}

fn failures_allowed(error: &Error) -> i64 {
    if error.suspicion().is_some() { MAX_SUSPICIONS } else { MAX_FAILURES }
}

async fn run(app: &App, job: &Job) -> Result<()> {
    match job.kind {
        JobKind::DeriveSizes => sizes::run(app, job).await,
        JobKind::ProcessVideo => video::run(app, job).await,
    }
}

/// Extends the lease of a job while it is polled; returns when the job was deleted.
async fn keep_lease(app: &App, job: &Job) {
    loop {
        app.clock.sleep(RENEW_EVERY).await;
        let until = app.now().plus(LEASE_MS);
        // If the catalog fails now, the next renewal is in time.
        if let Ok(false) = app.catalog.renew_lease(job.id, until).await {
            return;
        }
    }
}

/// Schedules a failed job to be retried, with exponential delay.
async fn retry_later(app: &App, job: &Job, error: &Error) -> Result<()> {
    let (id, kind, text) = (job.id, job.kind.name(), format!("{error:?}"));
    tracing::warn!(
        job.id = id,
        job.kind = kind,
        job.failures = job.attempts + 1,
        media.id = %job.media,
        error = text,
        "job {id} ({kind}) failed and will be retried"
    );
    let wait = ((2 * Timestamp::SECOND) << job.attempts.clamp(0, 20)).min(LONGEST_PAUSE_MS);
    app.catalog.retry_job(id, app.now().plus(wait), &text).await?;
    Ok(())
}

/// Deletes a job that failed too often, after its kind has recorded the failure.
async fn give_up(app: &App, job: &Job, error: &Error) -> Result<()> {
    let (id, kind) = (job.id, job.kind.name());
    tracing::error!(
        job.id = id,
        job.kind = kind,
        job.failures = job.attempts + 1,
        media.id = %job.media,
        error = format!("{error:?}"),
        "job {id} ({kind}) was given up"
    );
    match job.kind {
        // The sizes are derived when they are requested.
        JobKind::DeriveSizes => {}
        // The media fails, and STATUS says why.
        JobKind::ProcessVideo => video::give_up(app, job, error).await?,
    }
    app.catalog.delete_job(id).await?;
    Ok(())
}

/// Logs a failure of background work.
pub(super) fn log_failure<T>(outcome: Result<T>) {
    if let Err(error) = outcome {
        tracing::error!(error = format!("{error:?}"), "background work failed");
    }
}
