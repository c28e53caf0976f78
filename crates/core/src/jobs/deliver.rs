//! Delivers an event to a webhook. What its receiver does wrong is told to its owner, not to the operator:
//! it is no failure of the job.

use super::pause::pause_ms;
use crate::actions::webhooks::{Webhook, message, send};
use crate::app::App;
use crate::error::Result;
use crate::host::telemetry::DELIVERIES;
use birdhouse_catalog::job_failures::JobFailure;
use birdhouse_catalog::jobs::Job;
use birdhouse_domain::Timestamp;
use std::time::Duration;

/// How long a delivery waits for a slot before it is put back.
const PATIENCE: Duration = Duration::from_secs(1);
/// How often a delivery is tried: for about a day.
const ATTEMPTS: i64 = 20;
/// A webhook that accepted nothing for so long is given up.
const FAILING_MS: i64 = 3 * 86_400 * Timestamp::SECOND;

pub(super) async fn run(app: &App, job: &Job) -> Result<()> {
    let Some(delivery) = &job.delivery else { return Ok(()) };
    let webhook = app.catalog.webhook(delivery.webhook).await?;
    let Some(webhook) = webhook.filter(|one| one.disabled_at.is_none()) else { return Ok(()) };
    let slot = app.memory.delivery_slots.take(job.user);
    let Some(_slot) = app.clock.timeout(PATIENCE, slot).await else {
        // Its user has as many as they may: it is the turn of another one.
        app.catalog.postpone_job(job, app.now()).await?;
        return Ok(());
    };
    let Some(body) = message::of(app, job.media, delivery).await? else { return Ok(()) };
    let outcome = send::send(app, &webhook, job.id, body).await?;
    match outcome.failure() {
        None => {
            count("accepted");
            app.catalog.delivered(webhook.id, app.now(), Some(job)).await?;
        }
        Some(_) if outcome.is_gone() => {
            count("gone");
            app.catalog.delete_webhook(webhook.user, webhook.id).await?;
        }
        Some(why) => failed(app, job, &webhook, &why).await?,
    }
    Ok(())
}

async fn failed(app: &App, job: &Job, webhook: &Webhook, why: &str) -> Result<()> {
    let now = app.now();
    count("failed");
    tracing::debug!(job.id = job.id, why, "delivery {} was not accepted", job.id);
    app.catalog.delivery_failed(webhook.id, now, why).await?;
    if webhook.failing_since.is_some_and(|since| now.since(since) >= FAILING_MS) {
        app.catalog.disable_webhook(webhook.id, now).await?;
    } else if job.attempts + 1 < ATTEMPTS {
        let failure = JobFailure { error: why, is_suspicion: false };
        let at = now.plus(pause_ms(job.kind, job.attempts));
        app.catalog.retry_job(job, at, failure).await?;
    }
    // Else it is deleted, as a job that is done.
    Ok(())
}

fn count(outcome: &'static str) {
    metrics::counter!(DELIVERIES, "outcome" => outcome).increment(1);
}
