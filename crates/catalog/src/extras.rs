//! Variants that readers had derived beyond the usual ones, and that may be derived again.

use crate::blobs::{lock_media, release_variant};
use crate::catalog::{Catalog, unsigned};
use crate::db::{Error, Row};
use birdhouse_domain::MediaId;

/// What a file takes beside its bytes.
macro_rules! bytes_taken {
    () => {
        "(b.bytes + 16384)"
    };
}

/// An extra variant.
#[derive(Clone, Debug)]
pub struct Extra {
    /// Of which media.
    pub media: MediaId,
    /// Name of the size.
    pub name: String,
    /// Content type.
    pub mime: String,
    /// What it takes of the disk, about.
    pub bytes: u64,
}

fn read(row: &Row) -> Result<Extra, Error> {
    Ok(Extra {
        media: MediaId(row.int(0)?),
        name: row.text(1)?.to_owned(),
        mime: row.text(2)?.to_owned(),
        bytes: unsigned(row.int(3)?),
    })
}

impl Catalog {
    /// What all extra variants take of the disk together, in bytes, about.
    pub async fn extra_bytes(&self) -> Result<u64, Error> {
        let text = concat!(
            "SELECT CAST(COALESCE(SUM(",
            bytes_taken!(),
            "), 0) AS BIGINT) FROM variants AS v JOIN blobs AS b ON b.name = v.blob \
             WHERE v.extra_since IS NOT NULL"
        );
        let row = self.db.query_one(text, Vec::new()).await?;
        row.map_or(Ok(0), |row| row.int(0).map(unsigned))
    }

    /// The oldest extra variants, at most `limit`.
    pub async fn oldest_extras(&self, limit: i64) -> Result<Vec<Extra>, Error> {
        let text = concat!(
            "SELECT v.media_id, v.name, v.mime, ",
            bytes_taken!(),
            " FROM variants AS v JOIN blobs AS b ON b.name = v.blob \
             WHERE v.extra_since IS NOT NULL ORDER BY v.extra_since LIMIT $1"
        );
        self.db.query(text, vec![limit.into()]).await?.iter().map(read).collect()
    }

    /// Deletes an extra variant; its blob becomes garbage if nothing else refers to it.
    pub async fn delete_extra(&self, extra: &Extra) -> Result<bool, Error> {
        let mut statements = vec![lock_media(extra.media)];
        statements.extend(release_variant(extra.media, &extra.name, &extra.mime));
        self.write(statements).await
    }
}
