//! Blobs: equal bytes are stored once, with a count of references.
//!
//! A new blob always has a new name. If its bytes are stored already, the rows refer to the older
//! blob and the new one becomes garbage, in one transaction: a blob whose last reference was released
//! is never referred to again, so that it can be deleted safely.

use crate::catalog::{Catalog, count, unsigned};
use crate::db::{Error, Row, Statement, sql};
use birdhouse_domain::{MediaId, StoredBlob};

/// Adds a reference to these bytes; if they are stored already, the new blob becomes garbage. Rows
/// then look up the name by the hash.
pub(crate) fn add_reference(new: &StoredBlob) -> Vec<Statement> {
    let (name, hash) = (new.name.as_str(), new.hash.to_vec());
    vec![
        sql(
            "INSERT INTO blobs (name, hash, bytes, refs) VALUES ($1, $2, $3, 1) \
             ON CONFLICT (hash) DO UPDATE SET refs = blobs.refs + 1",
            [name.into(), hash.into(), count(new.bytes)],
        ),
        sql(
            "INSERT INTO blob_garbage (blob) SELECT CAST($1 AS TEXT) \
             WHERE NOT EXISTS (SELECT 1 FROM blobs WHERE name = $1)",
            [name.into()],
        ),
    ]
}

/// Whether a row refers to the blob with this name.
macro_rules! referenced {
    ($name:literal) => {
        concat!(
            "(EXISTS (SELECT 1 FROM blobs WHERE blobs.name = ",
            $name,
            ") OR EXISTS (SELECT 1 FROM segments WHERE segments.blob = ",
            $name,
            ") OR EXISTS (SELECT 1 FROM media WHERE media.blob = ",
            $name,
            ") OR EXISTS (SELECT 1 FROM variants WHERE variants.blob = ",
            $name,
            "))"
        )
    };
}
pub(crate) use referenced;

/// Names of the blobs of a media; `$1` is its id.
macro_rules! blobs_of_media {
    () => {
        "(SELECT blob FROM media WHERE id = $1 UNION SELECT blob FROM variants WHERE media_id = $1)"
    };
}

/// The blob of one variant.
macro_rules! blob_of_variant {
    () => {
        "(SELECT blob FROM variants WHERE media_id = $1 AND name = $2 AND mime = $3)"
    };
}

/// Makes other writes about a media wait, so that the statements after this one see all that is
/// committed of it.
pub(crate) fn lock_media(media: MediaId) -> Statement {
    sql("UPDATE media SET revision = revision WHERE id = $1", [media.0.into()])
}

/// Releases every reference of a media and its variants, before their rows are deleted. Blobs
/// without another reference become garbage.
pub(crate) fn release(media: MediaId) -> Vec<Statement> {
    let statement = |text: &'static str| sql(text, [media.0.into()]);
    vec![
        lock_media(media),
        statement(concat!(
            "UPDATE blobs SET refs = refs \
             - (SELECT COUNT(*) FROM variants WHERE media_id = $1 AND blob = blobs.name) \
             - (SELECT COUNT(*) FROM media WHERE id = $1 AND blob = blobs.name) WHERE name IN ",
            blobs_of_media!()
        )),
        statement(concat!(
            "INSERT INTO blob_garbage (blob) SELECT blob FROM ",
            blobs_of_media!(),
            " AS released WHERE blob <> '' AND NOT EXISTS \
             (SELECT 1 FROM blobs WHERE name = released.blob AND refs > 0) ON CONFLICT DO NOTHING"
        )),
        statement(concat!("DELETE FROM blobs WHERE refs <= 0 AND name IN ", blobs_of_media!())),
    ]
}

/// Releases the reference of one variant and deletes its row; nothing if it does not exist. The media
/// must be locked.
pub(crate) fn release_variant(media: MediaId, name: &str, mime: &str) -> Vec<Statement> {
    let statement = |text: &'static str| sql(text, [media.0.into(), name.into(), mime.into()]);
    vec![
        statement(concat!("UPDATE blobs SET refs = refs - 1 WHERE name = ", blob_of_variant!())),
        statement(concat!(
            "INSERT INTO blob_garbage (blob) SELECT name FROM blobs WHERE refs = 0 AND name = ",
            blob_of_variant!(),
            " ON CONFLICT DO NOTHING"
        )),
        statement(concat!("DELETE FROM blobs WHERE refs = 0 AND name = ", blob_of_variant!())),
        statement("DELETE FROM variants WHERE media_id = $1 AND name = $2 AND mime = $3"),
    ]
}

/// How many names one statement compares.
pub const NAMES: usize = 20;

/// A row of the table of blobs.
#[derive(Clone, Debug)]
pub struct BlobRow {
    /// Its name.
    pub name: String,
    /// BLAKE3 of its bytes.
    pub hash: Vec<u8>,
    /// Its length in bytes.
    pub bytes: u64,
    /// The stored count of references.
    pub refs: i64,
}

fn read_row(row: &Row) -> Result<BlobRow, Error> {
    Ok(BlobRow {
        name: row.text(0)?.to_owned(),
        hash: row.bytes(1)?.to_vec(),
        bytes: unsigned(row.int(2)?),
        refs: row.int(3)?,
    })
}

/// The number of rows that refer to the blob of the current row.
macro_rules! actual_references {
    () => {
        "(SELECT COUNT(*) FROM media WHERE blob = blobs.name) \
         + (SELECT COUNT(*) FROM variants WHERE blob = blobs.name)"
    };
}

/// The rows that refer to a blob.
#[derive(Clone, Debug, Default)]
pub struct Referrers {
    /// Media whose original it is, at most a hundred.
    pub originals: Vec<MediaId>,
    /// Number of derived variants.
    pub derived: usize,
    /// Number of subtitles of videos, which somebody uploaded.
    pub subtitles: usize,
}

impl Catalog {
    /// Blobs whose name is greater than `after`, in the order of their names.
    pub async fn blob_rows(&self, after: &str, limit: i64) -> Result<Vec<BlobRow>, Error> {
        let text =
            "SELECT name, hash, bytes, refs FROM blobs WHERE name > $1 ORDER BY name LIMIT $2";
        let rows = self.db.query(text, vec![after.into(), limit.into()]).await?;
        rows.iter().map(read_row).collect()
    }

    /// The blob with this name.
    pub async fn blob_row(&self, name: &str) -> Result<Option<BlobRow>, Error> {
        let text = "SELECT name, hash, bytes, refs FROM blobs WHERE name = $1";
        let row = self.db.query_one(text, vec![name.into()]).await?;
        row.as_ref().map(read_row).transpose()
    }

    /// The blob that holds these bytes, by their BLAKE3: name and length.
    pub async fn blob_with_hash(&self, hash: &[u8; 32]) -> Result<Option<(String, u64)>, Error> {
        let text = "SELECT name, bytes FROM blobs WHERE hash = $1";
        let row = self.db.query_one(text, vec![hash.to_vec().into()]).await?;
        row.map(|row| Ok((row.text(0)?.to_owned(), unsigned(row.int(1)?)))).transpose()
    }

    /// Makes every row that refers to a lost blob refer to another one with the same bytes.
    /// `false` if the lost one is not referred to any more.
    pub async fn replace_blob(&self, lost: &str, name: &str) -> Result<bool, Error> {
        let statement = |text: &'static str| sql(text, [lost.into(), name.into()]);
        self.write(vec![
            statement("UPDATE blobs SET name = $2 WHERE name = $1").expect(1),
            statement("UPDATE media SET blob = $2 WHERE blob = $1"),
            statement("UPDATE variants SET blob = $2 WHERE blob = $1"),
        ])
        .await
    }

    /// Which of at most [`NAMES`] blobs nothing refers to, and are not garbage yet.
    pub async fn unreferenced(&self, names: &[String]) -> Result<Vec<String>, Error> {
        let text = concat!(
            "SELECT column1 FROM (VALUES (CAST($1 AS TEXT)), \
             ($2), ($3), ($4), ($5), ($6), ($7), ($8), ($9), ($10), ($11), ($12), ($13), ($14), \
             ($15), ($16), ($17), ($18), ($19), ($20)) AS given \
             WHERE column1 <> '' AND NOT ",
            referenced!("given.column1"),
            " AND NOT EXISTS (SELECT 1 FROM blob_garbage WHERE blob = given.column1)"
        );
        let given = names.iter().map(String::as_str).chain(std::iter::repeat("")).take(NAMES);
        let rows = self.db.query(text, given.map(Into::into).collect()).await?;
        rows.iter().map(|row| row.text(0).map(str::to_owned)).collect()
    }

    /// Names of blobs whose stored count of references is wrong, of those whose name is greater
    /// than `after` and at most `last`.
    pub async fn miscounted(&self, after: &str, last: &str) -> Result<Vec<String>, Error> {
        let text = concat!(
            "SELECT name FROM blobs WHERE name > $1 AND name <= $2 AND refs <> ",
            actual_references!()
        );
        let rows = self.db.query(text, vec![after.into(), last.into()]).await?;
        rows.iter().map(|row| row.text(0).map(str::to_owned)).collect()
    }

    /// Names that media or variants refer to, but that have no row here, at most `limit`.
    pub async fn names_without_row(&self, limit: i64) -> Result<Vec<String>, Error> {
        let text = "SELECT blob FROM media WHERE blob <> '' \
                    AND NOT EXISTS (SELECT 1 FROM blobs WHERE name = media.blob) \
                    UNION SELECT blob FROM variants \
                    WHERE NOT EXISTS (SELECT 1 FROM blobs WHERE name = variants.blob) LIMIT $1";
        let rows = self.db.query(text, vec![limit.into()]).await?;
        rows.iter().map(|row| row.text(0).map(str::to_owned)).collect()
    }

    /// Adds the row of a blob that media or variants refer to; if another blob has the same bytes, they
    /// refer to that one from now on.
    pub async fn restore_row(&self, blob: &StoredBlob) -> Result<bool, Error> {
        let (name, hash) = (blob.name.as_str(), blob.hash.to_vec());
        let moved = |text: &'static str| sql(text, [name.into(), hash.clone().into()]);
        self.write(vec![
            sql(
                "INSERT INTO blobs (name, hash, bytes, refs) VALUES ($1, $2, $3, 0) \
                 ON CONFLICT DO NOTHING",
                [name.into(), hash.clone().into(), count(blob.bytes)],
            ),
            moved("UPDATE media SET blob = (SELECT name FROM blobs WHERE hash = $2) WHERE blob = $1"),
            moved(
                "UPDATE variants SET blob = (SELECT name FROM blobs WHERE hash = $2) WHERE blob = $1",
            ),
            sql(
                concat!("UPDATE blobs SET refs = ", actual_references!(), " WHERE hash = $1"),
                [hash.clone().into()],
            ),
        ])
        .await
    }

    /// The rows that refer to a blob.
    pub async fn referrers(&self, name: &str) -> Result<Referrers, Error> {
        let text = "SELECT id FROM media WHERE blob = $1 ORDER BY id LIMIT 100";
        let rows = self.db.query(text, vec![name.into()]).await?;
        let originals = rows.iter().map(|row| row.int(0).map(MediaId)).collect::<Result<_, _>>()?;
        let text = "SELECT COUNT(CASE WHEN mime <> 'text/vtt' THEN 1 END), \
                    COUNT(CASE WHEN mime = 'text/vtt' THEN 1 END) FROM variants WHERE blob = $1";
        let Some(row) = self.db.query_one(text, vec![name.into()]).await? else {
            return Ok(Referrers { originals, ..Referrers::default() });
        };
        let (derived, subtitles) = (unsigned(row.int(0)?), unsigned(row.int(1)?));
        Ok(Referrers { originals, derived, subtitles })
    }

    /// Corrects the count of a blob's references; a blob without any becomes garbage.
    pub async fn recount(&self, name: &str) -> Result<bool, Error> {
        let statement = |text: &'static str| sql(text, [name.into()]);
        self.write(vec![
            // Waits for whoever adds or releases a reference, so that the next statement counts it.
            statement("UPDATE blobs SET refs = refs WHERE name = $1"),
            statement(concat!(
                "UPDATE blobs SET refs = ",
                actual_references!(),
                " WHERE name = $1"
            )),
            statement(
                "INSERT INTO blob_garbage (blob) SELECT name FROM blobs \
                 WHERE name = $1 AND refs = 0 ON CONFLICT DO NOTHING",
            ),
            statement("DELETE FROM blobs WHERE name = $1 AND refs = 0"),
        ])
        .await
    }
}
