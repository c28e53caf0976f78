//! The health of the stores, and the length of the job queue.

use crate::app::{App, Shared};
use crate::error::Result;
use crate::host::disk::FULL_BYTES;
use birdhouse_processing::worker::Trouble;
use tokio::task::spawn_blocking;

/// Free and total bytes of a disk.
#[derive(Clone, Copy, Debug)]
pub struct DiskSpace {
    /// Bytes available to this process.
    pub free: u64,
    /// Bytes in all.
    pub total: u64,
}

impl DiskSpace {
    /// Whether nothing can be received any more.
    pub fn is_full(&self) -> bool {
        self.free < FULL_BYTES
    }
}

/// Fails unless the catalog responds.
pub async fn ping_catalog(app: &App) -> Result<()> {
    Ok(app.catalog.ping().await?)
}

/// Fails if the catalog can only be read.
pub async fn try_write_catalog(app: &App) -> Result<()> {
    Ok(app.catalog.try_write().await?)
}

/// Whether it is the database that keeps an installation from being opened.
pub fn is_of_catalog(error: &anyhow::Error) -> bool {
    error
        .chain()
        .any(|cause| matches!(cause.downcast_ref(), Some(birdhouse_catalog::Error::Unavailable(_))))
}

/// Whether what is acknowledged survives a power cut of the database.
pub async fn is_catalog_durable(app: &App) -> Result<bool> {
    Ok(app.catalog.is_durable().await?)
}

/// Fails if nothing can be stored in the blob store; the error names the directory.
pub async fn try_write_blobs(app: &App) -> Result<()> {
    app.with_blobs(crate::blobs::Blobs::try_write).await
}

/// `sqlite` or `postgres`.
pub fn catalog_kind(app: &App) -> &'static str {
    app.catalog.kind()
}

/// The disk of the blob store.
pub async fn disk_space(app: &App) -> Result<DiskSpace> {
    let (free, total) = app.with_blobs(crate::blobs::Blobs::disk_space).await?;
    Ok(DiskSpace { free, total })
}

/// What the operator must repair for media to be processed.
#[derive(Clone, Debug, Default)]
pub struct ProcessingTrouble {
    /// The sandbox of decoders is not complete.
    pub sandbox: Option<Trouble>,
    /// Videos cannot be processed.
    pub tools: Option<Trouble>,
}

/// Whether media can be processed.
pub async fn processing(app: &App) -> Result<ProcessingTrouble> {
    let worker = app.config.worker.clone();
    let find = move || ProcessingTrouble {
        sandbox: worker.prove_sandbox().err(),
        tools: worker.prove_tools().err(),
    };
    Ok(spawn_blocking(find).await?)
}

/// Whether the files of the database, the data and the blob directory and the key still are those of
/// this installation.
pub async fn verify_stores(app: &Shared) -> anyhow::Result<()> {
    let app = app.clone();
    spawn_blocking(move || app.verify_stores()).await?
}

/// Queries to the catalog so far, writes not included.
pub fn query_count(app: &App) -> u64 {
    app.catalog.query_count()
}

/// Jobs that wait or run.
pub async fn job_count(app: &App) -> Result<i64> {
    Ok(app.catalog.job_count().await?)
}

#[cfg(test)]
mod tests {
    use super::DiskSpace;

    #[test]
    fn a_disk_is_full_before_its_last_byte_is_used() {
        let total = 1 << 40;
        assert!(DiskSpace { free: (32 << 20) - 1, total }.is_full());
        assert!(!DiskSpace { free: 32 << 20, total }.is_full());
    }
}
