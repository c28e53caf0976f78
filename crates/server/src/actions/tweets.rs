//! Tweets: posting, reading, removing.

use crate::app::App;
use crate::auth::UserCaller;
use crate::error::Result;
use crate::random;
use crate::store::tweets::{Added, NewTweet, Page};
use crate::store::users::User;
use crate::store::variants::Variant;
use birdhouse_domain::media::Media;
use birdhouse_domain::tweet::{self, DUPLICATE_WINDOW_MS, Tweet};
use birdhouse_domain::{Fault, Kind, MediaId, Timestamp, TweetId, UserId};
use birdhouse_oauth::secret;
use std::fmt::Write;

/// What a client asks to be posted.
#[derive(Clone, Debug, Default)]
pub struct Draft {
    /// The words.
    pub text: String,
    /// The media, in order.
    pub media: Vec<MediaId>,
    /// The Tweet that it answers.
    pub in_reply_to: Option<TweetId>,
    /// Whether it may offend.
    pub possibly_sensitive: bool,
}

/// A Tweet with all that is needed to show it.
#[derive(Clone, Debug)]
pub struct Shown {
    /// The Tweet.
    pub tweet: Tweet,
    /// Its author.
    pub author: User,
    /// Its media, in order.
    pub media: Vec<ShownMedia>,
}

/// A media of a Tweet.
#[derive(Clone, Debug)]
pub struct ShownMedia {
    /// The media.
    pub media: Media,
    /// The Tweet that showed it first and its author, if that was another.
    pub first_shown_in: Option<(TweetId, UserId)>,
    /// What was made of it; of a film only.
    pub variants: Vec<Variant>,
}

/// Posts a Tweet and attaches its media, all or nothing. Durable when this returns.
pub async fn post(app: &App, caller: &UserCaller, draft: Draft) -> Result<Shown> {
    tweet::check_text(&draft.text, !draft.media.is_empty())?;
    let media = attachable(app, caller, &draft.media).await?;
    tweet::check_media(&media)?;
    let posted = Tweet {
        id: TweetId(app.next_id()),
        user: caller.user,
        app_name: caller.app_name.clone(),
        app_url: String::new(),
        text: draft.text,
        media_link: if media.is_empty() { String::new() } else { random::alphanumeric(10) },
        in_reply_to: replied_to(app, draft.in_reply_to).await?,
        possibly_sensitive: draft.possibly_sensitive,
        created_at: app.now(),
    };
    let new = NewTweet {
        tweet: &posted,
        app: caller.app,
        fingerprint: &fingerprint(&posted.text, &draft.media),
        media: &draft.media,
        since: posted.created_at.plus(-DUPLICATE_WINDOW_MS),
    };
    match app.store.add_tweet(&new).await? {
        Added::Done => read(app, posted.id).await,
        Added::Duplicate => Err(Fault::StatusDuplicate.into()),
        Added::MediaGone(place) => {
            let gone = draft.media.get(place).copied().unwrap_or(MediaId(0));
            Err(Fault::TweetMediaNotFound(gone).into())
        }
    }
}

/// The media that the caller may attach: own ones, and those that name the caller as owner.
async fn attachable(app: &App, caller: &UserCaller, ids: &[MediaId]) -> Result<Vec<Media>> {
    let mut all = Vec::with_capacity(ids.len());
    for id in ids {
        let media = app.store.media(*id).await?.filter(|m| !m.is_expired(app.now()));
        let Some(media) = media else { return Err(Fault::TweetMediaNotFound(*id).into()) };
        let is_own =
            media.owner == caller.user || app.store.is_additional_owner(*id, caller.user).await?;
        if !is_own {
            return Err(Fault::TweetMediaNotFound(*id).into());
        }
        all.push(media);
    }
    Ok(all)
}

async fn replied_to(app: &App, id: Option<TweetId>) -> Result<Option<(TweetId, UserId, String)>> {
    let Some(id) = id else { return Ok(None) };
    let Some(parent) = app.store.tweet(id).await? else { return Ok(None) };
    let Some(author) = app.store.user(parent.user).await? else { return Ok(None) };
    Ok(Some((id, parent.user, author.screen_name)))
}

/// The same words with the same media give the same fingerprint.
fn fingerprint(text: &str, media: &[MediaId]) -> String {
    let mut whole = text.trim().to_owned();
    for id in media {
        whole.push('\0');
        whole.push_str(&id.to_string());
    }
    secret::hash_token(&whole).iter().take(16).fold(String::new(), |mut hex, byte| {
        // Writing to a string cannot fail.
        let _written = write!(hex, "{byte:02x}");
        hex
    })
}

/// The Tweet with this id.
pub async fn read(app: &App, id: TweetId) -> Result<Shown> {
    let found = app.store.tweet(id).await?.ok_or(Fault::TweetNotFound)?;
    show(app, found).await
}

async fn show(app: &App, tweet: Tweet) -> Result<Shown> {
    let author = app.store.user(tweet.user).await?.ok_or(Fault::TweetNotFound)?;
    let mut media = Vec::new();
    if !tweet.media_link.is_empty() {
        for one in app.store.media_of_tweet(tweet.id.0).await? {
            let first = app.store.first_tweet_of(one.id).await?;
            let variants = match one.kind {
                Some(Kind::Video) => app.store.variants(one.id).await?,
                _ => Vec::new(),
            };
            let first_shown_in = first.filter(|(id, _)| *id != tweet.id);
            media.push(ShownMedia { media: one, first_shown_in, variants });
        }
    }
    Ok(Shown { tweet, author, media })
}

/// Removes the caller's own Tweet and returns it as it was. Its media vanish like unattached
/// ones unless another Tweet shows them. Durable when this returns.
pub async fn remove(app: &App, caller: &UserCaller, id: TweetId) -> Result<Shown> {
    let shown = read(app, id).await?;
    if shown.tweet.user != caller.user {
        return Err(Fault::TweetNotOwned.into());
    }
    let vanish = app.now().plus(app.config.media_life_seconds * Timestamp::SECOND);
    if !app.store.remove_tweet(id, caller.user, vanish).await? {
        return Err(Fault::TweetNotFound.into());
    }
    Ok(shown)
}

/// A page of one user's Tweets, or of everybody's, newest first.
pub async fn timeline(app: &App, of: Option<&User>, page: Page) -> Result<Vec<Shown>> {
    let tweets = match of {
        Some(user) => app.store.tweets_of(user.id, page).await?,
        None => app.store.tweets_of_all(page).await?,
    };
    let mut shown = Vec::with_capacity(tweets.len());
    for tweet in tweets {
        shown.push(show(app, tweet).await?);
    }
    Ok(shown)
}
