//! Tweets: posting, reading, removing.

use crate::app::App;
use crate::auth::UserCaller;
use crate::error::Result;
use crate::random;
use crate::store::tweets::{Added, NewTweet, Page, Stretch};
use crate::store::users::User;
use crate::store::variants::Variant;
use birdhouse_domain::media::Media;
use birdhouse_domain::tweet::{self, DUPLICATE_WINDOW_MS, Tweet};
use birdhouse_domain::{Fault, Kind, MediaId, Poll, Timestamp, TweetId, UserId};
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
    /// Whether a missing Tweet to answer refuses the whole; else it is left out (recorded).
    pub must_find_parent: bool,
    /// The Tweet that it quotes.
    pub quotes: Option<TweetId>,
    /// Users tagged in its media.
    pub tagged: Vec<UserId>,
    /// Title and description of its media, as members of their metadata.
    pub about_media: Vec<(&'static str, String)>,
    /// Its poll.
    pub poll: Option<Poll>,
    /// Who may answer; blank is everyone.
    pub reply_settings: String,
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
    let parts = [!draft.media.is_empty(), draft.poll.is_some(), draft.quotes.is_some()];
    if parts.into_iter().filter(|is_there| *is_there).count() > 1 {
        return Err(Fault::TweetPartsExclusive.into());
    }
    let parent = replied_to(app, &draft).await?;
    let quotes = quoted(app, draft.quotes).await?;
    for user in &draft.tagged {
        app.store.user(*user).await?.ok_or(Fault::TaggedUserNotFound(*user))?;
    }
    let media = attachable(app, caller, &draft.media).await?;
    tweet::check_media(&media)?;
    let id = TweetId(app.next_id());
    let fingerprint = fingerprint(&draft);
    let posted = Tweet {
        id,
        conversation: parent.as_ref().map_or(id, |parent| parent.conversation),
        quotes,
        tagged: draft.tagged,
        poll: draft.poll,
        reply_settings: draft.reply_settings,
        user: caller.user,
        app_name: caller.app_name.clone(),
        app_url: String::new(),
        text: draft.text,
        media_link: if media.is_empty() { String::new() } else { random::alphanumeric(10) },
        in_reply_to: parent.map(|parent| (parent.id, parent.user, parent.screen_name)),
        possibly_sensitive: draft.possibly_sensitive,
        created_at: app.now(),
    };
    let new = NewTweet {
        tweet: &posted,
        app: caller.app,
        fingerprint: &fingerprint,
        media: &draft.media,
        about_media: &draft.about_media,
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
        let found = app.store.media(*id).await?;
        let Some(media) = found else { return Err(Fault::TweetMediaNotFound(*id).into()) };
        let is_own =
            media.owner == caller.user || app.store.is_additional_owner(*id, caller.user).await?;
        if !is_own {
            return Err(Fault::TweetMediaNotFound(*id).into());
        }
        if media.is_expired(app.now()) {
            return Err(Fault::TweetMediaExpired(*id).into());
        }
        all.push(media);
    }
    Ok(all)
}

/// A Tweet that is answered.
struct Parent {
    id: TweetId,
    user: UserId,
    screen_name: String,
    conversation: TweetId,
}

async fn replied_to(app: &App, draft: &Draft) -> Result<Option<Parent>> {
    let Some(id) = draft.in_reply_to else { return Ok(None) };
    let found = app.store.tweet(id).await?;
    let Some(found) = found else {
        let missing = Fault::RepliedTweetNotFound(id);
        return if draft.must_find_parent { Err(missing.into()) } else { Ok(None) };
    };
    let Some(author) = app.store.user(found.user).await? else { return Ok(None) };
    let (user, conversation) = (found.user, found.conversation);
    Ok(Some(Parent { id, user, screen_name: author.screen_name, conversation }))
}

async fn quoted(app: &App, id: Option<TweetId>) -> Result<Option<(TweetId, UserId)>> {
    let Some(id) = id else { return Ok(None) };
    let found = app.store.tweet(id).await?.ok_or(Fault::QuotedTweetNotFound(id))?;
    Ok(Some((id, found.user)))
}

/// The same words with the same media about the same Tweet give the same fingerprint.
fn fingerprint(draft: &Draft) -> String {
    let mut whole = draft.text.trim().to_owned();
    for id in &draft.media {
        whole.push('\0');
        whole.push_str(&id.to_string());
    }
    if let Some(id) = draft.quotes {
        // Writing to a string cannot fail.
        let _written = write!(whole, "\0quotes {id}");
    }
    secret::hash_token(&whole).iter().take(16).fold(String::new(), |mut hex, byte| {
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

/// A stretch of one user's Tweets.
pub async fn stretch(app: &App, user: UserId, of: Stretch) -> Result<Vec<Shown>> {
    let mut shown = Vec::new();
    for tweet in app.store.stretch_of(user, of).await? {
        shown.push(show(app, tweet).await?);
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
