//! Lists that are answered in pages.

use super::Connection;
use crate::error::{Error, Result};
use birdhouse_oauth::params::Params;
use futures_util::stream::{self, Stream};
use serde_json::Value;

/// The most entries that a page may have.
const PAGE_ENTRIES: u32 = 100;

impl Connection {
    /// The entries in `member` of each page at `path`, page by page, as long as somebody reads on.
    pub fn pages<'a>(
        &'a self,
        path: &'a str,
        member: &'a str,
        query: &'a Params,
    ) -> impl Stream<Item = Result<Vec<Value>>> + 'a {
        let first = Some(String::new());
        stream::try_unfold(first, move |cursor| async move {
            let Some(cursor) = cursor else { return Ok(None) };
            let (sent, mut query) = (cursor.clone(), query.clone());
            query.push("limit", PAGE_ENTRIES.to_string());
            if !cursor.is_empty() {
                query.push("cursor", cursor);
            }
            let mut page = self.get(&format!("{path}?{}", query.print())).await?;
            let next = page["next_cursor"].as_str().map(str::to_owned);
            if next.as_ref().is_some_and(|next| !next.is_empty() && *next == sent) {
                return Err(Error::Unintelligible {
                    url: self.profile().url.clone(),
                    what: "its next page is the same again".to_owned(),
                });
            }
            let entries = match page[member].take() {
                Value::Array(entries) => entries,
                _ => Vec::new(),
            };
            Ok(Some((entries, next.filter(|next| !next.is_empty()))))
        })
    }
}
