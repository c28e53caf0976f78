//! Loads what the Tweets of a response refer to, before it is rendered: one query for each kind of
//! row, however many Tweets there are.

use super::super::fields::FieldSelection;
use super::super::render::tweet::{
    MentionedUser, TweetContext, expands_referenced, selects_entities,
};
use birdhouse_core::actions::tweets::{self, HydratedTweet, ReplyCounts};
use birdhouse_core::actions::users::{self, User};
use birdhouse_core::app::App;
use birdhouse_core::error::Result;
use birdhouse_domain::{MediaId, TweetId, UserId, tweet_text};
use std::collections::HashMap;

/// The rows that Tweets refer to, as far as they are selected and exist.
#[derive(Debug, Default)]
pub struct Related {
    tweets: HashMap<TweetId, HydratedTweet>,
    parent_authors: HashMap<UserId, User>,
    counts: HashMap<TweetId, ReplyCounts>,
    /// Members and their JSON values.
    metadata: HashMap<MediaId, Vec<(String, String)>>,
    /// In order.
    mentioned: HashMap<TweetId, Vec<User>>,
}

impl Related {
    /// Loads it for these Tweets.
    pub async fn load(
        app: &App,
        selection: &FieldSelection,
        found: &[&HydratedTweet],
    ) -> Result<Self> {
        let mut related = Self::default();
        if expands_referenced(selection) {
            let ids: Vec<TweetId> = found.iter().flat_map(|one| referenced_ids(one)).collect();
            related.tweets = tweets::read_all(app, &ids).await?;
        }
        if selection.expands("in_reply_to_user_id") {
            let parents = found.iter().filter_map(|one| one.tweet.in_reply_to.as_ref());
            let ids: Vec<UserId> = parents.map(|(_, user, _)| *user).collect();
            related.parent_authors = users::by_ids(app, &ids).await?;
        }
        let all: Vec<&HydratedTweet> =
            found.iter().copied().chain(related.tweets.values()).collect();
        let (mut counts, mut metadata) = (HashMap::new(), HashMap::new());
        if selection.has_tweet_field("public_metrics") {
            let ids: Vec<TweetId> = all.iter().map(|one| one.tweet.id).collect();
            counts = tweets::count_replies(app, &ids).await?;
        }
        if selection.has_tweet_field("media_metadata") {
            let media = all.iter().flat_map(|one| &one.media);
            let ids: Vec<MediaId> = media.map(|one| one.media.id).collect();
            metadata = tweets::metadata_of(app, &ids).await?;
        }
        let mut mentioned = HashMap::new();
        if selects_entities(selection) {
            let names = all.iter().map(|one| (one.tweet.id, mentioned_names(one)));
            mentioned = load_mentioned(app, names.collect()).await?;
        }
        Ok(Self { counts, metadata, mentioned, ..related })
    }

    /// The Tweets that a Tweet refers to, `None` for one that does not exist.
    pub fn referenced(
        &self,
        hydrated: &HydratedTweet,
    ) -> impl Iterator<Item = (TweetId, Option<&HydratedTweet>)> {
        referenced_ids(hydrated).map(|id| (id, self.tweets.get(&id)))
    }

    /// The user whom a Tweet replies to.
    pub fn parent_author(&self, hydrated: &HydratedTweet) -> Option<&User> {
        let (_, user, _) = hydrated.tweet.in_reply_to.as_ref()?;
        self.parent_authors.get(user)
    }

    /// The users whom a Tweet mentions, in order.
    pub fn mentioned(&self, hydrated: &HydratedTweet) -> &[User] {
        self.mentioned.get(&hydrated.tweet.id).map_or(&[], Vec::as_slice)
    }

    /// What rendering a Tweet takes.
    pub fn context(&self, hydrated: &HydratedTweet) -> TweetContext {
        let rendered = |members: &Vec<(String, String)>| {
            let members =
                members.iter().filter(|(name, _)| matches!(name.as_str(), "title" | "description"));
            let parse = |(name, value): &(String, String)| {
                Some((name.clone(), serde_json::from_str(value).ok()?))
            };
            members.filter_map(parse).collect()
        };
        let metadata = |id| self.metadata.get(id).map(rendered).unwrap_or_default();
        let mentioned = |user: &User| MentionedUser {
            name: user.screen_name.to_ascii_lowercase(),
            id: user.id,
        };
        TweetContext {
            counts: self.counts.get(&hydrated.tweet.id).copied().unwrap_or_default(),
            media_metadata: hydrated.media.iter().map(|one| metadata(&one.media.id)).collect(),
            mentioned_users: self.mentioned(hydrated).iter().map(mentioned).collect(),
        }
    }
}

/// The Tweet that a Tweet replies to and the one that it quotes.
fn referenced_ids(hydrated: &HydratedTweet) -> impl Iterator<Item = TweetId> + use<> {
    let parent = hydrated.tweet.in_reply_to.as_ref().map(|(id, ..)| *id);
    let quoted = hydrated.tweet.quotes.map(|(id, _)| id);
    [parent, quoted].into_iter().flatten()
}

/// The users whom Tweets mention, in order, of their names in lower case.
async fn load_mentioned(
    app: &App,
    names: Vec<(TweetId, Vec<String>)>,
) -> Result<HashMap<TweetId, Vec<User>>> {
    let all: Vec<&str> = names.iter().flat_map(|(_, names)| names).map(String::as_str).collect();
    let users = users::by_names(app, &all).await?;
    let known =
        |names: &[String]| names.iter().filter_map(|name| users.get(name).cloned()).collect();
    Ok(names.iter().map(|(id, names)| (*id, known(names))).collect())
}

/// Names that a Tweet mentions, in lower case.
fn mentioned_names(hydrated: &HydratedTweet) -> Vec<String> {
    let mentions = tweet_text::extract_entities(&hydrated.tweet.text).mentions;
    mentions.into_iter().map(|mention| mention.screen_name.to_ascii_lowercase()).collect()
}
