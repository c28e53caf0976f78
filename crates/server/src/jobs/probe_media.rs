//! Looks at an uploaded film or animated GIF and says whether it can be used.

use super::MAX_ATTEMPTS;
use crate::actions::inspect;
use crate::app::App;
use crate::error::{Error, Result};
use crate::store::jobs::Job;
use crate::store::media::Facts;
use birdhouse_domain::Kind;
use birdhouse_domain::media::{Failure, Media, State};
use tokio::task::spawn_blocking;

pub(super) async fn run(app: &App, job: &Job) -> Result<()> {
    let media = app.store.media(job.media).await?;
    let waiting = media.filter(|m| matches!(m.state, State::Pending | State::InProgress));
    let Some(media) = waiting else {
        app.store.end_job(job.id).await?;
        return Ok(());
    };
    app.store.set_progress(media.id, 10).await?;
    match judge(app, &media).await {
        Ok(Ok(facts)) => app.store.succeed(media.id, &facts, job.id).await?,
        Ok(Err(failure)) => app.store.fail(media.id, &failure, job.id).await?,
        Err(error) if job.attempts >= MAX_ATTEMPTS => {
            tracing::error!(media.id = %media.id, ?error, "processing was given up");
            let failure = Failure {
                code: 1,
                name: "InternalError".to_owned(),
                message: "the media could not be processed; the operator's log says why".to_owned(),
            };
            app.store.fail(media.id, &failure, job.id).await?
        }
        Err(error) => return Err(error),
    };
    Ok(())
}

async fn judge(app: &App, media: &Media) -> Result<std::result::Result<Facts, Failure>> {
    let wanted = media.category.map(birdhouse_domain::Category::kind);
    match (wanted, media.kind) {
        (Some(Kind::AnimatedGif), Some(Kind::Image | Kind::AnimatedGif))
            if media.mime == "image/gif" =>
        {
            // FINALIZE has checked every frame already.
            let (width, height) = (media.width, media.height);
            Ok(Ok(Facts { kind: media.kind, mime: "image/gif", width, height, duration_ms: 0 }))
        }
        (Some(Kind::Video), Some(Kind::Video)) => {
            let path = app.blobs.path(&media.blob);
            let _permit = app.processors.acquire().await.map_err(|e| Error::Broken(e.into()))?;
            let mime = media.mime.clone();
            spawn_blocking(move || inspect::probe_film(&path, &mime))
                .await
                .map_err(|e| Error::Broken(e.into()))?
        }
        _ => Ok(Err(Failure {
            code: 1,
            name: "InvalidMedia".to_owned(),
            message: format!(
                "file is invalid: its category is {}, but it is {}",
                media.category.map_or("none", birdhouse_domain::Category::name),
                media.mime
            ),
        })),
    }
}
