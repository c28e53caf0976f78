//! The job loop for every kind: lease, run, retry, give up.

use super::failing::{LoopHealth, log_failure};
use super::pause::pause_ms;
use super::{caption, deliver, sizes, video};
use crate::app::{App, Shared};
use crate::error::{Error, Result};
use birdhouse_catalog::job_failures::JobFailure;
use birdhouse_catalog::jobs::{Job, NewLease};
use birdhouse_domain::{Failure, JobKind, Timestamp};
use futures_util::FutureExt;
use std::any::Any;
use std::panic::AssertUnwindSafe;
use std::time::Duration;
use tokio::sync::watch;

/// The lease of a job, after which the job of a crashed worker is taken again.
const LEASE_MS: i64 = 120 * Timestamp::SECOND;
/// How often a lease is extended while its job runs.
const RENEW_EVERY: Duration = Duration::from_secs(30);
/// A job that failed so often by accident is given up: after about eight hours, so that an operator can free a
/// disk or install a tool, and nobody uploads anything again.
const MAX_ACCIDENTS: i64 = 40;
/// A job is given up once its file was the suspected cause so often: in between, a machine that was
/// merely busy has had some seconds.
const MAX_SUSPICIONS: i64 = 3;

/// Ends every lease at start, so that jobs interrupted by a crash are taken again.
pub(super) async fn release_leases(app: &App) {
    log_failure(app.catalog.release_jobs().await.map_err(Error::from));
}

/// Runs jobs of one kind until `stop` is true.
pub(super) async fn work(app: Shared, kind: JobKind, mut stop: watch::Receiver<bool>) {
    let mut health = LoopHealth::new(&app);
    while !*stop.borrow() {
        // Registered before the queue is polled, so that no notification is missed in between.
        let notified = app.memory.notify.of(kind).notified();
        let worked = tokio::select! {
            worked = work_once(&app, kind) => worked,
            // An interrupted job is taken again at the next start.
            _ = stop.wait_for(|stop| *stop) => return,
        };
        if health.note(worked) != Some(true) {
            tokio::select! {
                () = notified => {}
                () = app.clock.sleep(health.pause()) => {}
                _ = stop.wait_for(|stop| *stop) => return,
            }
        }
    }
}

/// Runs the oldest job of this kind of the user whose turn it is; `false` if there is none.
pub async fn work_once(app: &App, kind: JobKind) -> Result<bool> {
    work_once_by(app, kind, run).await
}

/// Takes the oldest job of this kind of the user whose turn it is, has `run` do its work, and records
/// how that ended.
async fn work_once_by(
    app: &App,
    kind: JobKind,
    run: impl AsyncFnOnce(&App, &Job) -> Result<()>,
) -> Result<bool> {
    let now = app.now();
    let lease = NewLease { owner: app.next_id(), until: now.plus(LEASE_MS) };
    let turns = &app.memory.job_turns;
    let Some(job) = app.catalog.take_job(kind, now, lease, turns.last(kind)).await? else {
        return Ok(false);
    };
    turns.taken(kind, job.user);
    let outcome = tokio::select! {
        outcome = AssertUnwindSafe(run(app, &job)).catch_unwind() => outcome,
        // The media was deleted and the job with it, or another worker has it.
        () = keep_lease(app, &job) => return Ok(true),
    };
    let outcome = outcome.unwrap_or_else(|panic| Err(panicked(panic.as_ref()).into()));
    match outcome {
        // Most kinds have deleted it in the write that ended their work.
        Ok(()) => app.catalog.finish_job(&job).await.map(drop)?,
        Err(error) => record(app, &job, &error).await?,
    }
    Ok(true)
}

fn panicked(panic: &(dyn Any + Send)) -> anyhow::Error {
    let text = panic.downcast_ref::<&str>().map(|text| (*text).to_owned());
    let text = text.or_else(|| panic.downcast_ref::<String>().cloned()).unwrap_or_default();
    anyhow::anyhow!("it panicked: {text}")
}

async fn run(app: &App, job: &Job) -> Result<()> {
    match job.kind {
        JobKind::DeriveSizes => sizes::run(app, job).await,
        JobKind::ProcessVideo => video::run(app, job).await,
        JobKind::Deliver => deliver::run(app, job).await,
        JobKind::Caption => caption::run(app, job).await,
    }
}

/// Extends the lease of a job while it is polled; returns when it was lost.
async fn keep_lease(app: &App, job: &Job) {
    loop {
        app.clock.sleep(RENEW_EVERY).await;
        let until = app.now().plus(LEASE_MS);
        // If the catalog fails now, the next renewal is in time.
        if let Ok(false) = app.catalog.renew_lease(job, until).await {
            return;
        }
    }
}

/// Records that a job failed: accidents and suspicions are counted, and wait, apart.
async fn record(app: &App, job: &Job, error: &Error) -> Result<()> {
    let (before, allowed) = match error.suspicion() {
        Some(_) => (job.suspicions, MAX_SUSPICIONS),
        None => (job.attempts, MAX_ACCIDENTS),
    };
    let text = error.to_string();
    let failure = JobFailure { error: &text, is_suspicion: error.suspicion().is_some() };
    if before + 1 < allowed {
        retry_later(app, job, before, failure).await
    } else {
        let of_media = match job.kind {
            // The sizes are derived when they are requested.
            // Of deliveries and captions nothing of the media depends.
            JobKind::DeriveSizes | JobKind::Deliver | JobKind::Caption => None,
            JobKind::ProcessVideo => Some(video::given_up(error)),
        };
        give_up(app, job, failure, of_media).await
    }
}

/// Schedules a failed job to be retried, with exponential delay.
async fn retry_later(app: &App, job: &Job, before: i64, failure: JobFailure<'_>) -> Result<()> {
    let (id, kind) = (job.id, job.kind.name());
    tracing::warn!(
        job.id = id,
        job.kind = kind,
        job.failures = before + 1,
        media.id = %job.media,
        error = failure.error,
        "job {id} ({kind}) failed and will be retried"
    );
    let at = app.now().plus(pause_ms(job.kind, before));
    app.catalog.retry_job(job, at, failure).await?;
    Ok(())
}

/// Gives up a job that failed too often. It is kept: an operator can have it tried again.
async fn give_up(
    app: &App,
    job: &Job,
    failure: JobFailure<'_>,
    of_media: Option<Failure>,
) -> Result<()> {
    let (id, kind) = (job.id, job.kind.name());
    tracing::error!(
        job.id = id,
        job.kind = kind,
        media.id = %job.media,
        error = failure.error,
        "job {id} ({kind}) was given up; `birdhouse job retry {id}` has it tried again"
    );
    app.catalog.give_up_job(job, app.now(), failure, of_media.as_ref()).await?;
    Ok(())
}

#[cfg(test)]
mod tests;
