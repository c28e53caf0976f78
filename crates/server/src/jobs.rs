//! Work that goes on beside requests: processing of media, and sweeping.

mod probe_media;
mod sweep;

use crate::app::{App, Shared};
use crate::error::{Error, Result};
use crate::store::jobs::Job;
use birdhouse_domain::Timestamp;
use std::time::Duration;
use tokio::sync::watch;

/// A worker that dies loses its job after this long.
const LEASE_MS: i64 = 120 * Timestamp::SECOND;
/// How often the queue is looked at when nobody rang.
const IDLE: Duration = Duration::from_secs(1);
/// A job that failed so often is given up.
pub(crate) const MAX_ATTEMPTS: i64 = 5;

/// Takes jobs and sweeps until told to stop.
pub async fn run(app: Shared, mut stop: watch::Receiver<bool>) {
    // At start no worker of this process holds a lease; what a crash left is done again.
    report(app.store.release_jobs(app.now()).await.map_err(Error::from));
    let sweeper = tokio::spawn(sweep::run(app.clone(), stop.clone()));
    loop {
        let worked = work_once(&app).await;
        let is_idle = match worked {
            Ok(worked) => !worked,
            Err(error) => {
                report(Err::<(), _>(error));
                true
            }
        };
        if *stop.borrow() {
            break;
        }
        if is_idle {
            tokio::select! {
                () = app.job_bell.notified() => {}
                () = tokio::time::sleep(IDLE) => {}
                _ = stop.wait_for(|stop| *stop) => break,
            }
        }
    }
    drop(sweeper.await);
}

/// Does the job that waits longest; `false` if none waits.
pub async fn work_once(app: &App) -> Result<bool> {
    let now = app.now();
    let Some(job) = app.store.take_job(now, now.plus(LEASE_MS)).await? else { return Ok(false) };
    let outcome = match job.kind.as_str() {
        "probe_media" => probe_media::run(app, &job).await,
        other => Err(Error::Broken(anyhow::anyhow!("nobody knows the job {other}"))),
    };
    if let Err(error) = outcome {
        put_back(app, &job, &error).await?;
    }
    Ok(true)
}

/// A job that broke is tried again later, each time twice as late.
async fn put_back(app: &App, job: &Job, error: &Error) -> Result<()> {
    let text = format!("{error:?}");
    tracing::warn!(job.id, job.attempts, error = text, "job {} failed, will retry", job.kind);
    let wait = Timestamp::SECOND << job.attempts.clamp(0, 6);
    app.store.retry_job(job.id, app.now().plus(wait), &text).await?;
    Ok(())
}

pub use sweep::sweep_once;

fn report<T>(outcome: Result<T>) {
    if let Err(error) = outcome {
        tracing::error!(error = format!("{error:?}"), "background work failed");
    }
}
