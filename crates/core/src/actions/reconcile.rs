//! Compares the catalog with the blob store: orphans, missing or damaged blobs, wrong counts. Safe
//! while a server runs: an orphan is at least an hour old, and no upload takes that long between its
//! blob and its row.

use crate::app::App;
use crate::blobs::Difference;
use crate::error::Result;
use birdhouse_catalog::blobs::BlobRow;
use birdhouse_domain::MediaId;
use serde::Serialize;
use std::time::Duration;

/// A younger blob may belong to an upload whose row is not written yet.
pub const ORPHAN_AGE: Duration = Duration::from_hours(1);
/// Rows in one batch.
const BATCH: i64 = 500;
/// Maximum number of listed mismatches; beyond that they are only counted.
const LISTED: usize = 100;

/// How thorough to be, and whether to repair.
#[derive(Clone, Copy, Debug)]
pub struct ReconcileOptions {
    /// Whether to read every blob and compare its hash.
    pub verify: bool,
    /// Whether to repair what can be repaired: delete orphans, correct counts, and have damaged
    /// variants derived again.
    pub repair: bool,
    /// Minimum age of an orphan.
    pub orphan_age: Duration,
}

/// A blob that is missing or damaged.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Mismatch {
    /// Its name.
    pub blob: String,
    /// What is wrong.
    pub what: Difference,
    /// Media whose originals are affected, which cannot be repaired.
    pub media: Vec<String>,
    /// Number of affected variants, which are derived again when requested.
    pub derived: usize,
}

/// The result of a comparison.
#[derive(Clone, Debug, Default, Serialize)]
pub struct Report {
    /// Blobs in the catalog.
    pub blobs: u64,
    /// Their bytes.
    pub bytes: u64,
    /// Blobs without a reference.
    pub orphans: u64,
    /// Blobs with a wrong count of references.
    pub miscounted: u64,
    /// Missing or damaged blobs, at most a hundred.
    pub mismatches: Vec<Mismatch>,
    /// Total number of missing or damaged blobs.
    pub mismatched: u64,
}

impl Report {
    /// Whether there are no differences.
    pub fn is_clean(&self) -> bool {
        self.orphans + self.miscounted + self.mismatched == 0
    }
}

/// Compares everything; `progress` receives the number of blobs compared so far.
pub async fn reconcile(
    app: &App,
    options: ReconcileOptions,
    progress: impl Fn(u64),
) -> Result<Report> {
    let mut report = Report::default();
    let mut last = String::new();
    loop {
        let known = app.catalog.blob_rows(&last, BATCH).await?;
        let Some(end) = known.last() else { break };
        last.clone_from(&end.name);
        for blob in known {
            compare(app, &blob, options, &mut report).await?;
            progress(report.blobs);
        }
    }
    report.orphans = orphans(app, options).await?;
    Ok(report)
}

async fn compare(
    app: &App,
    blob: &BlobRow,
    options: ReconcileOptions,
    report: &mut Report,
) -> Result<()> {
    report.blobs += 1;
    report.bytes += blob.bytes;
    let (name, bytes) = (blob.name.clone(), blob.bytes);
    let hash = options.verify.then(|| blob.hash.clone());
    let difference = app.with_blobs(move |b| b.compare(&name, bytes, hash.as_deref())).await?;
    if let Some(what) = difference {
        let referrers = app.catalog.referrers(&blob.name).await?;
        let derived = referrers.variants;
        // Deleted together with its rows meanwhile.
        if referrers.originals.is_empty() && derived == 0 {
            return Ok(());
        }
        report.mismatched += 1;
        if options.repair && derived > 0 {
            app.catalog.delete_variants(&blob.name).await?;
        }
        if options.repair && what != Difference::Missing {
            // The next upload of the same bytes then repairs every media that has them.
            let name = blob.name.clone();
            app.with_blobs(move |blobs| blobs.set_aside(&name)).await?;
        }
        if report.mismatches.len() < LISTED {
            let media = referrers.originals.iter().map(MediaId::to_string).collect();
            report.mismatches.push(Mismatch { blob: blob.name.clone(), what, media, derived });
        }
    }
    if app.catalog.is_miscounted(&blob.name).await? {
        report.miscounted += 1;
        if options.repair {
            app.catalog.recount(&blob.name).await?;
        }
    }
    Ok(())
}

/// Makes blobs without a reference garbage, if `options` say so; nothing else is repaired.
pub async fn delete_orphans(app: &App, options: ReconcileOptions) -> Result<u64> {
    if options.repair { orphans(app, options).await } else { Ok(0) }
}

/// Counts blobs without a reference; with `repair` they become garbage, which the sweep deletes.
async fn orphans(app: &App, options: ReconcileOptions) -> Result<u64> {
    let mut found = 0;
    for folder in app.blobs.folders() {
        let age = options.orphan_age;
        for name in app.with_blobs(move |b| b.list_older_than(&folder, age)).await? {
            if app.catalog.is_referenced(&name).await? {
                continue;
            }
            found += 1;
            if options.repair {
                app.catalog.add_garbage(&name).await?;
            }
        }
    }
    Ok(found)
}
