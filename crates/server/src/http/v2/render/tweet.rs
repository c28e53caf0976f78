//! Tweets in v2 JSON.

use super::super::fields::FieldSelection;
use super::{date_time, poll};
use crate::http::tweet_text::{RenderedText, render_text};
use birdhouse_core::actions::tweets::{HydratedTweet, ReplyCounts, TweetMedia};
use birdhouse_domain::{UserId, tweet_text};
use serde_json::{Map, Value, json};

/// Data about a Tweet from other tables.
#[derive(Clone, Debug, Default)]
pub struct TweetContext {
    /// Numbers of replies and quotes.
    pub counts: ReplyCounts,
    /// Title and description of each of its media, as members of `media_metadata`.
    pub media_metadata: Vec<Map<String, Value>>,
    /// The mentioned users that exist.
    pub mentioned_users: Vec<MentionedUser>,
}

/// A user whom a Tweet mentions.
#[derive(Clone, Debug)]
pub struct MentionedUser {
    /// The name in lower case.
    pub name: String,
    /// The id.
    pub id: UserId,
}

/// Renders a Tweet with the selected fields; `id`, `text` and the edit history always.
pub fn tweet(
    hydrated: &HydratedTweet,
    context: &TweetContext,
    selection: &FieldSelection,
) -> Value {
    let (tweet, text) = (&hydrated.tweet, render_text(hydrated));
    let id = tweet.id.to_string();
    let mut all = Map::new();
    // Recorded where Tweets are read: the edit history comes first.
    let history = selection.key("edit_history_tweet_ids", "edit_history_post_ids");
    all.insert(history.to_owned(), json!([id]));
    all.insert("id".to_owned(), json!(id));
    all.insert("text".to_owned(), json!(text.full));
    let mut put = |is_selected: bool, name: &str, value: Value| {
        if is_selected && !value.is_null() {
            all.insert(name.to_owned(), value);
        }
    };
    put(selects_attachments(selection), "attachments", attachments(hydrated));
    put(
        selection.has_tweet_field("author_id") || selection.expands("author_id"),
        "author_id",
        json!(tweet.user.to_string()),
    );
    put(selection.expands("username"), "username", json!(hydrated.author.screen_name));
    put(
        selection.has_tweet_field("conversation_id"),
        "conversation_id",
        json!(tweet.conversation.to_string()),
    );
    put(selection.has_tweet_field("created_at"), "created_at", json!(date_time(tweet.created_at)));
    let range = json!([0, text.body.chars().count()]);
    put(selection.has_tweet_field("display_text_range"), "display_text_range", range);
    put(selection.has_tweet_field("edit_controls"), "edit_controls", edit_controls(hydrated));
    put(selects_entities(selection), "entities", entities(hydrated, &text, context));
    put(selection.has_tweet_field("lang"), "lang", json!("und"));
    put(
        selection.has_tweet_field("media_metadata"),
        "media_metadata",
        media_metadata(hydrated, context),
    );
    put(
        selection.has_tweet_field("possibly_sensitive"),
        "possibly_sensitive",
        json!(tweet.possibly_sensitive),
    );
    put(selection.has_tweet_field("public_metrics"), "public_metrics", metrics(context, selection));
    let settings = match tweet.reply_settings.as_str() {
        "" => "everyone",
        other => other,
    };
    put(selection.has_tweet_field("reply_settings"), "reply_settings", json!(settings));
    put(selection.has_tweet_field("source"), "source", json!(tweet.app_name));
    let parent_user = tweet.in_reply_to.as_ref().map(|(_, user, _)| user.to_string());
    let selects_parent_user = selection.has_tweet_field("in_reply_to_user_id")
        || selection.expands("in_reply_to_user_id");
    put(selects_parent_user, "in_reply_to_user_id", json!(parent_user));
    let key = selection.key("referenced_tweets", "referenced_posts");
    let selects_references =
        ["referenced_tweets", "referenced_posts"].iter().any(|n| selection.has_tweet_field(n))
            || expands_referenced(selection);
    put(selects_references, key, referenced(hydrated));
    Value::Object(all)
}

/// Whether the Tweets that a Tweet refers to are to be included.
pub fn expands_referenced(selection: &FieldSelection) -> bool {
    [
        "referenced_tweets.id",
        "referenced_posts.id",
        "referenced_posts",
        "referenced_tweets.id.author_id",
    ]
    .iter()
    .any(|name| selection.expands(name))
}

/// Whether the entities are needed.
pub fn selects_entities(selection: &FieldSelection) -> bool {
    selection.has_tweet_field("entities") || selection.expands("entities.mentions.username")
}

fn selects_attachments(selection: &FieldSelection) -> bool {
    selection.has_tweet_field("attachments")
        || selection.expands("attachments.media_keys")
        || selection.expands("attachments.poll_ids")
}

fn attachments(hydrated: &HydratedTweet) -> Value {
    let mut all = Map::new();
    if !hydrated.media.is_empty() {
        let keys: Vec<String> = hydrated.media.iter().map(|one| one.media.media_key()).collect();
        all.insert("media_keys".to_owned(), json!(keys));
    }
    if hydrated.tweet.poll.is_some() {
        all.insert("poll_ids".to_owned(), json!([poll::id(&hydrated.tweet)]));
    }
    if all.is_empty() { Value::Null } else { Value::Object(all) }
}

fn media_metadata(hydrated: &HydratedTweet, context: &TweetContext) -> Value {
    let render = |(index, media): (usize, &TweetMedia)| {
        let mut all = context.media_metadata.get(index).cloned().unwrap_or_default();
        all.insert("media_key".to_owned(), json!(media.media.media_key()));
        if let Some(text) = &media.media.alt_text {
            all.insert("alt_text".to_owned(), json!(text));
        }
        Value::Object(all)
    };
    if hydrated.media.is_empty() {
        return Value::Null;
    }
    hydrated.media.iter().enumerate().map(render).collect()
}

/// Tweets cannot be edited.
fn edit_controls(hydrated: &HydratedTweet) -> Value {
    let until = date_time(hydrated.tweet.created_at);
    json!({"edits_remaining": 0, "is_edit_eligible": false, "editable_until": until})
}

fn metrics(context: &TweetContext, selection: &FieldSelection) -> Value {
    let ReplyCounts { replies, quotes } = context.counts;
    json!({
        selection.key("retweet_count", "repost_count"): 0,
        "reply_count": replies,
        "like_count": 0,
        "quote_count": quotes,
        "bookmark_count": 0,
        "impression_count": 0,
    })
}

fn referenced(hydrated: &HydratedTweet) -> Value {
    let tweet = &hydrated.tweet;
    let parent = tweet.in_reply_to.as_ref().map(|(id, ..)| ("replied_to", *id));
    let quoted = tweet.quotes.map(|(id, _)| ("quoted", id));
    let all: Vec<Value> = [quoted, parent]
        .into_iter()
        .flatten()
        .map(|(kind, id)| json!({"type": kind, "id": id.to_string()}))
        .collect();
    if all.is_empty() { Value::Null } else { json!(all) }
}

fn entities(hydrated: &HydratedTweet, text: &RenderedText, context: &TweetContext) -> Value {
    let entities = tweet_text::extract_entities_escaped(&hydrated.tweet.text);
    let tag =
        |t: &tweet_text::Tag| json!({"start": t.indices.0, "end": t.indices.1, "tag": t.text});
    let mention = |m: &tweet_text::Mention| {
        let name = m.screen_name.to_ascii_lowercase();
        let user = context.mentioned_users.iter().find(|user| user.name == name);
        let mut all = json!({
            "start": m.indices.0, "end": m.indices.1, "username": m.screen_name});
        if let Some(user) = user {
            all["id"] = json!(user.id.to_string());
        }
        all
    };
    let url = |l: &tweet_text::Link| {
        json!({"start": l.indices.0, "end": l.indices.1, "url": l.url,
               "expanded_url": l.expanded_url, "display_url": l.display_url})
    };
    let mut urls: Vec<Value> = entities.urls.iter().map(url).collect();
    urls.extend(hydrated.media.iter().map(|one| media_url(hydrated, one, text)));
    let lists = [
        ("hashtags", entities.hashtags.iter().map(tag).collect::<Vec<_>>()),
        ("cashtags", entities.symbols.iter().map(tag).collect()),
        ("mentions", entities.mentions.iter().map(mention).collect()),
        ("urls", urls),
    ];
    let all: Map<String, Value> = lists
        .into_iter()
        .filter(|(_, list)| !list.is_empty())
        .map(|(name, list)| (name.to_owned(), json!(list)))
        .collect();
    if all.is_empty() { Value::Null } else { Value::Object(all) }
}

fn media_url(hydrated: &HydratedTweet, one: &TweetMedia, text: &RenderedText) -> Value {
    let link = &text.link;
    let (name, id) = (&hydrated.author.screen_name, hydrated.tweet.id);
    let url_kind = match one.media.kind {
        Some(birdhouse_domain::Kind::Video) => "video",
        _ => "photo",
    };
    json!({
        "start": link.indices.0,
        "end": link.indices.1,
        "url": link.url,
        "expanded_url": format!("https://twitter.com/{name}/status/{id}/{url_kind}/1"),
        "display_url": link.url.replace("https://t.co/", "pic.twitter.com/"),
        "media_key": one.media.media_key(),
    })
}
