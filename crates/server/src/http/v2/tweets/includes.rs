//! The `includes` of an answer: the media, authors and polls of its Tweets, and the Tweets that they
//! refer to; each once.

use super::super::error::not_found;
use super::super::fields::View;
use super::super::render;
use super::super::render::tweet::{TweetContext, asks_entities, expands_referenced};
use birdhouse_core::actions::tweets::{self, HydratedTweet};
use birdhouse_core::actions::users::{self, User};
use birdhouse_core::app::App;
use birdhouse_core::error::{Error, Result};
use birdhouse_domain::{Fault, TweetId, UserId, tweet_text};
use serde_json::{Map, Value, json};

/// An answer that grows by what its Tweets name.
pub struct Includes<'a> {
    app: &'a App,
    view: View,
    media: Vec<(String, Value)>,
    users: Vec<(UserId, Value)>,
    tweets: Vec<(TweetId, Value)>,
    polls: Vec<Value>,
    missing: Vec<Value>,
}

impl<'a> Includes<'a> {
    /// Nothing yet.
    pub fn new(app: &'a App, view: View) -> Self {
        Self {
            app,
            view,
            media: Vec::new(),
            users: Vec::new(),
            tweets: Vec::new(),
            polls: Vec::new(),
            missing: Vec::new(),
        }
    }

    /// The Tweet itself, for `data`.
    pub async fn tweet(&mut self, shown: &HydratedTweet) -> Result<Value> {
        let context = self.context(shown).await?;
        Ok(render::tweet::tweet(shown, &context, &self.view))
    }

    /// Adds what this Tweet names and the client wants to see.
    pub async fn add(&mut self, shown: &HydratedTweet) -> Result<()> {
        self.add_media(shown);
        let wants = |name: &str| self.view.expands(name);
        let (author, answered) =
            (wants("author_id") || wants("username"), wants("in_reply_to_user_id"));
        let referenced_author = wants("referenced_tweets.id.author_id");
        let (polls, itself) = (
            wants("attachments.poll_ids"),
            wants("edit_history_tweet_ids") || wants("edit_history_post_ids"),
        );
        if author {
            self.add_user(&shown.author);
        }
        if let (true, Some(poll)) = (polls, &shown.tweet.poll) {
            self.polls.push(render::poll::poll(&shown.tweet, poll, &self.view, self.app.now()));
        }
        if let (true, Some((_, user, _))) = (answered, &shown.tweet.in_reply_to)
            && let Some(user) = users::by_id(self.app, *user).await?
        {
            self.add_user(&user);
        }
        if itself {
            self.add_tweet(shown).await?;
        }
        if expands_referenced(&self.view) {
            for other in self.referenced(shown).await? {
                self.add_tweet(&other).await?;
                if referenced_author {
                    self.add_user(&other.author);
                }
            }
        }
        Ok(())
    }

    fn add_media(&mut self, shown: &HydratedTweet) {
        if !self.view.expands("attachments.media_keys") {
            return;
        }
        let public_url = &self.app.config.public_url;
        for one in &shown.media {
            let key = one.media.media_key();
            if !self.media.iter().any(|(known, _)| *known == key) {
                let value = render::media::media(&one.media, &one.variants, &self.view, public_url);
                self.media.push((key, value));
            }
        }
    }

    /// Adds a user.
    pub fn add_user(&mut self, user: &User) {
        if !self.users.iter().any(|(known, _)| *known == user.id) {
            self.users.push((user.id, render::user::user(user, None, &self.view)));
        }
    }

    /// Adds a Tweet.
    pub async fn add_tweet(&mut self, shown: &HydratedTweet) -> Result<()> {
        if self.tweets.iter().any(|(known, _)| *known == shown.tweet.id) {
            return Ok(());
        }
        let value = self.tweet(shown).await?;
        self.tweets.push((shown.tweet.id, value));
        Ok(())
    }

    async fn referenced(&mut self, shown: &HydratedTweet) -> Result<Vec<HydratedTweet>> {
        let answered = shown.tweet.in_reply_to.as_ref().map(|(id, ..)| *id);
        let quoted = shown.tweet.quotes.map(|(id, _)| id);
        let mut found = Vec::new();
        for id in [answered, quoted].into_iter().flatten() {
            match tweets::read(self.app, id).await {
                Ok(other) => found.push(other),
                Err(Error::Refused(Fault::TweetNotFound)) => self.miss(id),
                Err(other) => return Err(other),
            }
        }
        Ok(found)
    }

    /// Tells once that a Tweet which another names is gone.
    fn miss(&mut self, id: TweetId) {
        let parameter = self.view.key("referenced_tweets.id", "referenced_posts");
        let missing = not_found(self.app, "tweet", parameter, &id.to_string());
        if !self.missing.contains(&missing) {
            self.missing.push(missing);
        }
    }

    async fn context(&mut self, shown: &HydratedTweet) -> Result<TweetContext> {
        let mut context = TweetContext::default();
        if self.view.tweet("public_metrics") {
            context.counts = tweets::count_replies(self.app, shown.tweet.id).await?;
        }
        if self.view.tweet("media_metadata") {
            for one in &shown.media {
                let kept = tweets::metadata_of(self.app, one.media.id).await?;
                let shown = kept
                    .into_iter()
                    .filter(|(name, _)| matches!(name.as_str(), "title" | "description"));
                let read = |(name, value): (String, String)| {
                    Some((name, serde_json::from_str(&value).ok()?))
                };
                context.media_metadata.push(shown.filter_map(read).collect());
            }
        }
        if asks_entities(&self.view) {
            for mention in tweet_text::extract_entities(&shown.tweet.text).mentions {
                let name = mention.screen_name.to_ascii_lowercase();
                let Some(user) = users::by_name(self.app, &name).await? else { continue };
                if self.view.expands("entities.mentions.username") {
                    self.add_user(&user);
                }
                context.mentioned.push((name, user.id.to_string()));
            }
        }
        Ok(context)
    }

    /// Adds `includes` to an answer, if there is anything.
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
        put(self.view.key("tweets", "posts"), tweets);
        put("polls", self.polls);
        if !includes.is_empty() {
            body.insert("includes".into(), Value::Object(includes));
        }
        if !self.missing.is_empty() {
            body.insert("errors".into(), json!(self.missing));
        }
    }
}
