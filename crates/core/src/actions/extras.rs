//! Sizes and formats that readers had derived beyond the usual ones: anybody can ask for each of every
//! image, so the oldest are deleted, and derived again when requested.

use crate::app::App;
use crate::error::Result;

/// What they may take of the disk together, in bytes.
pub const EXTRAS_MAX_BYTES: u64 = 2 << 30;
/// Rows at a time, between which requests come first.
const BATCH: i64 = 100;

/// Deletes the oldest until they take no more than `limit` bytes.
pub async fn evict(app: &App, limit: u64) -> Result<()> {
    let mut excess = app.catalog.extra_bytes().await?.saturating_sub(limit);
    while excess > 0 {
        let _permit = app.memory.permits.maintenance(&app.clock).await?;
        let oldest = app.catalog.oldest_extras(BATCH).await?;
        if oldest.is_empty() {
            return Ok(());
        }
        for extra in oldest {
            if excess == 0 {
                break;
            }
            app.catalog.delete_extra(&extra).await?;
            excess = excess.saturating_sub(extra.bytes);
        }
    }
    Ok(())
}
