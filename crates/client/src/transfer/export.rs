//! All descriptions of one's media.

use super::rows::Row;
use crate::connection::Connection;
use crate::description::{self, DEFAULT_LANG};
use crate::error::Result;
use birdhouse_oauth::params::Params;
use futures_util::stream::{self, Stream, StreamExt, TryStreamExt};
use serde_json::Value;

/// The descriptions of all media of the user, newest media first, in every language; `all` may have
/// `filter`s. Media without one in the default language have a row without a text where undescribed ones
/// are asked for.
pub fn export<'a>(
    connection: &'a Connection,
    all: &'a Params,
) -> impl Stream<Item = Result<Row>> + 'a {
    let pages = connection.pages("/birdhouse/v1/media", "media", all);
    let media = pages.map_ok(|page| stream::iter(page.into_iter().map(Ok))).try_flatten();
    let has_blank = all.0.iter().any(|(_, filter)| filter.contains("undescribed"));
    let rows =
        media.map(move |one: Result<Value>| async move { rows(connection, one?, has_blank).await });
    rows.buffered(connection.parallel())
        .map_ok(|rows| stream::iter(rows.into_iter().map(Ok)))
        .try_flatten()
}

async fn rows(connection: &Connection, media: Value, has_blank: bool) -> Result<Vec<Row>> {
    let (id, url) = (media["media_id"].as_str().unwrap_or_default(), media["url"].as_str());
    let found = description::read(connection, id).await?;
    let descriptions = found["descriptions"].as_array().map(Vec::as_slice).unwrap_or_default();
    let mut rows: Vec<Row> = descriptions.iter().map(|one| Row::of(id, url, one)).collect();
    if has_blank && rows.iter().all(|row| row.lang != DEFAULT_LANG) {
        rows.insert(0, Row::of(id, url, &Value::Null));
    }
    Ok(rows)
}
