//! All descriptions of one's media.

use super::rows::Row;
use crate::connection::Connection;
use crate::description;
use crate::error::Result;
use birdhouse_oauth::params::Params;
use futures_util::stream::{self, Stream, StreamExt, TryStreamExt};
use serde_json::Value;

/// The descriptions of all media of the user, newest media first, in every language.
pub fn export<'a>(
    connection: &'a Connection,
    all: &'a Params,
) -> impl Stream<Item = Result<Row>> + 'a {
    let pages = connection.pages("/birdhouse/v1/media", "media", all);
    let media = pages.map_ok(|page| stream::iter(page.into_iter().map(Ok))).try_flatten();
    let rows = media.map(move |one: Result<Value>| async move { rows(connection, one?).await });
    rows.buffered(connection.parallel())
        .map_ok(|rows| stream::iter(rows.into_iter().map(Ok)))
        .try_flatten()
}

async fn rows(connection: &Connection, media: Value) -> Result<Vec<Row>> {
    let id = media["media_id"].as_str().unwrap_or_default();
    let found = description::read(connection, id).await?;
    let descriptions = found["descriptions"].as_array().map(Vec::as_slice).unwrap_or_default();
    Ok(descriptions.iter().map(|one| Row::of(id, one)).collect())
}
