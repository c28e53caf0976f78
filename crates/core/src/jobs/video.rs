//! Validates an uploaded video or animated GIF, publishes it, and derives its smaller renditions.

use crate::actions::inspect;
use crate::actions::videos::{self, Published};
use crate::app::App;
use crate::error::{Error, Result};
use birdhouse_catalog::jobs::Job;
use birdhouse_catalog::media::MediaFacts;
use birdhouse_domain::media::Media;
use birdhouse_domain::{Category, Failure, Kind, State};
use futures_util::future::BoxFuture;
use tokio::task::spawn_blocking;

pub(super) async fn run(app: &App, job: &Job) -> Result<()> {
    let Some(media) = app.catalog.media(job.media).await? else { return Ok(()) };
    match media.state {
        State::Pending | State::InProgress => {
            if let Err(failure) = process(app, media, job).await? {
                let (id, why) = (job.media, failure.message.as_str());
                tracing::info!(media.id = %id, why, "media {id} is refused");
                app.catalog.fail(&failure, job).await?;
                return Ok(());
            }
        }
        State::Succeeded => {
            if let Some(failure) = videos::ensure_published(app, media.id).await? {
                let (id, why) = (media.id, failure.message);
                tracing::warn!(media.id = %id, why, "video {id} cannot be published");
                return Ok(());
            }
        }
        State::Receiving | State::Failed => return Ok(()),
    }
    let Some(media) = app.catalog.media(job.media).await? else { return Ok(()) };
    if media.kind == Some(Kind::Video) {
        let on_progress = |_| -> BoxFuture<'_, bool> { Box::pin(async { true }) };
        let variants = videos::derive_renditions(app, &media, &on_progress).await?;
        videos::add(app, media.id, variants, Some(job)).await?;
    }
    Ok(())
}

/// What the media says of a job that was given up: that its file is invalid if it is what failed
/// again and again, otherwise that there was an accident.
pub(super) fn given_up(error: &Error) -> Failure {
    let accident = "the media could not be processed; the operator's log states why";
    let (name, message) = error.suspicion().map_or_else(
        || ("InternalError", accident.to_owned()),
        |why| ("InvalidMedia", format!("file is invalid: {why}")),
    );
    Failure { code: 1, name: name.to_owned(), message }
}

/// Processes a media from `pending` to `succeeded`, or returns the failure.
async fn process(
    app: &App,
    mut media: Media,
    job: &Job,
) -> Result<std::result::Result<(), Failure>> {
    app.catalog.set_progress(media.id, 5).await?;
    let mut facts = match validate(app, &media).await? {
        Ok(facts) => facts,
        Err(failure) => return Ok(Err(failure)),
    };
    (media.kind, media.width, media.height) = (facts.kind, facts.width, facts.height);
    media.duration_ms = facts.duration_ms;
    if media.kind == Some(Kind::Image) {
        // A GIF of one frame: there is nothing to transcode.
        app.catalog.succeed(media.id, &facts, &[], Some(job)).await?;
        return Ok(Ok(()));
    }
    let id = media.id;
    let on_progress = |percent: u8| -> BoxFuture<'_, bool> {
        Box::pin(async move {
            // The first tenth is the validation.
            let percent = 10 + u8::try_from(u16::from(percent) * 9 / 10).unwrap_or(89);
            app.catalog.set_progress(id, percent).await.is_ok()
        })
    };
    let Published { variants, duration_ms } =
        match videos::publish(app, &media, &on_progress).await? {
            Ok(published) => published,
            Err(failure) => return Ok(Err(failure)),
        };
    facts.duration_ms = duration_ms;
    // A video then gets its smaller renditions, by the same job.
    let done = (media.kind != Some(Kind::Video)).then_some(job);
    variants.add(app, async |new| Ok(app.catalog.succeed(id, &facts, new, done).await?)).await?;
    Ok(Ok(()))
}

async fn validate(app: &App, media: &Media) -> Result<std::result::Result<MediaFacts, Failure>> {
    let expected = media.category.map(Category::kind);
    let (blobs, blob) = (app.blobs.clone(), media.blob.clone());
    let bytes = app.blob_bytes(&blob).await?;
    let (worker, mime) = (app.config.worker.clone(), media.mime.clone());
    let inspection = match (expected, media.kind) {
        (Some(Kind::AnimatedGif), Some(Kind::Image | Kind::AnimatedGif))
            if media.mime == "image/gif" =>
        {
            spawn_blocking(move || inspect::validate_gif(blobs.local_copy(&blob, bytes)?.path()))
        }
        (Some(Kind::Video), Some(Kind::Video)) => spawn_blocking(move || {
            inspect::probe(&worker, blobs.local_copy(&blob, bytes)?.path(), &mime)
        }),
        _ => {
            let category = media.category.map_or("none", Category::name);
            return Ok(Err(Failure {
                code: 1,
                name: "InvalidMedia".to_owned(),
                message: format!(
                    "file is invalid: its category is {category}, but it is {}",
                    media.mime
                ),
            }));
        }
    };
    inspection.await?
}
