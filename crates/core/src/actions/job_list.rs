//! Jobs as an operator sees them.

use crate::app::App;
use crate::error::Result;
pub use birdhouse_catalog::jobs::JobRow;

/// Rows in one batch.
const BATCH: i64 = 500;

/// Every job that waits, runs or was given up, the oldest first.
pub async fn all(app: &App) -> Result<Vec<JobRow>> {
    let mut all = Vec::new();
    let mut last = i64::MIN;
    loop {
        let batch = app.catalog.job_rows(last, BATCH).await?;
        let Some(end) = batch.last() else { return Ok(all) };
        last = end.id;
        all.extend(batch);
    }
}

/// Number of jobs that were given up.
pub async fn failed(app: &App) -> Result<i64> {
    Ok(app.catalog.failed_job_count().await?)
}

/// Has a job tried again that was given up, or all if `id` is `None`; returns their number. A
/// running server takes them within a second.
pub async fn retry(app: &App, id: Option<i64>) -> Result<usize> {
    Ok(app.catalog.retry_failed(id, app.now()).await?)
}
