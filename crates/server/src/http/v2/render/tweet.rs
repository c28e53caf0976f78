//! Tweets in the words of v2.

use super::super::fields::View;
use super::{moment, poll};
use crate::http::tweet_text::{Text, text_of};
use birdhouse_core::actions::tweets::{HydratedTweet, ReplyCounts, TweetMedia};
use birdhouse_domain::tweet_text;
use serde_json::{Map, Value, json};

/// What is known of a Tweet beside its own row.
#[derive(Clone, Debug, Default)]
pub struct TweetContext {
    /// How many Tweets reply to it, and how many quote it.
    pub counts: ReplyCounts,
    /// Title and description of its media, by their places, as members of `media_metadata`.
    pub media_metadata: Vec<Map<String, Value>>,
    /// Ids of the users whom it mentions, by their names in lower case.
    pub mentioned: Vec<(String, String)>,
}

/// A Tweet with the fields that are call for; `id`, `text` and its history of edits always.
pub fn tweet(shown: &HydratedTweet, context: &TweetContext, view: &View) -> Value {
    let (tweet, text) = (&shown.tweet, text_of(shown));
    let id = tweet.id.to_string();
    let mut all = Map::new();
    all.insert("id".to_owned(), json!(id));
    all.insert("text".to_owned(), json!(text.whole));
    let history = view.key("edit_history_tweet_ids", "edit_history_post_ids");
    all.insert(history.to_owned(), json!([id]));
    let mut put = |is_asked: bool, name: &str, value: Value| {
        if is_asked && !value.is_null() {
            all.insert(name.to_owned(), value);
        }
    };
    put(asks_attachments(view), "attachments", attachments(shown));
    put(
        view.tweet("author_id") || view.expands("author_id"),
        "author_id",
        json!(tweet.user.to_string()),
    );
    put(view.expands("username"), "username", json!(shown.author.screen_name));
    put(view.tweet("conversation_id"), "conversation_id", json!(tweet.conversation.to_string()));
    put(view.tweet("created_at"), "created_at", json!(moment(tweet.created_at)));
    let range = json!([0, text.body.chars().count()]);
    put(view.tweet("display_text_range"), "display_text_range", range);
    put(view.tweet("edit_controls"), "edit_controls", edit_controls(shown));
    put(asks_entities(view), "entities", entities(shown, &text, context));
    put(view.tweet("lang"), "lang", json!("und"));
    put(view.tweet("media_metadata"), "media_metadata", media_metadata(shown, context));
    put(view.tweet("possibly_sensitive"), "possibly_sensitive", json!(tweet.possibly_sensitive));
    put(view.tweet("public_metrics"), "public_metrics", metrics(context, view));
    let settings = match tweet.reply_settings.as_str() {
        "" => "everyone",
        other => other,
    };
    put(view.tweet("reply_settings"), "reply_settings", json!(settings));
    put(view.tweet("source"), "source", json!(tweet.app_name));
    let answered = tweet.in_reply_to.as_ref().map(|(_, user, _)| user.to_string());
    let asks_answered = view.tweet("in_reply_to_user_id") || view.expands("in_reply_to_user_id");
    put(asks_answered, "in_reply_to_user_id", json!(answered));
    let names = view.key("referenced_tweets", "referenced_posts");
    let asks_referenced = ["referenced_tweets", "referenced_posts"].iter().any(|n| view.tweet(n))
        || expands_referenced(view);
    put(asks_referenced, names, referenced(shown));
    Value::Object(all)
}

/// Whether the Tweets that a Tweet names are to be shown too.
pub fn expands_referenced(view: &View) -> bool {
    [
        "referenced_tweets.id",
        "referenced_posts.id",
        "referenced_posts",
        "referenced_tweets.id.author_id",
    ]
    .iter()
    .any(|name| view.expands(name))
}

/// Whether entities are looked at.
pub fn asks_entities(view: &View) -> bool {
    view.tweet("entities") || view.expands("entities.mentions.username")
}

fn asks_attachments(view: &View) -> bool {
    view.tweet("attachments")
        || view.expands("attachments.media_keys")
        || view.expands("attachments.poll_ids")
}

fn attachments(shown: &HydratedTweet) -> Value {
    let mut all = Map::new();
    if !shown.media.is_empty() {
        let keys: Vec<String> = shown.media.iter().map(|one| one.media.media_key()).collect();
        all.insert("media_keys".to_owned(), json!(keys));
    }
    if shown.tweet.poll.is_some() {
        all.insert("poll_ids".to_owned(), json!([poll::id(&shown.tweet)]));
    }
    if all.is_empty() { Value::Null } else { Value::Object(all) }
}

fn media_metadata(shown: &HydratedTweet, context: &TweetContext) -> Value {
    let one = |(place, one): (usize, &TweetMedia)| {
        let mut all = context.media_metadata.get(place).cloned().unwrap_or_default();
        all.insert("media_key".to_owned(), json!(one.media.media_key()));
        if let Some(text) = &one.media.alt_text {
            all.insert("alt_text".to_owned(), json!(text));
        }
        Value::Object(all)
    };
    if shown.media.is_empty() {
        return Value::Null;
    }
    shown.media.iter().enumerate().map(one).collect()
}

/// Nothing is edited here.
fn edit_controls(shown: &HydratedTweet) -> Value {
    let until = moment(shown.tweet.created_at);
    json!({"edits_remaining": 0, "is_edit_eligible": false, "editable_until": until})
}

fn metrics(context: &TweetContext, view: &View) -> Value {
    let ReplyCounts { replies, quotes } = context.counts;
    json!({
        view.key("retweet_count", "repost_count"): 0,
        "reply_count": replies,
        "like_count": 0,
        "quote_count": quotes,
        "bookmark_count": 0,
        "impression_count": 0,
    })
}

fn referenced(shown: &HydratedTweet) -> Value {
    let tweet = &shown.tweet;
    let answered = tweet.in_reply_to.as_ref().map(|(id, ..)| ("replied_to", *id));
    let quoted = tweet.quotes.map(|(id, _)| ("quoted", id));
    let all: Vec<Value> = [quoted, answered]
        .into_iter()
        .flatten()
        .map(|(kind, id)| json!({"type": kind, "id": id.to_string()}))
        .collect();
    if all.is_empty() { Value::Null } else { json!(all) }
}

fn entities(shown: &HydratedTweet, text: &Text, context: &TweetContext) -> Value {
    let found = tweet_text::extract_entities_escaped(&shown.tweet.text);
    let tag =
        |t: &tweet_text::Tag| json!({"start": t.indices.0, "end": t.indices.1, "tag": t.text});
    let mention = |m: &tweet_text::Mention| {
        let name = m.screen_name.to_ascii_lowercase();
        let id = context.mentioned.iter().find(|(known, _)| *known == name).map(|(_, id)| id);
        let mut all = json!({
            "start": m.indices.0, "end": m.indices.1, "username": m.screen_name});
        if let Some(id) = id {
            all["id"] = json!(id);
        }
        all
    };
    let url = |l: &tweet_text::Link| {
        json!({"start": l.indices.0, "end": l.indices.1, "url": l.url,
               "expanded_url": l.expanded_url, "display_url": l.display_url})
    };
    let mut urls: Vec<Value> = found.urls.iter().map(url).collect();
    urls.extend(shown.media.iter().map(|one| media_url(shown, one, text)));
    let lists = [
        ("hashtags", found.hashtags.iter().map(tag).collect::<Vec<_>>()),
        ("cashtags", found.symbols.iter().map(tag).collect()),
        ("mentions", found.mentions.iter().map(mention).collect()),
        ("urls", urls),
    ];
    let all: Map<String, Value> = lists
        .into_iter()
        .filter(|(_, list)| !list.is_empty())
        .map(|(name, list)| (name.to_owned(), json!(list)))
        .collect();
    if all.is_empty() { Value::Null } else { Value::Object(all) }
}

fn media_url(shown: &HydratedTweet, one: &TweetMedia, text: &Text) -> Value {
    let link = &text.link;
    let (name, id) = (&shown.author.screen_name, shown.tweet.id);
    let place = match one.media.kind {
        Some(birdhouse_domain::Kind::Video) => "video",
        _ => "photo",
    };
    json!({
        "start": link.indices.0,
        "end": link.indices.1,
        "url": link.url,
        "expanded_url": format!("https://twitter.com/{name}/status/{id}/{place}/1"),
        "display_url": link.url.replace("https://t.co/", "pic.twitter.com/"),
        "media_key": one.media.media_key(),
    })
}
