//! The same bytes are stored once. Before the older copy is relied on, it is read: bytes that were lost or
//! damaged are replaced by those in hand.

use crate::app::App;
use crate::error::Result;
use birdhouse_domain::StoredBlob;

/// Sees to it that rows which will refer to these bytes, stored a moment ago, find them: if an older
/// blob should be the same but is missing or damaged, every reference to it moves to the new one.
pub(super) async fn replace_lost_copy(app: &App, new: &StoredBlob) -> Result<()> {
    let Some((older, bytes)) = app.catalog.blob_with_hash(&new.hash).await? else { return Ok(()) };
    let (name, hash) = (older.clone(), new.hash);
    let difference = app.with_blobs(move |blobs| blobs.compare(&name, bytes, Some(&hash))).await?;
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
