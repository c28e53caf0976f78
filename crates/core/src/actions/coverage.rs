//! How many of the caller's images and GIFs are described.

use crate::app::App;
use crate::error::Result;
pub use crate::memory::coverage::Coverage;
use crate::memory::views::BATCH;
pub use birdhouse_catalog::own_media::DescribedCount;
use birdhouse_domain::media::Media;
use birdhouse_domain::{AppId, Timestamp, UserCaller, UserId};
use std::collections::{BTreeMap, HashMap};
use std::sync::Arc;

/// How many media are read through at a time.
const PART: i64 = 5000;
/// How long the counts of very many media are good.
const LIFE_MS: i64 = 60 * Timestamp::SECOND;
/// How many of the most seen are listed.
const MOST_SEEN: i64 = 20;

/// Counts the caller's media. Of more than five thousand the counts may be a minute old.
pub async fn coverage(app: &App, caller: &UserCaller) -> Result<Arc<Coverage>> {
    let known = &app.memory.coverage;
    if let Some(coverage) = known.get(caller.user, app.now()) {
        return Ok(coverage);
    }
    // One after the other: they read a lot.
    let _turn = known.turn().await;
    if let Some(coverage) = known.get(caller.user, app.now()) {
        return Ok(coverage);
    }
    let (coverage, is_large) = count(app, caller.user).await?;
    let coverage = Arc::new(coverage);
    if is_large {
        known.keep(caller.user, app.now().plus(LIFE_MS), coverage.clone());
    }
    Ok(coverage)
}

async fn count(app: &App, owner: UserId) -> Result<(Coverage, bool)> {
    let now = app.now();
    let mut counts: BTreeMap<(i64, AppId), DescribedCount> = BTreeMap::new();
    let (mut next, mut parts) = (Some(i64::MAX), 0);
    while let Some(before) = next {
        next = app.catalog.end_of_part(owner, before, PART).await?;
        for part in app.catalog.count_described(owner, now, before, PART).await? {
            let sum = counts.entry((part.day, part.app)).or_insert(DescribedCount {
                total: 0,
                described: 0,
                decorative: 0,
                ..part
            });
            sum.total += part.total;
            sum.described += part.described;
            sum.decorative += part.decorative;
        }
        parts += 1;
    }
    let mut apps = HashMap::new();
    for (_, id) in counts.keys() {
        if !apps.contains_key(id) {
            let name = app.catalog.app(*id).await?.map(|found| found.name);
            apps.insert(*id, name.unwrap_or_default());
        }
    }
    Ok((Coverage { counts: counts.into_values().collect(), apps }, parts > 1))
}

/// The caller's media without description that were delivered most, with the approximate number of
/// deliveries while they were not described.
pub async fn most_seen_undescribed(app: &App, caller: &UserCaller) -> Result<Vec<(Media, i64)>> {
    let seen = app.catalog.most_seen_undescribed(caller.user, app.now(), MOST_SEEN).await?;
    let ids: Vec<_> = seen.iter().map(|(id, _)| *id).collect();
    let media = app.catalog.media_of_ids(&ids).await?.into_iter();
    let mut media: HashMap<_, _> = media.map(|media| (media.id, media)).collect();
    Ok(seen.into_iter().filter_map(|(id, views)| Some((media.remove(&id)?, views))).collect())
}

/// Stores the views that were counted in memory.
pub(crate) async fn store_views(app: &App) -> Result<()> {
    for some in app.memory.views.take().chunks(BATCH) {
        app.catalog.add_views(some).await?;
    }
    Ok(())
}
