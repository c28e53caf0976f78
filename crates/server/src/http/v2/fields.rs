//! The fields and expansions that a client requests, in old or new names.
//!
//! The documented contract renamed Tweets to Posts in version 2.167. A request that uses a new name
//! gets the new keys, any other the old ones. Unknown values are ignored, as on the real service.

use crate::http::read::call::Call;

/// The names that a client uses.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Vocabulary {
    /// `tweet.fields`, `edit_history_tweet_ids`, `includes.tweets`.
    Tweets,
    /// `post.fields`, `edit_history_post_ids`, `includes.posts`.
    Posts,
}

/// The fields and expansions that a client requests.
#[derive(Clone, Debug)]
pub struct FieldSelection {
    tweet: Vec<String>,
    media: Vec<String>,
    user: Vec<String>,
    poll: Vec<String>,
    expansions: Vec<String>,
    /// The names that the client uses.
    pub vocabulary: Vocabulary,
}

/// Names that exist only in the new vocabulary.
const NEW_NAMES: [&str; 6] = [
    "referenced_posts",
    "referenced_posts.id",
    "edit_history_post_ids",
    "most_recent_post_id",
    "pinned_post_id",
    "username",
];

impl FieldSelection {
    /// Reads the selection from the query of a call.
    pub fn of(call: &Call) -> Self {
        let list = |names: &[&str]| -> Vec<String> {
            let values = names.iter().flat_map(|name| call.query.all(name));
            values.flat_map(|v| v.split(',')).map(|v| v.trim().to_owned()).collect()
        };
        let expansions = list(&["expansions"]);
        let user = list(&["user.fields"]);
        let post_fields = user.iter().filter(|name| name.ends_with("_post_id"));
        let is_new = call.query.get("post.fields").is_some()
            || expansions.iter().chain(post_fields).any(|name| NEW_NAMES.contains(&name.as_str()));
        Self {
            tweet: list(&["tweet.fields", "post.fields"]),
            media: list(&["media.fields"]),
            user,
            poll: list(&["poll.fields"]),
            expansions,
            vocabulary: if is_new { Vocabulary::Posts } else { Vocabulary::Tweets },
        }
    }

    /// Whether a field of Tweets is requested.
    pub fn has_tweet_field(&self, name: &str) -> bool {
        self.tweet.iter().any(|field| field == name)
    }

    /// Whether a field of media is requested.
    pub fn has_media_field(&self, name: &str) -> bool {
        self.media.iter().any(|field| field == name)
    }

    /// Whether a field of users is requested.
    pub fn has_user_field(&self, name: &str) -> bool {
        self.user.iter().any(|field| field == name)
    }

    /// Whether a field of polls is requested.
    pub fn has_poll_field(&self, name: &str) -> bool {
        self.poll.iter().any(|field| field == name)
    }

    /// Whether an expansion is requested.
    pub fn expands(&self, name: &str) -> bool {
        self.expansions.iter().any(|field| field == name)
    }

    /// The old or the new name of a key, as the client uses.
    pub fn key(&self, old: &'static str, new: &'static str) -> &'static str {
        match self.vocabulary {
            Vocabulary::Tweets => old,
            Vocabulary::Posts => new,
        }
    }
}
