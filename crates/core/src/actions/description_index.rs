//! Brings the index of descriptions up to date.

use crate::app::App;
use crate::error::Result;
use birdhouse_catalog::description_index::{IndexEntry, UnindexedDescription};
use birdhouse_domain::search_terms::IndexedDescription;
use tokio::task::spawn_blocking;

/// The most changes that are read for one write.
const BATCH: i64 = 64;

/// Indexes some of what was changed, oldest first; `false` if nothing is left.
pub async fn index_some(app: &App) -> Result<bool> {
    let batch = app.catalog.unindexed(BATCH).await?;
    if batch.descriptions.is_empty() {
        return Ok(false);
    }
    // A batch may have hundreds of thousands of characters.
    let descriptions = batch.descriptions.clone();
    let entries = spawn_blocking(move || descriptions.iter().map(entry).collect::<Vec<_>>());
    // If another server indexed meanwhile, what is left is read again.
    app.catalog.index(&batch, &entries.await?).await?;
    Ok(true)
}

fn entry(new: &UnindexedDescription) -> IndexEntry {
    let lint_level = 0;
    let indexed = IndexedDescription {
        owner: new.owner,
        lang: &new.lang,
        texts: [&new.alt_text, new.extended.as_deref().unwrap_or_default()],
        app: new.app,
        origin: new.origin,
        is_decorative: new.is_decorative,
        is_flagged: lint_level > 0,
    };
    IndexEntry { id: new.id, terms: indexed.terms(), lint_level }
}
