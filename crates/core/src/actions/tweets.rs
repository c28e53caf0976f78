//! Tweets: posting and deleting; `read` beside it reads them.

mod read;

pub use read::{
    HydratedTweet, ReplyCounts, TimelinePage, TweetMedia, TweetRange, count_replies, in_range,
    mentions, metadata_of, read, read_all, timeline,
};

use super::alt_text_policy;
use super::announce;
use super::written::read_written;
use crate::app::App;
use crate::error::Result;
use crate::host::random;
use birdhouse_catalog::tweets::{NewTweet, PostOutcome};
use birdhouse_domain::alt_text_policy::Lack;
use birdhouse_domain::media::Media;
use birdhouse_domain::tweet::{self, DUPLICATE_WINDOW_MS, Tweet};
use birdhouse_domain::{
    Fault, MediaId, Poll, Timestamp, TweetId, UserCaller, UserId, WebhookEvent, tweet_text,
};
use birdhouse_oauth::secret;
use std::fmt::Write;

/// A Tweet to post.
#[derive(Clone, Debug, Default)]
pub struct Draft {
    /// The text.
    pub text: String,
    /// The media, in order.
    pub media: Vec<MediaId>,
    /// The Tweet that it replies to.
    pub in_reply_to: Option<TweetId>,
    /// Whether a missing Tweet to reply to is an error; otherwise it is ignored (recorded).
    pub must_find_parent: bool,
    /// The Tweet that it quotes.
    pub quotes: Option<TweetId>,
    /// Users tagged in its media.
    pub tagged: Vec<UserId>,
    /// Title and description of its media, as members of their metadata.
    pub media_metadata: Vec<(&'static str, String)>,
    /// Its poll.
    pub poll: Option<Poll>,
    /// Who may reply; empty means everyone.
    pub reply_settings: String,
    /// Whether its author marked it as possibly sensitive.
    pub possibly_sensitive: bool,
}

/// A posted Tweet.
#[derive(Debug)]
pub struct PostedTweet {
    /// The Tweet.
    pub tweet: HydratedTweet,
    /// What its media lack by the policy for descriptions.
    pub lacks: Vec<(MediaId, Lack)>,
}

/// Posts a Tweet and attaches its media, all or nothing. Durable when this returns.
pub async fn post(app: &App, caller: &UserCaller, draft: Draft) -> Result<PostedTweet> {
    tweet::validate_text(&draft.text, !draft.media.is_empty())?;
    let parts = [!draft.media.is_empty(), draft.poll.is_some(), draft.quotes.is_some()];
    if parts.into_iter().filter(|is_present| *is_present).count() > 1 {
        return Err(Fault::TweetPartsExclusive.into());
    }
    let parent = replied_to(app, &draft).await?;
    let quotes = quoted(app, draft.quotes).await?;
    let tagged = app.catalog.users(&draft.tagged).await?;
    let is_unknown = |id: &&UserId| !tagged.iter().any(|user| user.id == **id);
    if let Some(unknown) = draft.tagged.iter().find(is_unknown) {
        return Err(Fault::TaggedUserNotFound(*unknown).into());
    }
    let media = attachable(app, caller, &draft).await?;
    tweet::validate_media(&media)?;
    let lacks = alt_text_policy::check(app, caller, &media, &draft.text).await?;
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
    let event = WebhookEvent::UndescribedTweeted;
    let deliveries = announce::deliveries(app, caller.user, event, id.0).await?;
    let new = NewTweet {
        tweet: &posted,
        app: caller.app,
        fingerprint: &fingerprint,
        media: &draft.media,
        mentions: &mentioned_names(&posted.text),
        media_metadata: &draft.media_metadata,
        since: posted.created_at.plus(-DUPLICATE_WINDOW_MS),
        deliveries: &deliveries,
    };
    let outcome = app.catalog.add_tweet(&new).await?;
    announce::notify(app, &deliveries);
    match outcome {
        PostOutcome::Posted => {
            let tweet = read_written(app, || read(app, posted.id)).await?;
            Ok(PostedTweet { tweet, lacks })
        }
        PostOutcome::Duplicate => Err(Fault::StatusDuplicate.into()),
        PostOutcome::MediaMissing(index) => {
            let missing = draft.media.get(index).copied().unwrap_or(MediaId(0));
            Err(Fault::TweetMediaNotFound(missing).into())
        }
    }
}

/// The screen names that a text mentions.
fn mentioned_names(text: &str) -> Vec<String> {
    tweet_text::extract_entities(text).mentions.into_iter().map(|one| one.screen_name).collect()
}

/// The media of a draft, if the caller owns them or is an additional owner; only the owner's may get
/// metadata.
async fn attachable(app: &App, caller: &UserCaller, draft: &Draft) -> Result<Vec<Media>> {
    let mut all = Vec::with_capacity(draft.media.len());
    for id in &draft.media {
        let found = app.catalog.media(*id).await?;
        let Some(media) = found else { return Err(Fault::TweetMediaNotFound(*id).into()) };
        let may_attach = media.owner == caller.user
            || draft.media_metadata.is_empty()
                && app.catalog.is_additional_owner(*id, caller.user).await?;
        if !may_attach {
            return Err(Fault::TweetMediaNotFound(*id).into());
        }
        if media.is_expired(app.now()) {
            return Err(Fault::TweetMediaExpired(*id).into());
        }
        all.push(media);
    }
    Ok(all)
}

/// A Tweet that is replied to.
struct Parent {
    id: TweetId,
    user: UserId,
    screen_name: String,
    conversation: TweetId,
}

async fn replied_to(app: &App, draft: &Draft) -> Result<Option<Parent>> {
    let Some(id) = draft.in_reply_to else { return Ok(None) };
    let found = app.catalog.tweet(id).await?;
    let Some(found) = found else {
        let missing = Fault::RepliedTweetNotFound(id);
        return if draft.must_find_parent { Err(missing.into()) } else { Ok(None) };
    };
    let Some(author) = app.catalog.user(found.user).await? else { return Ok(None) };
    let (user, conversation) = (found.user, found.conversation);
    Ok(Some(Parent { id, user, screen_name: author.screen_name, conversation }))
}

async fn quoted(app: &App, id: Option<TweetId>) -> Result<Option<(TweetId, UserId)>> {
    let Some(id) = id else { return Ok(None) };
    let found = app.catalog.tweet(id).await?.ok_or(Fault::QuotedTweetNotFound(id))?;
    Ok(Some((id, found.user)))
}

/// A hash of the text, the media and the quoted Tweet.
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

/// Deletes the caller's own Tweet and returns it. Its media expire unless they are attached to
/// another Tweet. Durable when this returns.
pub async fn delete(app: &App, caller: &UserCaller, id: TweetId) -> Result<HydratedTweet> {
    let hydrated = read(app, id).await?;
    if hydrated.tweet.user != caller.user {
        return Err(Fault::TweetNotOwned.into());
    }
    let expires_at = app.now().plus(app.config.media_life_seconds * Timestamp::SECOND);
    if !app.catalog.delete_tweet(id, caller.user, expires_at).await? {
        return Err(Fault::TweetNotFound.into());
    }
    Ok(hydrated)
}
