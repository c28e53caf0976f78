//! The requests of an upload: v1.1 for OAuth 1.0a, and v2 for OAuth 2.0, which v1.1 does not accept.

use crate::connection::{Body, Connection, FilePart, Request};
use crate::error::{Error, Result};
use birdhouse_domain::MediaId;
use birdhouse_oauth::params::Params;
use serde_json::{Value, json};

const V1: &str = "/1.1/media/upload.json";
const V2: &str = "/2/media/upload";

/// What an upload will be.
pub(super) struct NewMedia<'a> {
    /// Length in bytes.
    pub(super) total_bytes: u64,
    /// Such as `video/mp4`.
    pub(super) mime: &'a str,
    /// Such as `tweet_video`.
    pub(super) category: &'a str,
}

/// A media as an answer describes it.
pub(super) struct Media {
    /// Its id.
    pub(super) id: String,
    /// Seconds until it expires unless it is Tweeted, if the server tells.
    pub(super) expires_after_secs: Option<i64>,
    /// `processing_info`, or null.
    pub(super) processing: Value,
}

/// Uploads a small image.
pub(super) async fn send_whole(
    connection: &Connection,
    category: &str,
    mut part: FilePart,
) -> Result<Media> {
    part.fields = vec![("media_category", category.to_owned())];
    let target = if connection.profile().is_bearer() { V2 } else { V1 };
    read(connection, post(connection, target, Body::File(part)).await?)
}

/// INIT.
pub(super) async fn begin(connection: &Connection, new: &NewMedia<'_>) -> Result<Media> {
    let answer = if connection.profile().is_bearer() {
        let body = json!({
            "total_bytes": new.total_bytes, "media_type": new.mime, "media_category": new.category,
        });
        post(connection, &format!("{V2}/initialize"), Body::Json(&body)).await?
    } else {
        let mut form = command("INIT");
        form.push("total_bytes", new.total_bytes.to_string());
        form.push("media_type", new.mime);
        form.push("media_category", new.category);
        connection.send_form(V1, &form).await?
    };
    read(connection, answer)
}

/// APPEND.
pub(super) async fn append(
    connection: &Connection,
    media_id: &str,
    index: u64,
    mut part: FilePart,
) -> Result<()> {
    part.fields = vec![("segment_index", index.to_string())];
    let target = if connection.profile().is_bearer() {
        format!("{V2}/{media_id}/append")
    } else {
        part.fields.push(("command", "APPEND".to_owned()));
        part.fields.push(("media_id", media_id.to_owned()));
        V1.to_owned()
    };
    post(connection, &target, Body::File(part)).await.map(drop)
}

/// FINALIZE, which may be repeated.
pub(super) async fn finalize(connection: &Connection, media_id: &str) -> Result<Media> {
    let answer = if connection.profile().is_bearer() {
        post(connection, &format!("{V2}/{media_id}/finalize"), Body::None).await?
    } else {
        let mut form = command("FINALIZE");
        form.push("media_id", media_id);
        connection.send_form(V1, &form).await?
    };
    read(connection, answer)
}

/// STATUS.
pub(super) async fn status(connection: &Connection, media_id: &str) -> Result<Media> {
    let path = if connection.profile().is_bearer() { V2 } else { V1 };
    let target = format!("{path}?command=STATUS&media_id={media_id}");
    read(connection, connection.get(&target).await?)
}

fn command(name: &str) -> Params {
    Params(vec![("command".to_owned(), name.to_owned())])
}

async fn post(connection: &Connection, target: &str, body: Body<'_>) -> Result<Value> {
    let request = Request { method: "POST", target, body };
    connection.send(&request).await.map(|answer| answer.json)
}

fn read(connection: &Connection, mut answer: Value) -> Result<Media> {
    let is_v2 = connection.profile().is_bearer();
    let (mut media, member) =
        if is_v2 { (answer["data"].take(), "id") } else { (answer, "media_id_string") };
    // It is printed, and stored: nothing else than an id may be there.
    let id = media[member].as_str().and_then(MediaId::parse).map(|id| id.to_string());
    let id = id.ok_or_else(|| Error::Unintelligible {
        url: connection.profile().url.clone(),
        what: format!("it has no {member}"),
    })?;
    let expires_after_secs = media["expires_after_secs"].as_i64();
    Ok(Media { id, expires_after_secs, processing: media["processing_info"].take() })
}
