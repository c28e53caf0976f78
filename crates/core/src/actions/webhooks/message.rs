//! What deliveries say: ids, and what the owner of the webhook wrote. Words that somebody else suggests are
//! read through the API, by those who may.

use super::Webhook;
use crate::app::App;
use crate::error::Result;
use birdhouse_catalog::deliveries::Delivery;
use birdhouse_domain::id::time_of;
use birdhouse_domain::{MediaId, Timestamp, TweetId, WebhookEvent};
use serde_json::{Value, json};

/// The JSON of a delivery about a media; `None` if there is nothing to tell any more.
pub(crate) async fn of(app: &App, media: MediaId, delivery: &Delivery) -> Result<Option<String>> {
    let told = match delivery.event {
        WebhookEvent::Described => described(app, media, delivery.about).await?,
        WebhookEvent::Suggested => suggested(app, delivery.about).await?,
        WebhookEvent::UndescribedTweeted => undescribed(app, TweetId(delivery.about)).await?,
    };
    Ok(told.map(|(at, data)| message(delivery.event.name(), at, &data)))
}

/// The JSON of a test.
pub(super) fn test(app: &App, webhook: &Webhook) -> String {
    message("test", app.now(), &json!({"webhook_id": webhook.id.to_string()}))
}

fn message(kind: &str, at: Timestamp, data: &Value) -> String {
    let at = jiff::Timestamp::from_millisecond(at.0).unwrap_or(jiff::Timestamp::UNIX_EPOCH);
    json!({"type": kind, "timestamp": format!("{at:.3}"), "data": data}).to_string()
}

async fn described(app: &App, media: MediaId, entry: i64) -> Result<Option<(Timestamp, Value)>> {
    let Some(entry) = app.catalog.description_entry(media, entry).await? else { return Ok(None) };
    let data = json!({
        "media_id": media.to_string(),
        "lang": entry.lang,
        "alt_text": Some(&entry.alt_text).filter(|text| !text.is_empty()),
        "extended": entry.extended,
        "decorative": entry.is_decorative,
        "removed": entry.is_removed(),
        "origin": entry.origin.name(),
        "author": {"id": entry.author.0.to_string(), "username": entry.author.1},
    });
    Ok(Some((entry.created_at, data)))
}

async fn suggested(app: &App, id: i64) -> Result<Option<(Timestamp, Value)>> {
    let Some(one) = app.catalog.suggestion(id).await? else { return Ok(None) };
    let author = one.author.as_ref();
    let data = json!({
        "suggestion_id": one.id.to_string(),
        "media_id": one.media.to_string(),
        "lang": one.lang,
        "origin": if author.is_some() { "suggested" } else { "generated" },
        "author": author.map(|(id, name)| json!({"id": id.to_string(), "username": name})),
    });
    Ok(Some((one.created_at, data)))
}

async fn undescribed(app: &App, tweet: TweetId) -> Result<Option<(Timestamp, Value)>> {
    let media = app.catalog.undescribed_media_of(tweet).await?;
    let ids: Vec<String> = media.iter().map(ToString::to_string).collect();
    let data = json!({"tweet_id": tweet.to_string(), "media_ids": ids});
    Ok(if ids.is_empty() { None } else { Some((time_of(tweet.0), data)) })
}
