//! Compares the catalog with the blob store: orphans, missing or damaged blobs, wrong counts. Safe
//! while a server runs: an orphan is at least an hour old, and no upload takes that long between its
//! blob and its row.

use crate::app::App;
use crate::blobs::{Blobs, Difference};
use crate::error::Result;
use birdhouse_catalog::blobs::{BlobRow, NAMES, Referrers};
use birdhouse_catalog::derived::LostVariants;
use birdhouse_catalog::jobs::NewJob;
use birdhouse_domain::{JobKind, Kind, MediaId};
use serde::Serialize;
use std::path::PathBuf;
use std::time::Duration;

/// A younger blob may belong to an upload whose row is not written yet.
pub const ORPHAN_AGE: Duration = Duration::from_hours(1);
/// Rows in one batch, between which requests come first.
const BATCH: i64 = 100;
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
    /// Number of affected derived variants, which are derived again.
    pub derived: usize,
    /// Number of affected subtitles, which cannot be repaired.
    pub subtitles: usize,
    /// Where a damaged blob was moved to.
    pub moved_to: Option<PathBuf>,
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
    /// Blobs that media refer to, but that have no row of their own, at most a hundred.
    pub without_row: u64,
    /// Missing or damaged blobs, at most a hundred.
    pub mismatches: Vec<Mismatch>,
    /// Total number of missing or damaged blobs.
    pub mismatched: u64,
}

impl Report {
    /// Whether there are no differences.
    pub fn is_clean(&self) -> bool {
        self.orphans + self.miscounted + self.without_row + self.mismatched == 0
    }
}

/// Compares everything; `progress` receives the number of blobs compared so far.
pub async fn reconcile(
    app: &App,
    options: ReconcileOptions,
    progress: impl Fn(u64),
) -> Result<Report> {
    let mut report = Report::default();
    for name in app.catalog.names_without_row(BATCH).await? {
        report.without_row += 1;
        if options.repair {
            restore_row(app, name).await?;
        }
    }
    let mut last = String::new();
    loop {
        let _permit = app.memory.permits.maintenance(&app.clock).await?;
        let known = app.catalog.blob_rows(&last, BATCH).await?;
        let Some(end) = known.last() else { break };
        // First: what a repair releases relies on the counts.
        for name in app.catalog.miscounted(&last, &end.name).await? {
            report.miscounted += 1;
            if options.repair {
                app.catalog.recount(&name).await?;
            }
        }
        last.clone_from(&end.name);
        for blob in known {
            compare(app, &blob, options, &mut report).await?;
            progress(report.blobs);
        }
    }
    report.orphans = orphans(app, options).await?;
    Ok(report)
}

/// Adds the row of a blob whose file is there; the row of one that is not stays away, as what refers to it
/// is not served.
async fn restore_row(app: &App, name: String) -> Result<()> {
    let found = app.with_blobs(move |blobs| blobs.stored(&name)).await?;
    if let Some(blob) = found {
        app.catalog.restore_row(&blob).await?;
    }
    Ok(())
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
    let twice = move |blobs: &Blobs| match blobs.compare(&name, bytes, hash.as_deref())? {
        None => Ok(None),
        // A disk or its cable may be at fault for once: what follows needs a second opinion.
        Some(_) => blobs.compare(&name, bytes, hash.as_deref()),
    };
    let difference = app.with_blobs(twice).await?;
    let Some(what) = difference else { return Ok(()) };
    let Referrers { originals, derived, subtitles } = app.catalog.referrers(&blob.name).await?;
    // Deleted together with its rows meanwhile.
    if originals.is_empty() && derived + subtitles == 0 {
        return Ok(());
    }
    let moved_to = if options.repair { repair(app, &blob.name, what).await? } else { None };
    report.mismatched += 1;
    if report.mismatches.len() < LISTED {
        let (blob, media) = (blob.name.clone(), originals.iter().map(MediaId::to_string).collect());
        report.mismatches.push(Mismatch { blob, what, media, derived, subtitles, moved_to });
    }
    Ok(())
}

/// Has what was derived and lost derived again, and moves a damaged blob aside, so that the next
/// upload of the same bytes repairs every media that has them. Returns where it was moved to.
async fn repair(app: &App, blob: &str, what: Difference) -> Result<Option<PathBuf>> {
    for id in app.catalog.media_with_derived(blob, i64::MAX).await? {
        let Some(media) = app.catalog.media(id).await? else { continue };
        let is_video = matches!(media.kind, Some(Kind::Video | Kind::AnimatedGif));
        // A video's variants depend on each other: all are derived again, but from its original
        // only. Without that, what is left is kept.
        let derives_all = is_video && is_intact(app, &media.blob).await?;
        let lost = LostVariants {
            media: id,
            blob: (!derives_all).then_some(blob),
            job: derives_all.then(|| NewJob {
                id: app.next_id(),
                kind: JobKind::ProcessVideo,
                at: app.now(),
            }),
        };
        app.catalog.delete_derived(lost).await?;
    }
    if what == Difference::Missing {
        return Ok(None);
    }
    let name = blob.to_owned();
    app.with_blobs(move |blobs| blobs.set_aside(&name)).await
}

async fn is_intact(app: &App, name: &str) -> Result<bool> {
    let Some(BlobRow { name, hash, bytes, .. }) = app.catalog.blob_row(name).await? else {
        return Ok(false);
    };
    Ok(app.with_blobs(move |b| b.compare(&name, bytes, Some(&hash))).await?.is_none())
}

/// Makes blobs without a reference garbage, if `options` say so; nothing else is repaired.
pub async fn delete_orphans(app: &App, options: ReconcileOptions) -> Result<u64> {
    if options.repair { orphans(app, options).await } else { Ok(0) }
}

/// Counts blobs without a reference; with `repair` they become garbage, which the sweep deletes.
async fn orphans(app: &App, options: ReconcileOptions) -> Result<u64> {
    let mut found = 0;
    for directory in app.blobs.directories() {
        let _permit = app.memory.permits.maintenance(&app.clock).await?;
        let age = options.orphan_age;
        let names = app.with_blobs(move |b| b.list_older_than(&directory, age)).await?;
        for names in names.chunks(NAMES) {
            let unreferenced = app.catalog.unreferenced(names).await?;
            found += unreferenced.len() as u64;
            if options.repair {
                app.catalog.add_garbage(&unreferenced).await?;
            }
        }
    }
    Ok(found)
}
