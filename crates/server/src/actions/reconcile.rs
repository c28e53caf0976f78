//! Compares the catalog with the blob store: files that nothing names, bytes that are missing or
//! damaged, counts that are wrong. Safe beside live traffic: a file is nobody's only if it has
//! been so for an hour, and no upload takes that long between its file and its row.

use crate::app::App;
use crate::error::{Error, Result};
use crate::store::blobs::KnownBlob;
use birdhouse_domain::MediaId;
use serde::Serialize;
use std::time::Duration;
use tokio::task::spawn_blocking;

/// A file younger than this may belong to an upload that is about to say so.
pub const ORPHAN_AGE: Duration = Duration::from_hours(1);
/// Rows in one go.
const BATCH: i64 = 500;
/// Names that a report lists; beyond that it counts.
const LISTED: usize = 100;

/// How thorough, and whether to mend.
#[derive(Clone, Copy, Debug)]
pub struct Wanted {
    /// Whether every byte is read and its hash compared.
    pub verify: bool,
    /// Whether to mend what can be mended: remove what nobody names, correct counts, and let
    /// damaged derived files be made again.
    pub repair: bool,
    /// Files younger than this are left alone.
    pub orphan_age: Duration,
}

/// A blob whose bytes are not those that the catalog promises.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Mismatch {
    /// Its name.
    pub blob: String,
    /// What is wrong.
    pub what: &'static str,
    /// Media whose originals are affected; those cannot be mended.
    pub media: Vec<String>,
    /// Derived files that are affected; those are made again when asked for.
    pub derived: usize,
}

/// What was found.
#[derive(Clone, Debug, Default, Serialize)]
pub struct Report {
    /// Blobs that the catalog knows.
    pub blobs: u64,
    /// Their bytes.
    pub bytes: u64,
    /// Files that nothing names.
    pub orphans: u64,
    /// Blobs whose count of names was wrong.
    pub miscounted: u64,
    /// Blobs that are missing or damaged, the first hundred.
    pub mismatches: Vec<Mismatch>,
    /// How many there are in all.
    pub mismatched: u64,
}

impl Report {
    /// Whether everything is as it should be.
    pub fn is_well(&self) -> bool {
        self.orphans + self.miscounted + self.mismatched == 0
    }
}

/// Looks at everything; `seen` is told how many blobs were looked at so far.
pub async fn reconcile(app: &App, wanted: Wanted, seen: impl Fn(u64)) -> Result<Report> {
    let mut report = Report::default();
    let mut last = String::new();
    loop {
        let known = app.store.known_blobs(&last, BATCH).await?;
        let Some(end) = known.last() else { break };
        last.clone_from(&end.name);
        for blob in known {
            look_at(app, &blob, wanted, &mut report).await?;
            seen(report.blobs);
        }
    }
    report.orphans = orphans(app, wanted).await?;
    Ok(report)
}

async fn look_at(app: &App, blob: &KnownBlob, wanted: Wanted, report: &mut Report) -> Result<()> {
    report.blobs += 1;
    report.bytes += blob.bytes;
    let (blobs, name) = (app.blobs.clone(), blob.name.clone());
    let (bytes, hash, verify) = (blob.bytes, blob.hash.clone(), wanted.verify);
    let look = spawn_blocking(move || blobs.compare(&name, bytes, verify.then_some(&hash[..])));
    let wrong = look.await.map_err(|e| Error::Broken(e.into()))??;
    if let Some(what) = wrong {
        let (media, derived) = app.store.who_names(&blob.name).await?;
        // Rows that went meanwhile took their bytes with them: nothing is wrong then.
        if media.is_empty() && derived == 0 {
            return Ok(());
        }
        report.mismatched += 1;
        if wanted.repair && derived > 0 {
            app.store.forget_derived(&blob.name).await?;
        }
        if report.mismatches.len() < LISTED {
            let media = media.iter().map(MediaId::to_string).collect();
            report.mismatches.push(Mismatch { blob: blob.name.clone(), what, media, derived });
        }
    }
    if app.store.is_miscounted(&blob.name).await? {
        report.miscounted += 1;
        if wanted.repair {
            app.store.recount(&blob.name).await?;
        }
    }
    Ok(())
}

/// Files that nothing names; with `repair` they become garbage, which the sweep removes.
async fn orphans(app: &App, wanted: Wanted) -> Result<u64> {
    let mut found = 0;
    for shard in app.blobs.shards() {
        let (blobs, age) = (app.blobs.clone(), wanted.orphan_age);
        let old = spawn_blocking(move || blobs.older_than(&shard, age));
        for name in old.await.map_err(|e| Error::Broken(e.into()))?? {
            if app.store.is_named(&name).await? {
                continue;
            }
            found += 1;
            if wanted.repair {
                app.store.add_garbage(&name).await?;
            }
        }
    }
    Ok(found)
}
