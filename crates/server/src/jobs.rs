//! Work that goes on beside requests: sizes of pictures, films, and sweeping.

mod film;
mod sizes;
mod sweep;

pub use sweep::sweep_once;

use crate::app::{App, Shared};
use crate::error::{Error, Result};
use crate::store::jobs::Job;
use crate::store::media::NewJob;
use birdhouse_domain::Timestamp;
use std::time::Duration;
use tokio::sync::{Notify, watch};

/// Makes the sizes of a picture.
pub const SIZES: &str = "make_sizes";
/// Looks at a film or an animated GIF and makes its renditions.
pub const FILM: &str = "process_film";

/// A worker that dies loses its job after this long.
const LEASE_MS: i64 = 120 * Timestamp::SECOND;
/// How often the queue is looked at when nobody rang.
const IDLE: Duration = Duration::from_secs(1);
/// A job that failed so often is given up.
pub(crate) const MAX_ATTEMPTS: i64 = 5;

/// One bell for each kind of job; films take minutes and must not hold up pictures.
#[derive(Debug, Default)]
pub struct Bells {
    sizes: Notify,
    film: Notify,
}

impl Bells {
    /// Says that a job was queued.
    pub fn ring(&self, job: Option<&NewJob>) {
        if let Some(job) = job {
            self.of(job.kind).notify_one();
        }
    }

    fn of(&self, kind: &str) -> &Notify {
        if kind == FILM { &self.film } else { &self.sizes }
    }
}

/// Takes jobs and sweeps until told to stop.
pub async fn run(app: Shared, stop: watch::Receiver<bool>) {
    // At start no worker of this process holds a lease; what a crash left is done again.
    report(app.store.release_jobs(app.now()).await.map_err(Error::from));
    let mut workers = tokio::task::JoinSet::new();
    workers.spawn(sweep::run(app.clone(), stop.clone()));
    let processors = std::thread::available_parallelism().map_or(2, std::num::NonZero::get);
    for _ in 0..processors {
        workers.spawn(work(app.clone(), SIZES, stop.clone()));
    }
    // One at a time: ffmpeg uses all processors by itself.
    workers.spawn(work(app, FILM, stop));
    while workers.join_next().await.is_some() {}
}

async fn work(app: Shared, kind: &'static str, mut stop: watch::Receiver<bool>) {
    while !*stop.borrow() {
        let worked = tokio::select! {
            worked = work_once(&app, kind) => worked,
            // What is half done is done again at the next start.
            _ = stop.wait_for(|stop| *stop) => return,
        };
        let is_idle = !worked.unwrap_or_else(|error| {
            report(Err::<(), _>(error));
            false
        });
        if is_idle {
            tokio::select! {
                () = app.bells.of(kind).notified() => {}
                () = tokio::time::sleep(IDLE) => {}
                _ = stop.wait_for(|stop| *stop) => return,
            }
        }
    }
}

/// Does the job of this kind that waits longest; `false` if none waits.
pub async fn work_once(app: &App, kind: &'static str) -> Result<bool> {
    let now = app.now();
    let Some(job) = app.store.take_job(kind, now, now.plus(LEASE_MS)).await? else {
        return Ok(false);
    };
    let outcome = match kind {
        SIZES => sizes::run(app, &job).await,
        _ => film::run(app, &job).await,
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

fn report<T>(outcome: Result<T>) {
    if let Err(error) = outcome {
        tracing::error!(error = format!("{error:?}"), "background work failed");
    }
}
