//! Derives the listed sizes of an uploaded image.

use crate::actions::sizes;
use crate::app::App;
use crate::error::{Error, Result};
use birdhouse_catalog::jobs::Job;

pub(super) async fn run(app: &App, job: &Job) -> Result<()> {
    let Some(media) = app.catalog.media(job.media).await? else { return Ok(()) };
    match sizes::derive_listed(app, &media).await {
        // Already logged as undecodable; a retry would fail again.
        Ok(()) | Err(Error::Refused(_)) => Ok(()),
        Err(broken @ Error::Broken(_)) => Err(broken),
    }
}
