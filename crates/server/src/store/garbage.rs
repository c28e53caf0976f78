//! Blobs that nothing names any more.

use super::Store;
use crate::db::{Error, sql};

impl Store {
    /// Names of blobs to delete, at most `limit`.
    pub async fn garbage(&self, limit: i64) -> Result<Vec<String>, Error> {
        let text = "SELECT blob FROM blob_garbage LIMIT $1";
        let rows = self.db.query(text, vec![limit.into()]).await?;
        rows.iter().map(|row| row.text(0).map(str::to_owned)).collect()
    }

    /// Forgets blobs that are deleted.
    pub async fn forget_garbage(&self, blobs: &[String]) -> Result<bool, Error> {
        let forget =
            |blob: &String| sql("DELETE FROM blob_garbage WHERE blob = $1", [blob.as_str().into()]);
        self.done(blobs.iter().map(forget).collect()).await
    }

    /// Names a blob that was written for nothing, so that it is deleted.
    pub async fn add_garbage(&self, blob: &str) -> Result<bool, Error> {
        let text = "INSERT INTO blob_garbage (blob) VALUES ($1) ON CONFLICT DO NOTHING";
        self.done(vec![sql(text, [blob.into()])]).await
    }
}
