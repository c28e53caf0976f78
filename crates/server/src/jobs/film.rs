//! Looks at an uploaded film or animated GIF, publishes it, and makes its smaller forms.

use super::{LEASE_MS, MAX_ATTEMPTS};
use crate::actions::films::{self, Follow};
use crate::actions::inspect;
use crate::app::App;
use crate::error::{Error, Result};
use crate::store::jobs::Job;
use crate::store::media::Facts;
use birdhouse_domain::Kind;
use birdhouse_domain::media::{Failure, Media, State};
use futures_util::future::BoxFuture;
use tokio::task::spawn_blocking;

pub(super) async fn run(app: &App, job: &Job) -> Result<()> {
    let outcome = steps(app, job).await;
    match outcome {
        Err(error) if job.attempts >= MAX_ATTEMPTS => {
            tracing::error!(media.id = %job.media, ?error, "processing was given up");
            let failure = Failure {
                code: 1,
                name: "InternalError".to_owned(),
                message: "the media could not be processed; the operator's log says why".to_owned(),
            };
            app.store.fail(job.media, &failure).await?;
            app.store.end_job(job.id).await?;
            Ok(())
        }
        Err(error) => Err(error),
        Ok(()) => app.store.end_job(job.id).await.map(drop).map_err(Error::from),
    }
}

async fn steps(app: &App, job: &Job) -> Result<()> {
    let Some(media) = app.store.media(job.media).await? else { return Ok(()) };
    match media.state {
        State::Pending | State::InProgress => {
            if let Err(failure) = process(app, job, media).await? {
                app.store.fail(job.media, &failure).await?;
                return Ok(());
            }
        }
        State::Succeeded => {
            if let Some(failure) = films::ensure_published(app, media.id).await? {
                tracing::warn!(media.id = %media.id, failure.message, "a film cannot be shown");
                return Ok(());
            }
        }
        State::Receiving | State::Failed => return Ok(()),
    }
    let Some(media) = app.store.media(job.media).await? else { return Ok(()) };
    if media.kind == Some(Kind::Video) {
        let each = |_| renew(app, job);
        let made = films::finish(app, &media, Follow { each: &each }).await?;
        films::add(app, media.id, made).await?;
    }
    Ok(())
}

/// From `pending` to `succeeded`, or to why not.
async fn process(
    app: &App,
    job: &Job,
    mut media: Media,
) -> Result<std::result::Result<(), Failure>> {
    app.store.set_progress(media.id, 5).await?;
    let facts = match judge(app, &media).await? {
        Ok(facts) => facts,
        Err(failure) => return Ok(Err(failure)),
    };
    (media.kind, media.width, media.height) = (facts.kind, facts.width, facts.height);
    media.duration_ms = facts.duration_ms;
    if media.kind == Some(Kind::Image) {
        // A GIF of one frame: there is nothing to film.
        app.store.succeed(media.id, &facts, &[]).await?;
        return Ok(Ok(()));
    }
    let each = |percent: u8| -> BoxFuture<'_, bool> {
        Box::pin(async move {
            // The look took the first tenth.
            let shown = 10 + u8::try_from(u16::from(percent) * 9 / 10).unwrap_or(89);
            app.store.set_progress(job.media, shown).await.is_ok() && renew(app, job).await
        })
    };
    let made = match films::publish(app, &media, Follow { each: &each }).await? {
        Ok(made) => made,
        Err(failure) => return Ok(Err(failure)),
    };
    if !app.store.succeed(media.id, &facts, &made).await? {
        for one in &made {
            app.store.add_garbage(&one.blob.name).await?;
        }
    }
    Ok(Ok(()))
}

/// Holds the job for longer; `false` if it is gone, because its media is.
fn renew<'a>(app: &'a App, job: &'a Job) -> BoxFuture<'a, bool> {
    Box::pin(async move {
        let until = app.now().plus(LEASE_MS);
        app.store.renew_lease(job.id, until).await.unwrap_or(true)
    })
}

async fn judge(app: &App, media: &Media) -> Result<std::result::Result<Facts, Failure>> {
    let wanted = media.category.map(birdhouse_domain::Category::kind);
    let (path, mime) = (app.blobs.path(&media.blob), media.mime.clone());
    let worker = app.config.worker.clone();
    let look = match (wanted, media.kind) {
        (Some(Kind::AnimatedGif), Some(Kind::Image | Kind::AnimatedGif))
            if media.mime == "image/gif" =>
        {
            spawn_blocking(move || inspect::judge_gif(&path))
        }
        (Some(Kind::Video), Some(Kind::Video)) => {
            spawn_blocking(move || inspect::probe_film(&worker, &path, &mime))
        }
        _ => {
            return Ok(Err(Failure {
                code: 1,
                name: "InvalidMedia".to_owned(),
                message: format!(
                    "file is invalid: its category is {}, but it is {}",
                    media.category.map_or("none", birdhouse_domain::Category::name),
                    media.mime
                ),
            }));
        }
    };
    look.await.map_err(|e| Error::Broken(e.into()))?
}
