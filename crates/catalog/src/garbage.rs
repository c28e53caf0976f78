//! Blobs without any reference, waiting to be deleted.
//!
//! A row here is a suspicion only: it may have been written after a COMMIT whose answer was lost. A
//! blob is deleted when it has been here for a while and no row refers to it at that moment.

use crate::blobs::referenced;
use crate::catalog::Catalog;
use crate::db::{Error, sql};
use birdhouse_domain::Timestamp;

impl Catalog {
    /// Names of blobs to delete, at most `limit`: those that were first seen here at least `grace`
    /// milliseconds before `now`, and that nothing refers to. Blobs with a reference are removed
    /// from the table instead.
    pub async fn garbage(
        &self,
        now: Timestamp,
        grace: i64,
        limit: i64,
    ) -> Result<Vec<String>, Error> {
        self.write(vec![
            sql(concat!("DELETE FROM blob_garbage WHERE ", referenced!("blob_garbage.blob")), []),
            // A clock that was ahead must not keep them for ever.
            sql(
                "UPDATE blob_garbage SET seen_at = $1 WHERE seen_at = 0 OR seen_at > $1",
                [now.0.into()],
            ),
        ])
        .await?;
        let text = "SELECT blob FROM blob_garbage WHERE seen_at <= $1 LIMIT $2";
        let rows = self.db.query(text, vec![now.plus(-grace).0.into(), limit.into()]).await?;
        rows.iter().map(|row| row.text(0).map(str::to_owned)).collect()
    }

    /// Removes the rows of deleted blobs.
    pub async fn remove_garbage(&self, blobs: &[String]) -> Result<bool, Error> {
        let delete =
            |blob: &String| sql("DELETE FROM blob_garbage WHERE blob = $1", [blob.as_str().into()]);
        self.write(blobs.iter().map(delete).collect()).await
    }

    /// Marks a blob that nothing refers to as garbage.
    pub async fn add_garbage(&self, blob: &str) -> Result<bool, Error> {
        let text = "INSERT INTO blob_garbage (blob) VALUES ($1) ON CONFLICT DO NOTHING";
        self.write(vec![sql(text, [blob.into()])]).await
    }
}
