//! Makes the sizes of a picture that was uploaded.

use super::MAX_ATTEMPTS;
use crate::actions::sizes;
use crate::app::App;
use crate::error::{Error, Result};
use crate::store::jobs::Job;

pub(super) async fn run(app: &App, job: &Job) -> Result<()> {
    if let Some(media) = app.store.media(job.media).await? {
        match sizes::make_usual(app, &media).await {
            Err(error @ Error::Broken(_)) if job.attempts < MAX_ATTEMPTS => return Err(error),
            Err(error @ Error::Broken(_)) => {
                tracing::error!(media.id = %media.id, ?error, "sizes were given up");
            }
            // A picture that cannot be decoded has been reported; another try would say the same.
            Ok(()) | Err(Error::Refused(_)) => {}
        }
    }
    app.store.end_job(job.id).await?;
    Ok(())
}
