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
    /// from the table instead. Each call looks at the oldest rows only.
    pub async fn garbage(
        &self,
        now: Timestamp,
        grace: i64,
        limit: i64,
    ) -> Result<Vec<String>, Error> {
        let due = now.plus(-grace);
        self.write(vec![
            sql(
                concat!(
                    "DELETE FROM blob_garbage WHERE blob IN (SELECT blob FROM blob_garbage \
                     WHERE seen_at > 0 AND seen_at <= $1 ORDER BY seen_at LIMIT $2) AND ",
                    referenced!("blob_garbage.blob")
                ),
                [due.0.into(), limit.into()],
            ),
            sql("UPDATE blob_garbage SET seen_at = $1 WHERE seen_at = 0", [now.0.into()]),
            // A clock that was ahead must not keep them for ever.
            sql("UPDATE blob_garbage SET seen_at = $1 WHERE seen_at > $1", [now.0.into()]),
        ])
        .await?;
        // Rows that the first statement did not look at may be among these.
        let text = concat!(
            "SELECT blob FROM blob_garbage WHERE seen_at > 0 AND seen_at <= $1 AND NOT ",
            referenced!("blob_garbage.blob"),
            " ORDER BY seen_at LIMIT $2"
        );
        let rows = self.db.query(text, vec![due.0.into(), limit.into()]).await?;
        rows.iter().map(|row| row.text(0).map(str::to_owned)).collect()
    }

    /// Removes the rows of deleted blobs.
    pub async fn remove_garbage(&self, blobs: &[String]) -> Result<bool, Error> {
        let delete =
            |blob: &String| sql("DELETE FROM blob_garbage WHERE blob = $1", [blob.as_str().into()]);
        self.write(blobs.iter().map(delete).collect()).await
    }

    /// Puts blobs that could not be deleted behind all others.
    pub async fn postpone_garbage(&self, blobs: &[String], now: Timestamp) -> Result<bool, Error> {
        let postpone = |blob: &String| {
            let text = "UPDATE blob_garbage SET seen_at = $1 WHERE blob = $2";
            sql(text, [now.0.into(), blob.as_str().into()])
        };
        self.write(blobs.iter().map(postpone).collect()).await
    }

    /// Marks blobs that nothing refers to as garbage.
    pub async fn add_garbage(&self, blobs: &[String]) -> Result<bool, Error> {
        if blobs.is_empty() {
            return Ok(true);
        }
        let text = "INSERT INTO blob_garbage (blob) VALUES ($1) ON CONFLICT DO NOTHING";
        let add = |blob: &String| sql(text, [blob.as_str().into()]);
        self.write(blobs.iter().map(add).collect()).await
    }
}
