//! Has a captioning service describe an image. What the service does wrong is no failure of the job: the
//! image waits, and is left out at last.

use super::pause::pause_ms;
use crate::actions::captions::{self, Response};
use crate::app::App;
use crate::config::Captioner;
use crate::error::Result;
use crate::host::telemetry::{CAPTIONER_PAUSED, CAPTIONS};
use birdhouse_catalog::job_failures::JobFailure;
use birdhouse_catalog::jobs::Job;
use birdhouse_domain::Timestamp;

/// How often an image is tried: for about two hours.
const ATTEMPTS: i64 = 16;

pub(super) async fn run(app: &App, job: &Job) -> Result<()> {
    let Some(service) = &app.config.captioner else { return Ok(()) };
    let Some(media) = app.catalog.media(job.media).await? else { return Ok(()) };
    if !captions::is_wanted(app, &media).await? {
        return Ok(());
    }
    let Some(image) = captions::image(app, &media).await? else {
        return try_again(app, job, "the size to send is not derived yet").await;
    };
    let breaker = &app.memory.captioner;
    if let Err(wait) = breaker.admit(app.clock.monotonic(), service.per_minute) {
        // At least a second: the clock that jobs are due by may differ.
        let wait = i64::try_from(wait.as_millis()).unwrap_or(i64::MAX).max(Timestamp::SECOND);
        app.catalog.postpone_job(job, app.now().plus(wait)).await?;
        return Ok(());
    }
    for lang in &service.languages {
        match captions::ask(app, service, &media, &image, lang).await? {
            Response::Suggested => count("suggested"),
            Response::Dropped => count("dropped"),
            Response::Failed(why) => {
                count("failed");
                note_failure(app, service, &why);
                return try_again(app, job, &why).await;
            }
        }
    }
    if breaker.succeeded() {
        metrics::gauge!(CAPTIONER_PAUSED).set(0.0);
        tracing::info!("the captioning service responds again");
    }
    Ok(())
}

fn note_failure(app: &App, service: &Captioner, why: &str) {
    if app.memory.captioner.failed(app.clock.monotonic()) {
        metrics::gauge!(CAPTIONER_PAUSED).set(1.0);
        let host = service.target.authority();
        tracing::warn!(
            why,
            "the captioning service at {host} fails, and is left alone for a while"
        );
    }
}

async fn try_again(app: &App, job: &Job, why: &str) -> Result<()> {
    if job.attempts + 1 < ATTEMPTS {
        let failure = JobFailure { error: why, is_suspicion: false };
        let at = app.now().plus(pause_ms(job.kind, job.attempts));
        app.catalog.retry_job(job, at, failure).await?;
    }
    // Else it is deleted, as a job that is done.
    Ok(())
}

fn count(outcome: &'static str) {
    metrics::counter!(CAPTIONS, "outcome" => outcome).increment(1);
}
