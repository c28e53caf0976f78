//! Reading Tweets. A page takes one query for each kind of row that it shows, however many Tweets it
//! has.

use crate::app::App;
use crate::error::Result;
use birdhouse_catalog::media::AttachedMedia;
pub use birdhouse_catalog::tweets::{TimelinePage, TweetRange};
use birdhouse_catalog::users::User;
use birdhouse_catalog::variants::Variant;
use birdhouse_domain::media::Media;
use birdhouse_domain::tweet::Tweet;
use birdhouse_domain::{Fault, Kind, MediaId, TweetId, UserId};
use std::collections::HashMap;

/// A Tweet with its author and its media.
#[derive(Clone, Debug)]
pub struct HydratedTweet {
    /// The Tweet.
    pub tweet: Tweet,
    /// Its author.
    pub author: User,
    /// Its media, in order.
    pub media: Vec<TweetMedia>,
}

/// A media of a Tweet.
#[derive(Clone, Debug)]
pub struct TweetMedia {
    /// The media.
    pub media: Media,
    /// The first Tweet that it was attached to, with its author, if that is another one.
    pub first_shown_in: Option<(TweetId, UserId)>,
    /// The variants of a video; those of other kinds are not loaded.
    pub variants: Vec<Variant>,
}

/// The Tweet with this id.
pub async fn read(app: &App, id: TweetId) -> Result<HydratedTweet> {
    let tweet = app.catalog.tweet(id).await?.ok_or(Fault::TweetNotFound)?;
    let hydrated = hydrate(app, vec![tweet]).await?.pop();
    Ok(hydrated.ok_or(Fault::TweetNotFound)?)
}

/// Those of the Tweets with these ids that exist.
pub async fn read_all(app: &App, ids: &[TweetId]) -> Result<HashMap<TweetId, HydratedTweet>> {
    let hydrated = hydrate(app, app.catalog.tweets(ids).await?).await?;
    Ok(hydrated.into_iter().map(|one| (one.tweet.id, one)).collect())
}

/// A range of one user's Tweets.
pub async fn in_range(app: &App, user: UserId, range: TweetRange) -> Result<Vec<HydratedTweet>> {
    hydrate(app, app.catalog.tweets_in_range(user, range).await?).await
}

/// A page of one user's Tweets, or of all users, newest first.
pub async fn timeline(
    app: &App,
    of: Option<&User>,
    page: TimelinePage,
) -> Result<Vec<HydratedTweet>> {
    let tweets = match of {
        Some(user) => app.catalog.tweets_of(user.id, page).await?,
        None => app.catalog.tweets_of_all(page).await?,
    };
    hydrate(app, tweets).await
}

/// A page of the Tweets of others that mention a user or reply to one of theirs, newest first.
pub async fn mentions(app: &App, user: UserId, page: TimelinePage) -> Result<Vec<HydratedTweet>> {
    hydrate(app, app.catalog.tweets_mentioning(user, page).await?).await
}

/// Adds authors and media to Tweets, whose order is kept.
async fn hydrate(app: &App, tweets: Vec<Tweet>) -> Result<Vec<HydratedTweet>> {
    let authors: Vec<UserId> = tweets.iter().map(|tweet| tweet.user).collect();
    let authors = app.catalog.users(&authors).await?;
    let authors: HashMap<UserId, User> = authors.into_iter().map(|user| (user.id, user)).collect();
    let mut media = media_of(app, &tweets).await?;
    let add = |tweet: Tweet| {
        let author = authors.get(&tweet.user)?.clone();
        Some(HydratedTweet { media: media.remove(&tweet.id).unwrap_or_default(), tweet, author })
    };
    Ok(tweets.into_iter().filter_map(add).collect())
}

async fn media_of(app: &App, tweets: &[Tweet]) -> Result<HashMap<TweetId, Vec<TweetMedia>>> {
    let with_media = tweets.iter().filter(|tweet| !tweet.media_link.is_empty());
    let ids: Vec<TweetId> = with_media.map(|tweet| tweet.id).collect();
    let attached = app.catalog.media_of_tweets(&ids).await?;
    let videos = attached.iter().filter(|one| one.media.kind == Some(Kind::Video));
    let videos: Vec<MediaId> = videos.map(|one| one.media.id).collect();
    let mut variants: HashMap<MediaId, Vec<Variant>> = HashMap::new();
    for (media, variant) in app.catalog.variants_of(&videos).await? {
        variants.entry(media).or_default().push(variant);
    }
    let mut all: HashMap<TweetId, Vec<TweetMedia>> = HashMap::new();
    for AttachedMedia { tweet, media, first } in attached {
        let first_shown_in = Some(first).filter(|(id, _)| *id != tweet);
        // The same video may be in several of the Tweets.
        let variants = variants.get(&media.id).cloned().unwrap_or_default();
        all.entry(tweet).or_default().push(TweetMedia { media, first_shown_in, variants });
    }
    Ok(all)
}

/// Numbers of replies to and quotes of a Tweet.
#[derive(Clone, Copy, Debug, Default)]
pub struct ReplyCounts {
    /// Tweets that reply to it.
    pub replies: i64,
    /// Tweets that quote it.
    pub quotes: i64,
}

/// Counts replies and quotes of each of these Tweets.
pub async fn count_replies(app: &App, ids: &[TweetId]) -> Result<HashMap<TweetId, ReplyCounts>> {
    let counts = app.catalog.reply_and_quote_counts(ids).await?;
    let counts = counts.into_iter();
    Ok(counts.map(|(id, replies, quotes)| (id, ReplyCounts { replies, quotes })).collect())
}

/// The metadata of each of these media without its alt text: member and JSON value.
pub async fn metadata_of(
    app: &App,
    media: &[MediaId],
) -> Result<HashMap<MediaId, Vec<(String, String)>>> {
    let mut all: HashMap<MediaId, Vec<(String, String)>> = HashMap::new();
    for (media, member, value) in app.catalog.metadata(media).await? {
        all.entry(media).or_default().push((member, value));
    }
    Ok(all)
}
