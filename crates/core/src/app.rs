//! Everything that an operation may touch.

use crate::blobs::Blobs;
use crate::config::Config;
use crate::error::Result;
use crate::host::clock::Clock;
use crate::host::{disk, lock};
use crate::memory::Memory;
use crate::vault::Vault;
use birdhouse_catalog::Catalog;
use birdhouse_domain::Timestamp;
use birdhouse_domain::id::IdSource;
use std::sync::Arc;
use tokio::task::spawn_blocking;

/// One running server.
pub struct App {
    /// Settings.
    pub config: Config,
    /// The time.
    pub clock: Clock,
    /// What a restart may forget.
    pub memory: Memory,
    /// New ids.
    ids: IdSource,
    /// The rows.
    pub(crate) catalog: Catalog,
    /// The bytes.
    pub(crate) blobs: Blobs,
    /// Seals the secrets that OAuth 1.0a needs back.
    pub(crate) vault: Vault,
}

/// The app as handlers hold it.
pub type Shared = Arc<App>;

impl App {
    /// Opens catalog, blobs and key as the server; makes them on first use.
    pub async fn open(config: Config, clock: Clock) -> anyhow::Result<Shared> {
        let lock = lock::lock(&config.data_dir)?;
        let app = Self::open_without_lock(config, clock).await?;
        // Held until the process ends; no other may clear what it is receiving.
        std::mem::forget(lock);
        let blobs = app.blobs.clone();
        spawn_blocking(move || blobs.clear_incoming()).await??;
        Ok(app)
    }

    /// Opens them beside a running server, whose uploads it leaves alone.
    pub async fn open_without_lock(config: Config, clock: Clock) -> anyhow::Result<Shared> {
        disk::make_private_dir(&config.data_dir)?;
        let vault = Vault::open(&config.data_dir)?;
        let catalog = Catalog::open(&config.database_url).await?;
        let dir = config.blob_dir.clone();
        let blobs = spawn_blocking(move || Blobs::open(&dir)).await??;
        let memory = Memory::new(&config)?;
        let ids = IdSource::default();
        Ok(Arc::new(Self { config, clock, memory, ids, catalog, blobs, vault }))
    }

    /// The present moment.
    pub fn now(&self) -> Timestamp {
        self.clock.now()
    }

    /// A new id.
    pub(crate) fn next_id(&self) -> i64 {
        self.ids.next(self.now())
    }

    /// Runs what blocks on the blob store on a blocking thread.
    pub(crate) async fn with_blobs<T, F>(&self, work: F) -> Result<T>
    where
        T: Send + 'static,
        F: FnOnce(&Blobs) -> std::io::Result<T> + Send + 'static,
    {
        let blobs = self.blobs.clone();
        Ok(spawn_blocking(move || work(&blobs)).await??)
    }

    /// Writes everything that is queued and closes the catalog.
    pub async fn close(&self) {
        self.catalog.clone().close().await;
    }
}
