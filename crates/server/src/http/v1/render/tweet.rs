//! Tweets in v1.1 JSON. Key order as recorded: created_at, id, id_str, text, truncated,
//! entities, extended_entities, source, in_reply_to_*, user, geo, …, lang.

use super::{created_at, media, user};
use crate::http::tweet_text::{RenderedText, render_text};
use birdhouse_core::actions::tweets::HydratedTweet;
use birdhouse_domain::tweet_text::{self, Entities};
use serde_json::{Map, Value, json};

/// Options of the client that control how Tweets are rendered.
#[derive(Clone, Copy, Debug, Default)]
#[expect(clippy::struct_excessive_bools, reason = "each is a documented parameter")]
pub struct TweetView {
    /// `tweet_mode=extended`.
    pub is_extended: bool,
    /// `include_ext_alt_text`.
    pub with_alt_text: bool,
    /// `trim_user`.
    pub is_trimmed: bool,
    /// `include_entities=false`.
    pub without_entities: bool,
    /// Whether the Tweet was just posted or deleted, and not read.
    pub is_written: bool,
}

/// Renders a Tweet.
pub fn tweet(hydrated: &HydratedTweet, view: TweetView, public_url: &str) -> Value {
    let (tweet, text) = (&hydrated.tweet, render_text(hydrated));
    let mut all = Map::new();
    let mut put = |key: &str, value: Value| {
        all.insert(key.to_owned(), value);
    };
    put("created_at", json!(created_at(tweet.created_at)));
    put("id", json!(tweet.id.0));
    put("id_str", json!(tweet.id.to_string()));
    put(if view.is_extended { "full_text" } else { "text" }, json!(text.full));
    put("truncated", json!(false));
    if view.is_extended {
        put("display_text_range", json!([0, text.body.chars().count()]));
    }
    if !view.without_entities {
        put("entities", entities(hydrated, &text, public_url));
    }
    if !hydrated.media.is_empty() {
        let items = media::all(hydrated, &text.link, public_url, view.with_alt_text);
        put("extended_entities", json!({"media": items}));
    }
    put("source", json!(source(&tweet.app_name, &tweet.app_url)));
    all.extend(reply(hydrated));
    let mut put = |key: &str, value: Value| {
        all.insert(key.to_owned(), value);
    };
    put("user", user::user(&hydrated.author, view.is_trimmed));
    for key in ["geo", "coordinates", "place", "contributors"] {
        put(key, Value::Null);
    }
    put("is_quote_status", json!(tweet.quotes.is_some()));
    if let Some((id, _)) = tweet.quotes {
        put("quoted_status_id", json!(id.0));
        put("quoted_status_id_str", json!(id.to_string()));
    }
    put("retweet_count", json!(0));
    put("favorite_count", json!(0));
    put("favorited", json!(false));
    put("retweeted", json!(false));
    if !hydrated.media.is_empty() || text.body.contains("://") {
        put("possibly_sensitive", json!(tweet.possibly_sensitive));
        // Recorded where Tweets are read, not where they are posted.
        if !view.is_written {
            put("possibly_sensitive_appealable", json!(false));
        }
    }
    put("lang", json!("und"));
    Value::Object(all)
}

fn reply(hydrated: &HydratedTweet) -> Map<String, Value> {
    let (tweet, user, name) = match &hydrated.tweet.in_reply_to {
        Some((tweet, user, name)) => (Some(tweet.0), Some(user.0), Some(name.as_str())),
        None => (None, None, None),
    };
    let fields = [
        ("in_reply_to_status_id", json!(tweet)),
        ("in_reply_to_status_id_str", json!(tweet.map(|id| id.to_string()))),
        ("in_reply_to_user_id", json!(user)),
        ("in_reply_to_user_id_str", json!(user.map(|id| id.to_string()))),
        ("in_reply_to_screen_name", json!(name)),
    ];
    fields.map(|(key, value)| (key.to_owned(), value)).into_iter().collect()
}

fn source(name: &str, url: &str) -> String {
    let [name, url] = [name, url].map(|text| tweet_text::escape_html(text).replace('"', "&quot;"));
    format!("<a href=\"{url}\" rel=\"nofollow\">{name}</a>")
}

fn entities(hydrated: &HydratedTweet, text: &RenderedText, public_url: &str) -> Value {
    let entities: Entities = tweet_text::extract_entities_escaped(&hydrated.tweet.text);
    let tags = |tags: &[tweet_text::Tag]| -> Value {
        tags.iter().map(|t| json!({"text": t.text, "indices": t.indices})).collect()
    };
    let mention = |m: &tweet_text::Mention| {
        json!({"screen_name": m.screen_name, "name": m.screen_name, "id": null, "id_str": null,
               "indices": m.indices})
    };
    let url = |l: &tweet_text::Link| {
        json!({"url": l.url, "expanded_url": l.expanded_url, "display_url": l.display_url,
               "indices": l.indices})
    };
    let mut entities_json = json!({
        "hashtags": tags(&entities.hashtags),
        "symbols": tags(&entities.symbols),
        "user_mentions": entities.mentions.iter().map(mention).collect::<Value>(),
        "urls": entities.urls.iter().map(url).collect::<Value>(),
    });
    // Recorded: the first media only, always as `photo`, and never with its alt text.
    if let Some(mut first) = media::first(hydrated, &text.link, public_url) {
        first["type"] = json!("photo");
        entities_json["media"] = json!([first]);
    }
    entities_json
}
