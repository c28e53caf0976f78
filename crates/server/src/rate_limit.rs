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
    /// v2: one-shot uploads.
    V2Upload,
    /// v2: STATUS.
    V2Status,
    /// v2: initialize.
    V2Initialize,
    /// v2: append.
    V2Append,
    /// v2: finalize.
    V2Finalize,
    /// v2: metadata.
    V2Metadata,
    /// v2: subtitles.
    V2Subtitles,
    /// v2: looking up media (our choice; no figure is documented).
    V2Media,
    /// v2: posting a Tweet.
    V2Post,
    /// v2: deleting a Tweet.
    V2Delete,
    /// v2: looking up Tweets.
    V2Tweets,
    /// v2: looking up one Tweet.
    V2Tweet,
    /// v2: the asker.
    V2Me,
    /// v2: looking up users (documented elsewhere: 300 for an app, 900 for a user).
    V2Users,
    /// v2: a user's Tweets.
    V2UserTweets,
}

/// A quarter of an hour, in seconds.
const QUARTER: i64 = 900;
/// A day, in seconds. An app's window of a day counts the calls of all its users.
const DAY: i64 = 86_400;

/// How much one bucket allows.
struct Row {
    bucket: Bucket,
    /// For configuration.
    name: &'static str,
    /// For rate_limit_status.
    path: &'static str,
    /// Calls and seconds of a user's window.
    user: (u32, i64),
    /// Calls and seconds of an app's window.
    app: (u32, i64),
}

const fn row(
    bucket: Bucket,
    name: &'static str,
    path: &'static str,
    user: (u32, i64),
    app: (u32, i64),
) -> Row {
    Row { bucket, name, path, user, app }
}

/// Every bucket; those of v2 as documented.
static TABLE: [Row; 31] = [
    row(Bucket::Upload, "upload", "/media/upload", (415, 3600), (415, 3600)),
    row(
        Bucket::InitVideo,
        "upload_init_video",
        "/media/upload/init_video",
        (200, 3600),
        (200, 3600),
    ),
    row(Bucket::Append, "upload_append", "/media/upload/append", (20_000, 3600), (20_000, 3600)),
    row(Bucket::Finalize, "upload_finalize", "/media/upload/finalize", (615, 3600), (615, 3600)),
    row(
        Bucket::UploadStatus,
        "upload_status",
        "/media/upload/status",
        (1000, QUARTER),
        (1000, QUARTER),
    ),
    row(Bucket::Subtitles, "subtitles", "/media/subtitles", (2000, 3600), (2000, 3600)),
    row(Bucket::Metadata, "metadata", "/media/metadata/create", (2000, 3600), (2000, 3600)),
    row(Bucket::Update, "statuses_update", "/statuses/update", (300, 10_800), (300, 10_800)),
    row(Bucket::Show, "statuses_show", "/statuses/show/:id", (900, QUARTER), (900, QUARTER)),
    row(Bucket::Lookup, "statuses_lookup", "/statuses/lookup", (900, QUARTER), (300, QUARTER)),
    row(
        Bucket::Destroy,
        "statuses_destroy",
        "/statuses/destroy/:id",
        (900, QUARTER),
        (900, QUARTER),
    ),
    row(
        Bucket::UserTimeline,
        "user_timeline",
        "/statuses/user_timeline",
        (900, QUARTER),
        (1500, QUARTER),
    ),
    row(
        Bucket::HomeTimeline,
        "home_timeline",
        "/statuses/home_timeline",
        (900, QUARTER),
        (900, QUARTER),
    ),
    row(
        Bucket::VerifyCredentials,
        "verify_credentials",
        "/account/verify_credentials",
        (75, QUARTER),
        (75, QUARTER),
    ),
    row(
        Bucket::RateLimitStatus,
        "rate_limit_status",
        "/application/rate_limit_status",
        (180, QUARTER),
        (180, QUARTER),
    ),
    row(
        Bucket::InvalidateToken,
        "invalidate_token",
        "/oauth/invalidate_token",
        (450, QUARTER),
        (450, QUARTER),
    ),
    row(Bucket::V2Upload, "v2_upload", "/2/media/upload", (500, QUARTER), (50_000, DAY)),
    row(Bucket::V2Status, "v2_upload_status", "/2/media/upload", (1000, QUARTER), (100_000, DAY)),
    row(
        Bucket::V2Initialize,
        "v2_initialize",
        "/2/media/upload/initialize",
        (1875, QUARTER),
        (180_000, DAY),
    ),
    row(
        Bucket::V2Append,
        "v2_append",
        "/2/media/upload/:id/append",
        (1875, QUARTER),
        (180_000, DAY),
    ),
    row(
        Bucket::V2Finalize,
        "v2_finalize",
        "/2/media/upload/:id/finalize",
        (1875, QUARTER),
        (180_000, DAY),
    ),
    row(Bucket::V2Metadata, "v2_metadata", "/2/media/metadata", (500, QUARTER), (50_000, DAY)),
    row(Bucket::V2Subtitles, "v2_subtitles", "/2/media/subtitles", (100, QUARTER), (10_000, DAY)),
    row(Bucket::V2Media, "v2_media", "/2/media", (900, QUARTER), (300, QUARTER)),
    row(Bucket::V2Post, "v2_tweets_create", "/2/tweets", (100, QUARTER), (10_000, DAY)),
    row(Bucket::V2Delete, "v2_tweets_delete", "/2/tweets/:id", (50, QUARTER), (50, QUARTER)),
    row(Bucket::V2Tweets, "v2_tweets", "/2/tweets", (5000, QUARTER), (3500, QUARTER)),
    row(Bucket::V2Tweet, "v2_tweet", "/2/tweets/:id", (900, QUARTER), (450, QUARTER)),
    row(Bucket::V2Me, "v2_me", "/2/users/me", (75, QUARTER), (75, QUARTER)),
    row(Bucket::V2Users, "v2_users", "/2/users", (900, QUARTER), (300, QUARTER)),
    row(
        Bucket::V2UserTweets,
        "v2_user_tweets",
        "/2/users/:id/tweets",
        (900, QUARTER),
        (10_000, QUARTER),
    ),
];

/// Whose calls are counted.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Holder {
    /// A user with an app.
    User(UserId, AppId),
    /// An app by itself.
    App(AppId),
}

/// Where a holder stands after a call.
#[derive(Clone, Copy, Debug, Default)]
pub struct Counted {
    /// In the window of its own; `None` for a bucket that is not in the table.
    pub own: Option<Standing>,
    /// In the window of a day that all users of the app share, if there is one.
    pub app_day: Option<Standing>,
}

impl Counted {
    /// Whether this call was one too many.
    pub fn is_exceeded(&self) -> bool {
        [self.own, self.app_day].into_iter().flatten().any(|standing| standing.is_exceeded)
    }
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
            let Some(row) = TABLE.iter().find(|row| row.name == name) else {
                let known: Vec<&str> = TABLE.iter().map(|row| row.name).collect();
                bail!("rate_figures: `{name}` is not one of {}", known.join(", "));
            };
            own.insert(row.bucket, *calls);
        }
        Ok(Self { is_on, figures: own, windows: Mutex::default() })
    }

    fn allowance(&self, holder: Holder, row: &Row) -> Allowance {
        let (limit, seconds) = if matches!(holder, Holder::User(..)) { row.user } else { row.app };
        let own = self.figures.get(&row.bucket).copied().filter(|_| seconds != DAY);
        Allowance { limit: own.unwrap_or(limit), seconds }
    }

    /// Counts one call. Switched off, it counts and tells but never refuses.
    pub fn count(&self, holder: Holder, bucket: Bucket, now: i64) -> Counted {
        let Some(row) = TABLE.iter().find(|row| row.bucket == bucket) else {
            return Counted::default();
        };
        let mut windows = self.windows.lock().unwrap_or_else(PoisonError::into_inner);
        let mut one = |holder: Holder| {
            let allowance = self.allowance(holder, row);
            let key = (holder, bucket);
            let window = windows.entry(key).or_insert_with(|| Window::open(allowance, now));
            let standing = window.count(allowance, now);
            Standing { is_exceeded: standing.is_exceeded && self.is_on, ..standing }
        };
        let own = one(holder);
        let app_day = match holder {
            Holder::User(_, app) if row.app.1 == DAY && own.is_exceeded => {
                let allowance = self.allowance(Holder::App(app), row);
                windows.get(&(Holder::App(app), bucket)).map(|w| w.standing(allowance, now))
            }
            Holder::User(_, app) if row.app.1 == DAY => Some(one(Holder::App(app))),
            _ => None,
        };
        Counted { own: Some(own), app_day }
    }

    /// Where a holder stands in every bucket of v1.1: path, and standing.
    pub fn standings(&self, holder: Holder, now: i64) -> Vec<(&'static str, Standing)> {
        let windows = self.windows.lock().unwrap_or_else(PoisonError::into_inner);
        let look = |row: &Row| {
            let allowance = self.allowance(holder, row);
            let window = windows.get(&(holder, row.bucket)).copied();
            let window = window.unwrap_or_else(|| Window::open(allowance, now));
            (row.path, window.standing(allowance, now))
        };
        TABLE.iter().filter(|row| !row.path.starts_with("/2/")).map(look).collect()
    }

    /// Forgets windows that have ended.
    pub fn sweep(&self, now: i64) {
        let mut windows = self.windows.lock().unwrap_or_else(PoisonError::into_inner);
        windows.retain(|_, window| !window.is_over(now));
    }
}
