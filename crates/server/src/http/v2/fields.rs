//! What a client asks to see: fields and expansions, in the vocabulary that it uses.
//!
//! The documented contract was renamed from Tweets to Posts in its version 2.167, and both names
//! are answered: a request in the new ones gets the new keys, any other the old ones. Values that
//! nobody knows are left out (seen on the real service).

use crate::http::read::call::Call;

/// Which names a client uses.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Vocabulary {
    /// `tweet.fields`, `edit_history_tweet_ids`, `includes.tweets`.
    Tweets,
    /// `post.fields`, `edit_history_post_ids`, `includes.posts`.
    Posts,
}

/// What a client asks to see.
#[derive(Clone, Debug)]
pub struct View {
    tweet: Vec<String>,
    media: Vec<String>,
    user: Vec<String>,
    poll: Vec<String>,
    expansions: Vec<String>,
    /// Its names.
    pub vocabulary: Vocabulary,
}

/// Names that only the new vocabulary has.
const NEW_NAMES: [&str; 6] = [
    "referenced_posts",
    "referenced_posts.id",
    "edit_history_post_ids",
    "most_recent_post_id",
    "pinned_post_id",
    "username",
];

impl View {
    /// Reads it from the query.
    pub fn of(call: &Call) -> Self {
        let list = |names: &[&str]| -> Vec<String> {
            let values = names.iter().flat_map(|name| call.query.all(name));
            values.flat_map(|v| v.split(',')).map(|v| v.trim().to_owned()).collect()
        };
        let expansions = list(&["expansions"]);
        let user = list(&["user.fields"]);
        let recent = user.iter().filter(|one| one.ends_with("_post_id"));
        let is_new = call.query.get("post.fields").is_some()
            || expansions.iter().chain(recent).any(|one| NEW_NAMES.contains(&one.as_str()));
        Self {
            tweet: list(&["tweet.fields", "post.fields"]),
            media: list(&["media.fields"]),
            user,
            poll: list(&["poll.fields"]),
            expansions,
            vocabulary: if is_new { Vocabulary::Posts } else { Vocabulary::Tweets },
        }
    }

    /// Whether a field of Tweets is call for.
    pub fn tweet(&self, name: &str) -> bool {
        self.tweet.iter().any(|known| known == name)
    }

    /// Whether a field of media is call for.
    pub fn media(&self, name: &str) -> bool {
        self.media.iter().any(|known| known == name)
    }

    /// Whether a field of users is call for.
    pub fn user(&self, name: &str) -> bool {
        self.user.iter().any(|known| known == name)
    }

    /// Whether a field of polls is call for.
    pub fn poll(&self, name: &str) -> bool {
        self.poll.iter().any(|known| known == name)
    }

    /// Whether an expansion is call for.
    pub fn expands(&self, name: &str) -> bool {
        self.expansions.iter().any(|known| known == name)
    }

    /// The key of the old vocabulary, or of the new one.
    pub fn key(&self, old: &'static str, new: &'static str) -> &'static str {
        match self.vocabulary {
            Vocabulary::Tweets => old,
            Vocabulary::Posts => new,
        }
    }
}
