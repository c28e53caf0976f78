//! Suggestions of others for the descriptions of one's media.

use crate::connection::Connection;
use crate::description::Description;
use crate::error::Result;
use birdhouse_oauth::params::Params;
use birdhouse_oauth::percent;
use futures_util::stream::TryStreamExt;
use serde_json::{Value, json};

const SUGGESTIONS: &str = "/birdhouse/v1/suggestions";

/// The open ones that others made for one's media, newest first, each as the server has it.
pub async fn open(connection: &Connection) -> Result<Vec<Value>> {
    list(connection, "received").await
}

/// The open ones that one made for media of others, newest first, each as the server has it.
pub async fn sent(connection: &Connection) -> Result<Vec<Value>> {
    list(connection, "sent").await
}

/// Suggests a description of a media of somebody else.
pub async fn suggest(
    connection: &Connection,
    media_id: &str,
    suggested: &Description,
) -> Result<Value> {
    let target = format!("/birdhouse/v1/media/{}/suggestions", percent::encode(media_id));
    let body = json!({
        "lang": suggested.lang(), "alt_text": suggested.alt_text, "extended": suggested.extended,
    });
    connection.send_json("POST", &target, &body).await
}

async fn list(connection: &Connection, which: &str) -> Result<Vec<Value>> {
    let mut query = Params::default();
    query.push("state", "open");
    query.push("box", which);
    connection.pages(SUGGESTIONS, "suggestions", &query).try_concat().await
}

/// Makes a suggestion the description; words of one's own replace those suggested.
pub async fn accept(
    connection: &Connection,
    id: &str,
    text: Option<&str>,
    extended: Option<&str>,
) -> Result<Value> {
    let body = match (text, extended) {
        (None, None) => json!({}),
        _ => json!({"alt_text": text, "extended": extended}),
    };
    decide(connection, id, "accept", &body).await
}

/// Declines a suggestion, and if `blocks` all further ones of its author.
pub async fn decline(connection: &Connection, id: &str, blocks: bool) -> Result<Value> {
    decide(connection, id, "decline", &json!({"block": blocks})).await
}

/// Blocks a user, which declines all that is open of theirs; returns how many suggestions that were.
/// Only somebody of whom a suggestion is open can be blocked.
pub async fn block(connection: &Connection, username: &str) -> Result<usize> {
    let name = username.trim_start_matches('@');
    let is_theirs = |one: &&Value| {
        one["author"]["username"].as_str().is_some_and(|author| author.eq_ignore_ascii_case(name))
    };
    let open = open(connection).await?;
    if let Some(one) = open.iter().find(is_theirs) {
        decline(connection, one["id"].as_str().unwrap_or_default(), true).await?;
    }
    Ok(open.iter().filter(is_theirs).count())
}

async fn decide(connection: &Connection, id: &str, decision: &str, body: &Value) -> Result<Value> {
    let target = format!("{SUGGESTIONS}/{}/{decision}", percent::encode(id));
    connection.send_json("POST", &target, body).await
}
