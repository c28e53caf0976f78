//! The state of a server.

use crate::blobs::Blobs;
use crate::config::Config;
use crate::error::{Error, Result};
use crate::host::clock::Clock;
use crate::host::{disk, lock, random};
use crate::installation;
use crate::memory::Memory;
use crate::memory::expiry_hold::ExpiryHold;
use crate::memory::replays::moment;
use crate::vault::Vault;
use anyhow::{Context, ensure};
use birdhouse_catalog::Catalog;
use birdhouse_catalog::installation::{ClockBelief, Installation};
use birdhouse_domain::id::{IdSource, time_of};
use birdhouse_domain::{Fault, Timestamp, UserId};
use birdhouse_outbound::Outbound;
use futures_util::future::BoxFuture;
use std::fs::File;
use std::sync::Arc;
use std::time::Duration;
use tokio::task::spawn_blocking;

/// A clock that is further behind than this was stepped; leases end up to a minute ahead of it.
const CLOCK_TOLERANCE_SECONDS: i64 = 120;
/// How long a server takes at most from the first file of its database to the last.
const OPENING: Duration = Duration::from_millis(500);
/// Why a server stops that finds the lease of another in its catalog.
pub(crate) const TAKEN_OVER: &str =
    "another server uses this database: only one may; this one stops";

/// One running server.
pub struct App {
    /// Settings.
    pub config: Config,
    /// The time.
    pub clock: Clock,
    /// Volatile state.
    pub memory: Memory,
    /// Which time is believed that says what has expired.
    pub(crate) expiry_hold: ExpiryHold,
    /// Generates ids.
    ids: IdSource,
    /// What all stores belong to.
    installation: Installation,
    /// Makes this the one server of the data directory.
    lock: Option<File>,
    /// The rows.
    pub(crate) catalog: Catalog,
    /// The blob store.
    pub(crate) blobs: Blobs,
    /// Seals secrets.
    pub(crate) vault: Vault,
    /// Sends requests to other machines.
    pub(crate) outbound: Outbound,
}

/// What an app is made of.
struct Parts {
    config: Config,
    clock: Clock,
    ids: IdSource,
    catalog: Catalog,
    vault: Vault,
    known: Installation,
    lock: Option<File>,
}

/// What could not be opened; the URL of a PostgreSQL database may contain a password.
fn database(url: &str) -> String {
    let name = url.strip_prefix("sqlite:").unwrap_or("in PostgreSQL");
    format!("cannot open the database {name} (`database_url`)")
}

/// The app as handlers hold it.
pub type Shared = Arc<App>;

impl App {
    /// Opens catalog, blobs and key as the server; sets them up on first use.
    pub async fn open(config: Config, clock: Clock) -> anyhow::Result<Shared> {
        let directories = [config.data_dir.clone(), config.blob_dir.clone()];
        let opened = Self::open_and_lock(config, clock).await;
        opened.map_err(|error| match directories.iter().find_map(|dir| disk::fullness(dir)) {
            Some(fullness) => error.context(fullness),
            None => error,
        })
    }

    async fn open_and_lock(config: Config, clock: Clock) -> anyhow::Result<Shared> {
        let lock = lock::lock(&config.data_dir)?;
        installation::refuse_lost_database(&config)?;
        let catalog = Catalog::open_or_create(&config.database_url).await;
        let catalog = catalog.with_context(|| database(&config.database_url))?;
        let (known, vault) = installation::open_or_create(&config, &catalog).await?;
        let ids = IdSource::after(known.highest_id);
        let app =
            Self::assemble(Parts { config, clock, ids, catalog, vault, known, lock: Some(lock) })
                .await?;
        ensure!(app.renew_ids().await.map_err(Error::into_anyhow)?, "{TAKEN_OVER}");
        app.report_clock(app.installation.highest_id);
        app.find_webhook_owners().await.map_err(Error::into_anyhow)?;
        let (kept, directory) = (app.clone(), app.config.data_dir.join("signatures"));
        spawn_blocking(move || kept.memory.replays.keep_in(&directory, moment(&kept.clock)))
            .await??;
        Ok(app)
    }

    /// Opens them beside a running server, whose uploads it leaves alone; sets nothing up.
    pub async fn open_without_lock(config: Config, clock: Clock) -> anyhow::Result<Shared> {
        installation::refuse_new_directory(&config)?;
        if installation::refuse_replaced_files(&config).is_err() {
            // Unless that server is only just opening them.
            clock.sleep(OPENING).await;
            installation::refuse_replaced_files(&config)?;
        }
        let catalog = Catalog::open(&config.database_url).await;
        let catalog = catalog.with_context(|| database(&config.database_url))?;
        let (known, vault) = installation::open(&config, &catalog).await?;
        let ids = IdSource::beside(clock.now(), random::bytes());
        Self::assemble(Parts { config, clock, ids, catalog, vault, known, lock: None }).await
    }

    async fn assemble(parts: Parts) -> anyhow::Result<Shared> {
        let Parts { config, clock, ids, catalog, vault, known: installation, lock } = parts;
        let dir = config.blob_dir.clone();
        let blobs = spawn_blocking(move || {
            Blobs::open(&dir).with_context(|| format!("cannot open the blobs in {}", dir.display()))
        });
        let blobs = blobs.await??;
        let memory = Memory::new(&config)?;
        // Not the newest id: it follows a clock that is wrong.
        let recorded = catalog.clock_belief().await?;
        let belief = recorded.unwrap_or(ClockBelief { believed: clock.now(), ahead: None });
        let expiry_hold = ExpiryHold::new(belief, clock.monotonic());
        let timer = clock.clone();
        let sleep = Arc::new(move |time| -> BoxFuture<'static, ()> { Box::pin(timer.sleep(time)) });
        let outbound = Outbound::new(config.outbound_allow.clone(), sleep);
        Ok(Arc::new(Self {
            config,
            clock,
            memory,
            expiry_hold,
            ids,
            installation,
            lock,
            catalog,
            blobs,
            vault,
            outbound,
        }))
    }

    /// Notes who has webhooks.
    async fn find_webhook_owners(&self) -> Result<()> {
        let mut last = UserId(i64::MIN);
        loop {
            let batch = self.catalog.webhook_owners(last, 1000).await?;
            let Some(end) = batch.last() else { return Ok(()) };
            last = *end;
            for user in batch {
                self.memory.webhook_owners.note(user);
            }
        }
    }

    /// Stores a new lease of ids before the one in use ends; `false` if another server took over the
    /// catalog: then this one must stop.
    pub(crate) async fn renew_ids(&self) -> Result<bool> {
        let lease = self.ids.next_lease(self.now(), random::bytes());
        let is_stored = self.catalog.lease_ids(&lease).await?;
        if is_stored {
            self.ids.extend(lease);
        }
        Ok(is_stored)
    }

    /// Reports a clock that is behind the newest id, as after a step back.
    fn report_clock(&self, highest_id: i64) {
        let seconds = time_of(highest_id).since(self.now()) / Timestamp::SECOND;
        if seconds > CLOCK_TOLERANCE_SECONDS {
            tracing::warn!(
                "the clock is {seconds} s behind the newest id: it was set back, or was ahead \
                 before. Ids are counted on; times and expiry follow the clock"
            );
        }
    }

    /// Whether database and directories still are those of this installation; they are not if a disk
    /// was unmounted, or a file replaced.
    pub(crate) fn verify_stores(&self) -> anyhow::Result<()> {
        self.catalog.verify_files()?;
        installation::verify(&self.config, &self.installation)
    }

    /// The current time.
    pub fn now(&self) -> Timestamp {
        self.clock.now()
    }

    /// A new id.
    pub(crate) fn next_id(&self) -> i64 {
        self.ids.next(self.now())
    }

    /// The length in bytes that a blob was stored with.
    pub(crate) async fn blob_bytes(&self, name: &str) -> Result<u64> {
        let row = self.catalog.blob_row(name).await?;
        let lost = || Fault::Unavailable(format!("the database has no row of blob {name}"));
        Ok(row.ok_or_else(lost)?.bytes)
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

    /// Writes everything that is queued, closes the catalog, and lets another server begin.
    pub async fn close(&self) {
        self.catalog.clone().close().await;
        self.memory.replays.flush();
        if let Some(Err(error)) = self.lock.as_ref().map(File::unlock) {
            tracing::warn!(%error, "the data directory stays locked until this process ends");
        }
    }
}
