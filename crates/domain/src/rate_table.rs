//! Every rate window: which endpoints it counts, and how many calls it allows.

use crate::rate::Allowance;

/// Endpoints that are counted together. Limits and lengths are recorded; where none was recorded
/// (STATUS, destroy, token endpoints, sign-in), they are our choice.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Bucket {
    /// Simple uploads and INIT of images, together.
    Upload,
    /// INIT of videos.
    InitVideo,
    /// APPEND.
    Append,
    /// FINALIZE.
    Finalize,
    /// STATUS.
    UploadStatus,
    /// subtitles/create and delete (our choice; no limit is recorded).
    Subtitles,
    /// metadata/create.
    Metadata,
    /// statuses/update; exceeding it is 403 code 185, and it sends no headers.
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
    /// statuses/mentions_timeline.
    MentionsTimeline,
    /// users/show.
    UsersShow,
    /// users/lookup.
    UsersLookup,
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
    /// v2: looking up media (our choice; no limit is documented).
    V2Media,
    /// v2: posting a Tweet.
    V2Post,
    /// v2: deleting a Tweet.
    V2Delete,
    /// v2: looking up Tweets.
    V2Tweets,
    /// v2: looking up one Tweet.
    V2Tweet,
    /// v2: looking up the caller.
    V2Me,
    /// v2: looking up users (documented: 300 for an app, 900 for a user).
    V2Users,
    /// v2: a user's Tweets.
    V2UserTweets,
    /// Request tokens of OAuth 1.0a, of an app at one address.
    RequestToken,
    /// Authorization codes of OAuth 2.0.
    AuthorizationCode,
    /// OAuth 2.0 tokens: refreshed, or exchanged for those of OAuth 1.0a.
    OAuth2Token,
    /// Our own API: reading descriptions, and searching them.
    DescriptionRead,
    /// Our own API: writing descriptions.
    DescriptionWrite,
    /// Our own API: suggesting descriptions of another user's media.
    Suggest,
    /// Our own API: adding webhooks and testing them.
    Webhook,
}

/// Seconds of a quarter of an hour.
const QUARTER: i64 = 900;
/// Seconds of an hour.
const HOUR: i64 = 3600;
/// Seconds of a day.
const DAY: i64 = 86_400;

/// What an endpoint belongs to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ApiVersion {
    /// `/1.1`.
    V1,
    /// `/2`.
    V2,
    /// The flows of OAuth. Their windows bound what they store; no response reports them.
    OAuth,
    /// `/birdhouse/v1`, our own.
    Own,
}

/// The limits of one bucket.
#[derive(Debug)]
pub struct BucketLimits {
    /// The bucket.
    pub bucket: Bucket,
    /// The API version whose endpoints it counts.
    pub version: ApiVersion,
    /// The name in the setting `rate_figures`.
    pub name: &'static str,
    /// The path in the response of `rate_limit_status`.
    pub path: &'static str,
    /// The limit of a user through an app.
    pub user: Allowance,
    /// The limit of an app on its own behalf; if the window is a day, of all its users together.
    pub app: Allowance,
}

impl BucketLimits {
    /// Whether the app's window counts the calls of all its users in a day.
    pub fn has_daily_app_limit(&self) -> bool {
        self.app.seconds == DAY
    }
}

impl Bucket {
    /// The limits of this bucket.
    pub fn row(self) -> &'static BucketLimits {
        &TABLE[self as usize]
    }
}

/// Calls in one window, and its length in seconds.
type Figures = (u32, i64);

const fn v1(
    bucket: Bucket,
    name: &'static str,
    path: &'static str,
    user: Figures,
    app: Figures,
) -> BucketLimits {
    let version = ApiVersion::V1;
    BucketLimits { bucket, version, name, path, user: allowance(user), app: allowance(app) }
}

const fn v2(
    bucket: Bucket,
    name: &'static str,
    path: &'static str,
    user: Figures,
    app: Figures,
) -> BucketLimits {
    BucketLimits { version: ApiVersion::V2, ..v1(bucket, name, path, user, app) }
}

const fn oauth(
    bucket: Bucket,
    name: &'static str,
    path: &'static str,
    all: Figures,
) -> BucketLimits {
    BucketLimits { version: ApiVersion::OAuth, ..v1(bucket, name, path, all, all) }
}

const fn own(
    bucket: Bucket,
    name: &'static str,
    path: &'static str,
    user: Figures,
) -> BucketLimits {
    BucketLimits { version: ApiVersion::Own, ..v1(bucket, name, path, user, user) }
}

const fn allowance((limit, seconds): Figures) -> Allowance {
    Allowance { limit, seconds }
}

/// Every bucket, in the order of [`Bucket`]; those of v2 as documented.
#[rustfmt::skip]
pub static TABLE: [BucketLimits; 41] = [
    v1(Bucket::Upload, "upload", "/media/upload", (415, HOUR), (415, HOUR)),
    v1(Bucket::InitVideo, "upload_init_video", "/media/upload/init_video", (200, HOUR), (200, HOUR)),
    v1(Bucket::Append, "upload_append", "/media/upload/append", (20_000, HOUR), (20_000, HOUR)),
    v1(Bucket::Finalize, "upload_finalize", "/media/upload/finalize", (615, HOUR), (615, HOUR)),
    v1(Bucket::UploadStatus, "upload_status", "/media/upload/status", (1000, QUARTER), (1000, QUARTER)),
    v1(Bucket::Subtitles, "subtitles", "/media/subtitles", (2000, HOUR), (2000, HOUR)),
    v1(Bucket::Metadata, "metadata", "/media/metadata/create", (2000, HOUR), (2000, HOUR)),
    v1(Bucket::Update, "statuses_update", "/statuses/update", (300, 3 * HOUR), (300, 3 * HOUR)),
    v1(Bucket::Show, "statuses_show", "/statuses/show/:id", (900, QUARTER), (900, QUARTER)),
    v1(Bucket::Lookup, "statuses_lookup", "/statuses/lookup", (900, QUARTER), (300, QUARTER)),
    v1(Bucket::Destroy, "statuses_destroy", "/statuses/destroy/:id", (900, QUARTER), (900, QUARTER)),
    v1(Bucket::UserTimeline, "user_timeline", "/statuses/user_timeline", (900, QUARTER), (1500, QUARTER)),
    v1(Bucket::HomeTimeline, "home_timeline", "/statuses/home_timeline", (900, QUARTER), (900, QUARTER)),
    v1(Bucket::VerifyCredentials, "verify_credentials", "/account/verify_credentials", (75, QUARTER), (75, QUARTER)),
    v1(Bucket::RateLimitStatus, "rate_limit_status", "/application/rate_limit_status", (180, QUARTER), (180, QUARTER)),
    v1(Bucket::InvalidateToken, "invalidate_token", "/oauth/invalidate_token", (450, QUARTER), (450, QUARTER)),
    v1(Bucket::MentionsTimeline, "mentions_timeline", "/statuses/mentions_timeline", (75, QUARTER), (75, QUARTER)),
    v1(Bucket::UsersShow, "users_show", "/users/show/:id", (900, QUARTER), (900, QUARTER)),
    v1(Bucket::UsersLookup, "users_lookup", "/users/lookup", (900, QUARTER), (300, QUARTER)),
    v2(Bucket::V2Upload, "v2_upload", "/2/media/upload", (500, QUARTER), (50_000, DAY)),
    v2(Bucket::V2Status, "v2_upload_status", "/2/media/upload", (1000, QUARTER), (100_000, DAY)),
    v2(Bucket::V2Initialize, "v2_initialize", "/2/media/upload/initialize", (1875, QUARTER), (180_000, DAY)),
    v2(Bucket::V2Append, "v2_append", "/2/media/upload/:id/append", (1875, QUARTER), (180_000, DAY)),
    v2(Bucket::V2Finalize, "v2_finalize", "/2/media/upload/:id/finalize", (1875, QUARTER), (180_000, DAY)),
    v2(Bucket::V2Metadata, "v2_metadata", "/2/media/metadata", (500, QUARTER), (50_000, DAY)),
    v2(Bucket::V2Subtitles, "v2_subtitles", "/2/media/subtitles", (100, QUARTER), (10_000, DAY)),
    v2(Bucket::V2Media, "v2_media", "/2/media", (900, QUARTER), (300, QUARTER)),
    v2(Bucket::V2Post, "v2_tweets_create", "/2/tweets", (100, QUARTER), (10_000, DAY)),
    v2(Bucket::V2Delete, "v2_tweets_delete", "/2/tweets/:id", (50, QUARTER), (50, QUARTER)),
    v2(Bucket::V2Tweets, "v2_tweets", "/2/tweets", (5000, QUARTER), (3500, QUARTER)),
    v2(Bucket::V2Tweet, "v2_tweet", "/2/tweets/:id", (900, QUARTER), (450, QUARTER)),
    v2(Bucket::V2Me, "v2_me", "/2/users/me", (75, QUARTER), (75, QUARTER)),
    v2(Bucket::V2Users, "v2_users", "/2/users", (900, QUARTER), (300, QUARTER)),
    v2(Bucket::V2UserTweets, "v2_user_tweets", "/2/users/:id/tweets", (900, QUARTER), (10_000, QUARTER)),
    oauth(Bucket::RequestToken, "oauth_request_token", "/oauth/request_token", (900, QUARTER)),
    oauth(Bucket::AuthorizationCode, "oauth2_authorize", "/2/oauth2/authorize", (100, QUARTER)),
    oauth(Bucket::OAuth2Token, "oauth2_token", "/2/oauth2/token", (100, QUARTER)),
    own(Bucket::DescriptionRead, "description_read", "/birdhouse/v1/search", (5000, QUARTER)),
    own(Bucket::DescriptionWrite, "description_write", "/birdhouse/v1/media/:id/descriptions", (20_000, HOUR)),
    own(Bucket::Suggest, "suggest", "/birdhouse/v1/media/:id/suggestions", (100, HOUR)),
    own(Bucket::Webhook, "webhook", "/birdhouse/v1/webhooks", (60, QUARTER)),
];

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_table_has_one_row_for_each_bucket_in_order() {
        for (index, row) in TABLE.iter().enumerate() {
            assert_eq!(row.bucket as usize, index, "{}", row.name);
        }
    }
}
