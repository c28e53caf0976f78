//! Brings the index of descriptions up to date.

use crate::app::App;
use crate::error::Result;
use birdhouse_catalog::description_index::{IndexEntry, UnindexedDescription};
use birdhouse_domain::alt_text_lint::{Level, Subject, lint};
use birdhouse_domain::search_terms::IndexedDescription;
use tokio::task::spawn_blocking;

/// The most changes that are read for one write.
const BATCH: i64 = 64;
/// Descriptions with a finding of this level, or a worse one, are flagged.
const FLAGGED: Level = Level::Warning;

/// Indexes some of what was changed, oldest first; `false` if nothing is left.
pub async fn index_some(app: &App) -> Result<bool> {
    let batch = app.catalog.unindexed(BATCH).await?;
    if batch.is_empty() {
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
    let worst = worst(new);
    let indexed = IndexedDescription {
        owner: new.owner,
        lang: &new.lang,
        texts: [&new.alt_text, new.extended.as_deref().unwrap_or_default()],
        app: new.app,
        origin: new.origin,
        is_decorative: new.is_decorative,
        is_flagged: worst >= Some(FLAGGED),
    };
    IndexEntry { id: new.id, terms: indexed.terms(), lint_level: worst.map_or(0, number) }
}

/// The level of the worst finding.
fn worst(new: &UnindexedDescription) -> Option<Level> {
    if new.alt_text.is_empty() {
        return None;
    }
    let subject = Subject { text: &new.alt_text, lang: Some(&new.lang), ..Subject::default() };
    lint(&subject).iter().map(|finding| finding.rule.level()).max()
}

fn number(level: Level) -> i64 {
    match level {
        Level::Info => 1,
        Level::Warning => 2,
        Level::Error => 3,
    }
}
