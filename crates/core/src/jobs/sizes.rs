//! Derives the listed sizes of an uploaded image.

use crate::actions::{captions, sizes};
use crate::app::App;
use crate::error::{Error, Result};
use birdhouse_catalog::jobs::Job;
use birdhouse_domain::Fault;

pub(super) async fn run(app: &App, job: &Job) -> Result<()> {
    let Some(media) = app.catalog.media(job.media).await? else { return Ok(()) };
    // First, so that an interruption forgets no image; it waits for its sizes.
    captions::queue(app, &media).await?;
    match sizes::derive_listed(app, &media, job).await {
        Err(Error::Refused(fault @ Fault::Unavailable(_))) => Err(fault.into()),
        // An image that cannot be decoded was logged; another try would have the same outcome.
        Ok(()) | Err(Error::Refused(_)) => Ok(()),
        Err(broken @ Error::Broken(_)) => Err(broken),
    }
}
