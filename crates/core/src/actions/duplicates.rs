//! The same bytes are stored once. Before the older copy is relied on, it is looked at: bytes that
//! were lost are replaced by those in hand.

use crate::app::App;
use crate::error::Result;
use birdhouse_domain::StoredBlob;

/// Sees to it that rows which will refer to these bytes, stored a moment ago, find them: if an older
/// blob has the same hash but is missing or of another length, every reference to it moves to the
/// new one.
pub(super) async fn replace_lost_copy(app: &App, new: &StoredBlob) -> Result<()> {
    let Some((older, bytes)) = app.catalog.blob_with_hash(&new.hash).await? else { return Ok(()) };
    let name = older.clone();
    let difference = app.with_blobs(move |blobs| blobs.compare(&name, bytes, None)).await?;
    let Some(difference) = difference else { return Ok(()) };
    if app.catalog.replace_blob(&older, &new.name).await? {
        tracing::warn!(
            blob = older,
            ?difference,
            "blob {older} was lost; an upload of the same bytes replaces it"
        );
    }
    Ok(())
}
