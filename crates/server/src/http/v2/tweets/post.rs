//! `POST /2/tweets`: posts a Tweet. Documented: 201 with its id and its text.

use super::super::{input, json, schemas};
use crate::http::read::call::Call;
use crate::http::reminder;
use crate::http::tweet_text::render_text;
use axum::http::StatusCode;
use axum::response::Response;
use birdhouse_core::actions::tweets::{self, Draft};
use birdhouse_core::error::Result;
use birdhouse_domain::{Fault, MediaId, Poll, TweetId, UserId};
use serde_json::{Value, json};

/// Posts a Tweet.
pub async fn handle(call: Call) -> Result<Response> {
    let body = input::body(&call, &schemas::POST).await?;
    let draft = draft(&body)?;
    let posted = tweets::post(&call.app, call.caller.user()?, draft).await?;
    let id = posted.tweet.tweet.id.to_string();
    let text = render_text(&posted.tweet).full;
    let data = json!({"id": id, "text": text, "edit_history_tweet_ids": [id]});
    let response = json(StatusCode::CREATED, &json!({"data": data}))?;
    Ok(reminder::add(response, &posted.lacks))
}

fn draft(body: &Value) -> Result<Draft> {
    let ids = |list: &Value| -> Vec<String> {
        let mut ids: Vec<String> = Vec::new();
        for id in list.as_array().into_iter().flatten().filter_map(Value::as_str) {
            if !ids.iter().any(|other| other == id) {
                ids.push(id.to_owned());
            }
        }
        ids
    };
    let tweet = |value: &Value| value.as_str().map(|id| TweetId::parse(id).unwrap_or(TweetId(0)));
    if body.get("edit_options").is_some() {
        return Err(Fault::EditNotPossible.into());
    }
    let exclusive = ["media", "poll", "quote_tweet_id", "card_uri", "direct_message_deep_link"];
    if exclusive.iter().filter(|name| body.get(**name).is_some()).count() > 1 {
        return Err(Fault::TweetPartsExclusive.into());
    }
    let media = ids(&body["media"]["media_ids"]).iter().map(|id| read_media(id)).collect();
    let tagged = ids(&body["media"]["tagged_user_ids"]).iter().map(|id| read_user(id)).collect();
    let text = |value: &Value| value.as_str().unwrap_or_default().to_owned();
    let settings = match &body["reply_settings"] {
        Value::Null => &body["poll"]["reply_settings"],
        settings => settings,
    };
    Ok(Draft {
        text: text(&body["text"]),
        media,
        in_reply_to: tweet(&body["reply"]["in_reply_to_tweet_id"]),
        must_find_parent: true,
        media_metadata: ["title", "description"]
            .into_iter()
            .filter_map(|name| Some((name, body["media"].get(name)?.to_string())))
            .collect(),
        quotes: tweet(&body["quote_tweet_id"]),
        tagged,
        poll: body.get("poll").map(poll),
        reply_settings: text(settings),
        possibly_sensitive: false,
    })
}

fn poll(body: &Value) -> Poll {
    let options = body["options"].as_array().into_iter().flatten().filter_map(Value::as_str);
    Poll {
        options: options.map(str::to_owned).collect(),
        minutes: body["duration_minutes"].as_i64().unwrap_or_default(),
    }
}

// 19 digits may exceed the range of ids; 0 is the id of nothing.

fn read_media(id: &str) -> MediaId {
    MediaId::parse(id).unwrap_or(MediaId(0))
}

fn read_user(id: &str) -> UserId {
    UserId::parse(id).unwrap_or(UserId(0))
}
