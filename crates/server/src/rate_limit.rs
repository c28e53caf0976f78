//! Rate windows for each user or app and endpoint. They live in memory: a restart opens new ones.

use anyhow::bail;
use birdhouse_domain::rate::{Allowance, Standing, Window};
use birdhouse_domain::{AppId, UserId};
use std::collections::{BTreeMap, HashMap};
use std::sync::{Mutex, PoisonError};

/// What is counted together. Figures and lengths are the recorded ones; where none was recorded
/// (STATUS, destroy, token endpoints, sign-in), they are our choice.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Bucket {
    /// Simple uploads and INIT of pictures, shared.
    Upload,
    /// INIT of films.
    InitVideo,
    /// APPEND.
    Append,
    /// FINALIZE.
    Finalize,
    /// STATUS.
    UploadStatus,
    /// subtitles/create and delete (our choice; no figure is recorded).
    Subtitles,
    /// metadata/create.
    Metadata,
    /// statuses/update; its refusal is 403 code 185, and it sends no headers.
    Update,
    /// statuses/show.
    Show,
    /// statuses/lookup.
    Lookup,
    /// statuses/destroy.
    Destroy,
    /// statuses/user_timeline.
    UserTimeline,
    /// statuses/home_timeline.
    HomeTimeline,
    /// account/verify_credentials.
    VerifyCredentials,
    /// application/rate_limit_status.
    RateLimitStatus,
    /// oauth/invalidate_token.
    InvalidateToken,
}

/// All buckets with name (for configuration), path (for rate_limit_status), calls a user has,
/// calls an app has by itself, and seconds.
const TABLE: [(Bucket, &str, &str, u32, u32, i64); 16] = [
    (Bucket::Upload, "upload", "/media/upload", 415, 415, 3600),
    (Bucket::InitVideo, "upload_init_video", "/media/upload/init_video", 200, 200, 3600),
    (Bucket::Append, "upload_append", "/media/upload/append", 20_000, 20_000, 3600),
    (Bucket::Finalize, "upload_finalize", "/media/upload/finalize", 615, 615, 3600),
    (Bucket::UploadStatus, "upload_status", "/media/upload/status", 1000, 1000, 900),
    (Bucket::Subtitles, "subtitles", "/media/subtitles", 2000, 2000, 3600),
    (Bucket::Metadata, "metadata", "/media/metadata/create", 2000, 2000, 3600),
    (Bucket::Update, "statuses_update", "/statuses/update", 300, 300, 10_800),
    (Bucket::Show, "statuses_show", "/statuses/show/:id", 900, 900, 900),
    (Bucket::Lookup, "statuses_lookup", "/statuses/lookup", 900, 300, 900),
    (Bucket::Destroy, "statuses_destroy", "/statuses/destroy/:id", 900, 900, 900),
    (Bucket::UserTimeline, "user_timeline", "/statuses/user_timeline", 900, 1500, 900),
    (Bucket::HomeTimeline, "home_timeline", "/statuses/home_timeline", 900, 900, 900),
    (Bucket::VerifyCredentials, "verify_credentials", "/account/verify_credentials", 75, 75, 900),
    (Bucket::RateLimitStatus, "rate_limit_status", "/application/rate_limit_status", 180, 180, 900),
    (Bucket::InvalidateToken, "invalidate_token", "/oauth/invalidate_token", 450, 450, 900),
];

/// Whose calls are counted.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Holder {
    /// A user with an app.
    User(UserId, AppId),
    /// An app by itself.
    App(AppId),
}

/// The windows of every holder.
#[derive(Debug)]
pub struct RateLimits {
    is_on: bool,
    figures: HashMap<Bucket, u32>,
    windows: Mutex<HashMap<(Holder, Bucket), Window>>,
}

impl RateLimits {
    /// Windows with the recorded figures, but for those that `figures` names otherwise.
    pub fn new(is_on: bool, figures: &BTreeMap<String, u32>) -> anyhow::Result<Self> {
        let mut own = HashMap::new();
        for (name, calls) in figures {
            let Some(row) = TABLE.iter().find(|row| row.1 == name) else {
                let known: Vec<&str> = TABLE.iter().map(|row| row.1).collect();
                bail!("rate_figures: `{name}` is not one of {}", known.join(", "));
            };
            own.insert(row.0, *calls);
        }
        Ok(Self { is_on, figures: own, windows: Mutex::default() })
    }

    fn allowance(&self, holder: Holder, bucket: Bucket) -> Allowance {
        let row = TABLE.iter().find(|row| row.0 == bucket);
        let (user, app, seconds) = row.map_or((900, 900, 900), |row| (row.3, row.4, row.5));
        let recorded = if matches!(holder, Holder::User(..)) { user } else { app };
        Allowance { limit: self.figures.get(&bucket).copied().unwrap_or(recorded), seconds }
    }

    /// Counts one call. Switched off, it counts and tells but never refuses.
    pub fn count(&self, holder: Holder, bucket: Bucket, now: i64) -> Standing {
        let allowance = self.allowance(holder, bucket);
        let mut windows = self.windows.lock().unwrap_or_else(PoisonError::into_inner);
        let window =
            windows.entry((holder, bucket)).or_insert_with(|| Window::open(allowance, now));
        let standing = window.count(allowance, now);
        Standing { is_exceeded: standing.is_exceeded && self.is_on, ..standing }
    }

    /// Where a holder stands in every bucket: path, and standing.
    pub fn standings(&self, holder: Holder, now: i64) -> Vec<(&'static str, Standing)> {
        let windows = self.windows.lock().unwrap_or_else(PoisonError::into_inner);
        let look = |row: &(Bucket, &str, &'static str, u32, u32, i64)| {
            let allowance = self.allowance(holder, row.0);
            let window = windows.get(&(holder, row.0)).copied();
            let window = window.unwrap_or_else(|| Window::open(allowance, now));
            (row.2, window.standing(allowance, now))
        };
        TABLE.iter().map(look).collect()
    }

    /// Forgets windows that have ended.
    pub fn sweep(&self, now: i64) {
        let mut windows = self.windows.lock().unwrap_or_else(PoisonError::into_inner);
        windows.retain(|_, window| !window.is_over(now));
    }
}
