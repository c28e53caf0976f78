//! The `includes` of a response: media, authors and polls of its Tweets, and the Tweets that they
//! refer to; each once.

use super::super::error::not_found;
use super::super::fields::FieldSelection;
use super::super::render;
use super::super::render::tweet::{
    MentionedUser, TweetContext, expands_referenced, selects_entities,
};
use birdhouse_core::actions::tweets::{self, HydratedTweet};
use birdhouse_core::actions::users::{self, User};
use birdhouse_core::app::App;
use birdhouse_core::error::{Error, Result};
use birdhouse_domain::{Fault, TweetId, UserId, tweet_text};
use serde_json::{Map, Value, json};

/// Collects the objects that the Tweets of a response refer to, as the selected expansions require.
pub struct Includes<'a> {
    app: &'a App,
    selection: FieldSelection,
    media: Vec<(String, Value)>,
    users: Vec<(UserId, Value)>,
    tweets: Vec<(TweetId, Value)>,
    polls: Vec<Value>,
    missing: Vec<Value>,
}

impl<'a> Includes<'a> {
    /// Starts empty.
    pub fn new(app: &'a App, selection: FieldSelection) -> Self {
        Self {
            app,
            selection,
            media: Vec::new(),
            users: Vec::new(),
            tweets: Vec::new(),
            polls: Vec::new(),
            missing: Vec::new(),
        }
    }

    /// Renders a Tweet, for `data`.
    pub async fn tweet(&mut self, hydrated: &HydratedTweet) -> Result<Value> {
        let context = self.context(hydrated).await?;
        Ok(render::tweet::tweet(hydrated, &context, &self.selection))
    }

    /// Adds the objects that a Tweet refers to, as far as they are selected.
    pub async fn add(&mut self, hydrated: &HydratedTweet) -> Result<()> {
        self.add_media(hydrated);
        let expands = |name: &str| self.selection.expands(name);
        let expands_author = expands("author_id") || expands("username");
        let expands_parent_user = expands("in_reply_to_user_id");
        let expands_referenced_author = expands("referenced_tweets.id.author_id");
        let expands_poll = expands("attachments.poll_ids");
        let expands_history = expands("edit_history_tweet_ids") || expands("edit_history_post_ids");
        if expands_author {
            self.add_user(&hydrated.author);
        }
        if let (true, Some(poll)) = (expands_poll, &hydrated.tweet.poll) {
            self.polls.push(render::poll::poll(
                &hydrated.tweet,
                poll,
                &self.selection,
                self.app.now(),
            ));
        }
        if let (true, Some((_, user, _))) = (expands_parent_user, &hydrated.tweet.in_reply_to)
            && let Some(user) = users::by_id(self.app, *user).await?
        {
            self.add_user(&user);
        }
        if expands_history {
            self.add_tweet(hydrated).await?;
        }
        if expands_referenced(&self.selection) {
            for referenced in self.referenced(hydrated).await? {
                self.add_tweet(&referenced).await?;
                if expands_referenced_author {
                    self.add_user(&referenced.author);
                }
            }
        }
        Ok(())
    }

    fn add_media(&mut self, hydrated: &HydratedTweet) {
        if !self.selection.expands("attachments.media_keys") {
            return;
        }
        let public_url = &self.app.config.public_url;
        for item in &hydrated.media {
            let key = item.media.media_key();
            if !self.media.iter().any(|(other, _)| *other == key) {
                let value =
                    render::media::media(&item.media, &item.variants, &self.selection, public_url);
                self.media.push((key, value));
            }
        }
    }

    /// Adds a user.
    pub fn add_user(&mut self, user: &User) {
        if !self.users.iter().any(|(other, _)| *other == user.id) {
            self.users.push((user.id, render::user::user(user, None, &self.selection)));
        }
    }

    /// Adds a Tweet.
    pub async fn add_tweet(&mut self, hydrated: &HydratedTweet) -> Result<()> {
        if self.tweets.iter().any(|(other, _)| *other == hydrated.tweet.id) {
            return Ok(());
        }
        let value = self.tweet(hydrated).await?;
        self.tweets.push((hydrated.tweet.id, value));
        Ok(())
    }

    async fn referenced(&mut self, hydrated: &HydratedTweet) -> Result<Vec<HydratedTweet>> {
        let parent = hydrated.tweet.in_reply_to.as_ref().map(|(id, ..)| *id);
        let quoted = hydrated.tweet.quotes.map(|(id, _)| id);
        let mut referenced = Vec::new();
        for id in [parent, quoted].into_iter().flatten() {
            match tweets::read(self.app, id).await {
                Ok(tweet) => referenced.push(tweet),
                Err(Error::Refused(Fault::TweetNotFound)) => self.add_missing_tweet(id),
                Err(other) => return Err(other),
            }
        }
        Ok(referenced)
    }

    /// Reports once that a Tweet which another refers to does not exist.
    fn add_missing_tweet(&mut self, id: TweetId) {
        let parameter = self.selection.key("referenced_tweets.id", "referenced_posts");
        let missing = not_found(self.app, "tweet", parameter, &id.to_string());
        if !self.missing.contains(&missing) {
            self.missing.push(missing);
        }
    }

    async fn context(&mut self, hydrated: &HydratedTweet) -> Result<TweetContext> {
        let mut context = TweetContext::default();
        if self.selection.has_tweet_field("public_metrics") {
            context.counts = tweets::count_replies(self.app, hydrated.tweet.id).await?;
        }
        if self.selection.has_tweet_field("media_metadata") {
            for item in &hydrated.media {
                let metadata = tweets::metadata_of(self.app, item.media.id).await?;
                let rendered = metadata
                    .into_iter()
                    .filter(|(name, _)| matches!(name.as_str(), "title" | "description"));
                let parse = |(name, value): (String, String)| {
                    Some((name, serde_json::from_str(&value).ok()?))
                };
                context.media_metadata.push(rendered.filter_map(parse).collect());
            }
        }
        if selects_entities(&self.selection) {
            for mention in tweet_text::extract_entities(&hydrated.tweet.text).mentions {
                let name = mention.screen_name.to_ascii_lowercase();
                let Some(user) = users::by_name(self.app, &name).await? else { continue };
                if self.selection.expands("entities.mentions.username") {
                    self.add_user(&user);
                }
                context.mentioned_users.push(MentionedUser { name, id: user.id });
            }
        }
        Ok(context)
    }

    /// Adds `includes` and `errors` to a response, unless they are empty.
    pub fn finish(self, body: &mut Map<String, Value>) {
        let mut includes = Map::new();
        let mut put = |name: &str, list: Vec<Value>| {
            if !list.is_empty() {
                includes.insert(name.to_owned(), json!(list));
            }
        };
        put("media", self.media.into_iter().map(|(_, value)| value).collect());
        put("users", self.users.into_iter().map(|(_, value)| value).collect());
        let tweets = self.tweets.into_iter().map(|(_, value)| value).collect();
        put(self.selection.key("tweets", "posts"), tweets);
        put("polls", self.polls);
        if !includes.is_empty() {
            body.insert("includes".into(), Value::Object(includes));
        }
        if !self.missing.is_empty() {
            body.insert("errors".into(), json!(self.missing));
        }
    }
}
