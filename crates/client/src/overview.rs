//! What a user has described and what not: search and coverage.

use crate::connection::Connection;
use crate::error::Result;
use birdhouse_oauth::params::Params;
use futures_util::stream::TryStreamExt;
use serde_json::Value;
use std::pin::pin;

/// What is searched for.
#[derive(Clone, Debug, Default)]
pub struct Search {
    /// Words, all of which a description has; may be empty with a filter.
    pub words: String,
    /// Only descriptions in this language.
    pub lang: Option<String>,
    /// Only what all of these select, such as `undescribed` or `app:NAME`.
    pub filters: Vec<String>,
}

/// At most so many results, newest first, each as the server has it.
pub async fn search(connection: &Connection, search: &Search, limit: usize) -> Result<Vec<Value>> {
    let mut query = Params::default();
    query.push("q", &*search.words);
    if let Some(lang) = &search.lang {
        query.push("lang", &**lang);
    }
    for filter in &search.filters {
        query.push("filter", &**filter);
    }
    let mut pages = pin!(connection.pages("/birdhouse/v1/search", "results", &query));
    let mut results = Vec::new();
    while results.len() < limit
        && let Some(page) = pages.try_next().await?
    {
        results.extend(page);
    }
    results.truncate(limit);
    Ok(results)
}

/// How many media are described, by app and by month.
pub async fn coverage(connection: &Connection) -> Result<Value> {
    connection.get("/birdhouse/v1/coverage").await
}
