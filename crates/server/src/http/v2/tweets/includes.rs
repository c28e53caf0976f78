//! The `includes` of a response: media, authors and polls of its Tweets, and the Tweets that they
//! refer to; each once.

use super::super::error::not_found;
use super::super::fields::FieldSelection;
use super::super::render;
use super::super::render::tweet::expands_referenced;
use super::Related;
use birdhouse_core::actions::tweets::HydratedTweet;
use birdhouse_core::actions::users::User;
use birdhouse_core::app::App;
use birdhouse_domain::{TweetId, UserId};
use serde_json::{Map, Value, json};

/// Collects the objects that the Tweets of a response refer to, as the selected expansions require.
pub struct Includes<'a> {
    app: &'a App,
    selection: &'a FieldSelection,
    related: &'a Related,
    media: Vec<(String, Value)>,
    users: Vec<(UserId, Value)>,
    tweets: Vec<(TweetId, Value)>,
    polls: Vec<Value>,
    missing: Vec<Value>,
}

impl<'a> Includes<'a> {
    /// Starts empty. What the Tweets that will be added refer to has been loaded.
    pub fn new(app: &'a App, selection: &'a FieldSelection, related: &'a Related) -> Self {
        Self {
            app,
            selection,
            related,
            media: Vec::new(),
            users: Vec::new(),
            tweets: Vec::new(),
            polls: Vec::new(),
            missing: Vec::new(),
        }
    }

    /// Renders a Tweet, for `data`.
    pub fn tweet(&mut self, hydrated: &HydratedTweet) -> Value {
        let related = self.related;
        if self.selection.expands("entities.mentions.username") {
            related.mentioned(hydrated).iter().for_each(|user| self.add_user(user));
        }
        render::tweet::tweet(hydrated, &related.context(hydrated), self.selection)
    }

    /// Adds the objects that a Tweet refers to, as far as they are selected.
    pub fn add(&mut self, hydrated: &HydratedTweet) {
        let related = self.related;
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
                self.selection,
                self.app.now(),
            ));
        }
        if let (true, Some(user)) = (expands_parent_user, related.parent_author(hydrated)) {
            self.add_user(user);
        }
        if expands_history {
            self.add_tweet(hydrated);
        }
        if expands_referenced(self.selection) {
            for (id, referenced) in related.referenced(hydrated) {
                let Some(referenced) = referenced else {
                    self.add_missing_tweet(id);
                    continue;
                };
                self.add_tweet(referenced);
                if expands_referenced_author {
                    self.add_user(&referenced.author);
                }
            }
        }
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
                    render::media::media(&item.media, &item.variants, self.selection, public_url);
                self.media.push((key, value));
            }
        }
    }

    /// Adds a user.
    pub fn add_user(&mut self, user: &User) {
        if !self.users.iter().any(|(other, _)| *other == user.id) {
            self.users.push((user.id, render::user::user(user, None, self.selection)));
        }
    }

    /// Adds a Tweet.
    pub fn add_tweet(&mut self, hydrated: &HydratedTweet) {
        if self.tweets.iter().any(|(other, _)| *other == hydrated.tweet.id) {
            return;
        }
        let value = self.tweet(hydrated);
        self.tweets.push((hydrated.tweet.id, value));
    }

    /// Reports once that a Tweet which another refers to does not exist.
    fn add_missing_tweet(&mut self, id: TweetId) {
        let parameter = self.selection.key("referenced_tweets.id", "referenced_posts");
        let missing = not_found(self.app, "tweet", parameter, &id.to_string());
        if !self.missing.contains(&missing) {
            self.missing.push(missing);
        }
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
