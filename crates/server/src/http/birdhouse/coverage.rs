//! `GET /birdhouse/v1/coverage`: how many of one's own media are described.

use super::render;
use crate::http::delivery::image_url;
use crate::http::read::call::Call;
use axum::http::StatusCode;
use axum::response::Response;
use birdhouse_core::actions::coverage::{self, Coverage, DescribedCount};
use birdhouse_core::error::Result;
use birdhouse_domain::{AppId, Timestamp};
use serde_json::{Value, json};
use std::collections::BTreeMap;

/// Milliseconds of a day.
const DAY_MS: i64 = 86400 * Timestamp::SECOND;

/// Sums of counts.
#[derive(Clone, Copy, Debug, Default)]
struct Sum {
    total: i64,
    described: i64,
    decorative: i64,
}

impl Sum {
    fn add(&mut self, count: &DescribedCount) {
        self.total += count.total;
        self.described += count.described;
        self.decorative += count.decorative;
    }
}

/// Counts by app and by month.
pub(super) async fn coverage(call: Call) -> Result<Response> {
    let caller = call.caller.user()?;
    let counted = coverage::coverage(&call.app, caller).await?;
    let url = &call.app.config.public_url;
    let seen = coverage::most_seen_undescribed(&call.app, caller).await?;
    let seen = seen.iter().map(|(media, views)| {
        json!({"media_id": media.id.to_string(), "views": views, "url": image_url(media, url)})
    });
    let mut value = counts(&counted);
    value["most_seen_undescribed"] = seen.collect();
    render::json(StatusCode::OK, &value)
}

fn counts(coverage: &Coverage) -> Value {
    let mut all = Sum::default();
    let mut apps: BTreeMap<AppId, Sum> = BTreeMap::new();
    let mut months: BTreeMap<String, Sum> = BTreeMap::new();
    for count in &coverage.counts {
        all.add(count);
        apps.entry(count.app).or_default().add(count);
        months.entry(month(count.day)).or_default().add(count);
    }
    let by_app = apps.iter().map(|(id, sum)| {
        let name = coverage.apps.get(id);
        let app = json!({"id": id.to_string(), "name": name});
        json!({"app": app, "total": sum.total, "described": sum.described})
    });
    let by_month = months.iter().map(
        |(month, sum)| json!({"month": month, "total": sum.total, "described": sum.described}),
    );
    json!({
        "total": all.total,
        "described": all.described,
        "decorative": all.decorative,
        "undescribed": all.total - all.described,
        "by_app": by_app.collect::<Vec<_>>(),
        "by_month": by_month.collect::<Vec<_>>(),
    })
}

/// The month of a day since 1970, such as `2026-01`.
fn month(day: i64) -> String {
    let at = jiff::Timestamp::from_millisecond(day.saturating_mul(DAY_MS));
    at.unwrap_or(jiff::Timestamp::UNIX_EPOCH).strftime("%Y-%m").to_string()
}
