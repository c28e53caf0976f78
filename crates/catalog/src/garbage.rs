//! Garbage: blobs without a reference, to be deleted.

use crate::catalog::Catalog;
use crate::db::{Error, sql};

impl Catalog {
    /// Names of blobs to delete, at most `limit`.
    pub async fn garbage(&self, limit: i64) -> Result<Vec<String>, Error> {
        let text = "SELECT blob FROM blob_garbage LIMIT $1";
        let rows = self.db.query(text, vec![limit.into()]).await?;
        rows.iter().map(|row| row.text(0).map(str::to_owned)).collect()
    }

    /// Removes the rows of deleted blobs.
    pub async fn remove_garbage(&self, blobs: &[String]) -> Result<bool, Error> {
        let delete =
            |blob: &String| sql("DELETE FROM blob_garbage WHERE blob = $1", [blob.as_str().into()]);
        self.write(blobs.iter().map(delete).collect()).await
    }

    /// Marks a blob that no row refers to as garbage.
    pub async fn add_garbage(&self, blob: &str) -> Result<bool, Error> {
        let text = "INSERT INTO blob_garbage (blob) VALUES ($1) ON CONFLICT DO NOTHING";
        self.write(vec![sql(text, [blob.into()])]).await
    }
}
