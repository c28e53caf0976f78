//! Everything that a request may touch.

use crate::actions::sizes::Making;
use crate::auth::grants::Grants;
use crate::auth::keyring::Keyring;
use crate::blobs::Blobs;
use crate::buffers::Buffers;
use crate::clock::Clock;
use crate::config::Config;
use crate::hot::Hot;
use crate::jobs::Bells;
use crate::keyfile;
use crate::rate_limit::RateLimits;
use crate::sign_ins::SignIns;
use crate::store::Store;
use birdhouse_domain::Timestamp;
use birdhouse_domain::id::IdSource;
use birdhouse_oauth::replay::ReplayGuard;
use birdhouse_oauth::secret::SealKey;
use std::sync::{Arc, Mutex};
use tokio::sync::Semaphore;

/// Seconds that an OAuth timestamp may be off, either way.
pub const OAUTH_WINDOW_SECONDS: i64 = 15 * 60;
/// Signatures remembered to tell a replay; the oldest go first beyond that.
const REPLAY_ENTRIES: usize = 4_000_000;

/// One running server.
pub struct App {
    /// Settings.
    pub config: Config,
    /// The time.
    pub clock: Clock,
    /// New ids.
    pub ids: IdSource,
    /// The catalog.
    pub store: Store,
    /// The bytes.
    pub blobs: Blobs,
    /// Seals the secrets that OAuth 1.0a needs back.
    pub seal: SealKey,
    /// Rate windows.
    pub rates: RateLimits,
    /// Keys that were looked up a moment ago.
    pub keyring: Keyring,
    /// Users' OAuth 2.0 tokens that were looked up a moment ago.
    pub grants: Grants,
    /// Attempts to sign in.
    pub sign_ins: SignIns,
    /// Signatures that were seen.
    pub replay: Mutex<ReplayGuard>,
    /// Bytes of form bodies that may be held at the same time.
    pub form_memory: Arc<Semaphore>,
    /// Requests that may be carried out at the same time.
    pub request_slots: Arc<Semaphore>,
    /// Looks at uploads: one permit for each processor.
    pub processors: Arc<Semaphore>,
    /// Workers that decode: one permit for each processor. They hold up no upload, to which they
    /// yield the processors too.
    pub decoders: Arc<Semaphore>,
    /// Buffers for what is delivered.
    pub buffers: Arc<Buffers>,
    /// What was delivered a moment ago.
    pub hot: Hot,
    /// Rung when a job was queued.
    pub bells: Bells,
    /// Pictures whose sizes are being made.
    pub making: Making,
}

/// The app as handlers hold it.
pub type Shared = Arc<App>;

impl App {
    /// Opens catalog, blobs and key as the server; makes them on first use.
    pub async fn open(config: Config, clock: Clock) -> anyhow::Result<Shared> {
        let lock = keyfile::lock(&config.data_dir)?;
        let app = Self::open_beside(config, clock).await?;
        // Held until the process ends; nobody else may clear what it is receiving.
        std::mem::forget(lock);
        let blobs = app.blobs.clone();
        tokio::task::spawn_blocking(move || blobs.clear_incoming()).await??;
        Ok(app)
    }

    /// Opens them beside a running server, whose uploads it leaves alone.
    pub async fn open_beside(config: Config, clock: Clock) -> anyhow::Result<Shared> {
        keyfile::make_private_dir(&config.data_dir)?;
        let seal = keyfile::load_or_make(&config.data_dir)?;
        let store = Store::open(&config.database_url).await?;
        let dir = config.blob_dir.clone();
        let blobs = tokio::task::spawn_blocking(move || Blobs::open(&dir)).await??;
        let processors = std::thread::available_parallelism().map_or(2, std::num::NonZero::get);
        Ok(Arc::new(Self {
            clock,
            ids: IdSource::default(),
            store,
            blobs,
            seal,
            rates: RateLimits::new(config.rate_limits, &config.rate_figures)?,
            keyring: Keyring::default(),
            grants: Grants::default(),
            sign_ins: SignIns::default(),
            replay: Mutex::new(ReplayGuard::new(OAUTH_WINDOW_SECONDS, REPLAY_ENTRIES)),
            form_memory: Arc::new(Semaphore::new(config.limits.form_bytes / 1024)),
            request_slots: Arc::new(Semaphore::new(config.limits.requests)),
            processors: Arc::new(Semaphore::new(processors)),
            decoders: Arc::new(Semaphore::new(processors)),
            buffers: Arc::default(),
            hot: Hot::default(),
            bells: Bells::default(),
            making: Making::default(),
            config,
        }))
    }

    /// The present moment.
    pub fn now(&self) -> Timestamp {
        self.clock.now()
    }

    /// A new id.
    pub fn next_id(&self) -> i64 {
        self.ids.next(self.now())
    }
}
