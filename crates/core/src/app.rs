//! The state of a server.

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

/// The state of a server: settings, stores and volatile state.
pub struct App {
    /// Settings.
    pub config: Config,
    /// The time.
    pub clock: Clock,
    /// Volatile state.
    pub memory: Memory,
    /// Generates ids.
    ids: IdSource,
    /// The catalog.
    pub(crate) catalog: Catalog,
    /// The blob store.
    pub(crate) blobs: Blobs,
    /// Seals secrets.
    pub(crate) vault: Vault,
}

/// The app as handlers hold it.
pub type Shared = Arc<App>;

impl App {
    /// Opens catalog, blob store and key as the one server of the data directory; creates them on
    /// first use.
    pub async fn open(config: Config, clock: Clock) -> anyhow::Result<Shared> {
        let lock = lock::lock(&config.data_dir)?;
        let app = Self::open_without_lock(config, clock).await?;
        // Held until the process ends: only its holder may clear unfinished uploads.
        std::mem::forget(lock);
        let blobs = app.blobs.clone();
        spawn_blocking(move || blobs.clear_incoming()).await??;
        Ok(app)
    }

    /// Opens them without the server's lock, for a command that runs beside a server.
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

    /// The current time.
    pub fn now(&self) -> Timestamp {
        self.clock.now()
    }

    /// A new id.
    pub(crate) fn next_id(&self) -> i64 {
        self.ids.next(self.now())
    }

    /// Runs a blocking operation of the blob store on a blocking thread.
    pub(crate) async fn with_blobs<T, F>(&self, work: F) -> Result<T>
    where
        T: Send + 'static,
        F: FnOnce(&Blobs) -> std::io::Result<T> + Send + 'static,
    {
        let blobs = self.blobs.clone();
        Ok(spawn_blocking(move || work(&blobs)).await??)
    }

    /// Applies queued writes and closes the catalog.
    pub async fn close(&self) {
        self.catalog.clone().close().await;
    }
}
