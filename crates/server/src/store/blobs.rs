//! Bytes that are kept once however many media have them, counted by who names them.
//!
//! A new file always gets a name of its own. If the same bytes are there already, the rows name
//! the older file and the new one becomes garbage, in one transaction: a file whose last name
//! went is never named again, so deleting it harms nobody.

use super::{Store, count, unsigned};
use crate::db::{Error, Statement, sql};
use birdhouse_domain::MediaId;

/// A file that was just placed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct NewBlob {
    /// Its name.
    pub name: String,
    /// BLAKE3 of its bytes.
    pub hash: [u8; 32],
    /// How many bytes.
    pub bytes: u64,
}

/// Counts one more name for these bytes; the new file goes if they are there already. Rows then
/// find the name by the hash.
pub(super) fn hold(new: &NewBlob) -> Vec<Statement> {
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

/// Names of the blobs of a media; `$1` is its id.
macro_rules! named {
    () => {
        "(SELECT blob FROM media WHERE id = $1 UNION SELECT blob FROM variants WHERE media_id = $1)"
    };
}

/// The blob of one variant.
macro_rules! one_variant {
    () => {
        "(SELECT blob FROM variants WHERE media_id = $1 AND name = $2 AND mime = $3)"
    };
}

/// Takes back every name that a media and its variants give, before their rows go. Bytes that
/// nobody else names become garbage.
pub(super) fn let_go(media: MediaId) -> Vec<Statement> {
    let statement = |text: &'static str| sql(text, [media.0.into()]);
    vec![
        statement(concat!(
            "UPDATE blobs SET refs = refs \
             - (SELECT COUNT(*) FROM variants WHERE media_id = $1 AND blob = blobs.name) \
             - (SELECT COUNT(*) FROM media WHERE id = $1 AND blob = blobs.name) WHERE name IN ",
            named!()
        )),
        statement(concat!(
            "INSERT INTO blob_garbage (blob) SELECT blob FROM ",
            named!(),
            " AS gone WHERE blob <> '' AND NOT EXISTS \
             (SELECT 1 FROM blobs WHERE name = gone.blob AND refs > 0) ON CONFLICT DO NOTHING"
        )),
        statement(concat!("DELETE FROM blobs WHERE refs <= 0 AND name IN ", named!())),
    ]
}

/// Takes back the name that one variant gives; nothing if it is not there.
pub(super) fn let_go_variant(media: MediaId, name: &str, mime: &str) -> Vec<Statement> {
    let statement = |text: &'static str| sql(text, [media.0.into(), name.into(), mime.into()]);
    vec![
        statement(concat!("UPDATE blobs SET refs = refs - 1 WHERE name = ", one_variant!())),
        statement(concat!(
            "INSERT INTO blob_garbage (blob) SELECT name FROM blobs WHERE refs = 0 AND name = ",
            one_variant!(),
            " ON CONFLICT DO NOTHING"
        )),
        statement(concat!("DELETE FROM blobs WHERE refs = 0 AND name = ", one_variant!())),
        statement("DELETE FROM variants WHERE media_id = $1 AND name = $2 AND mime = $3"),
    ]
}

/// A file that the catalog knows.
#[derive(Clone, Debug)]
pub struct KnownBlob {
    /// Its name.
    pub name: String,
    /// BLAKE3 of its bytes.
    pub hash: Vec<u8>,
    /// How many bytes.
    pub bytes: u64,
    /// How many rows name it, as counted.
    pub refs: i64,
}

/// How many rows name the blob of the row at hand.
macro_rules! counted {
    () => {
        "(SELECT COUNT(*) FROM media WHERE blob = blobs.name) \
         + (SELECT COUNT(*) FROM variants WHERE blob = blobs.name)"
    };
}

impl Store {
    /// Blobs in the order of their names, from after `after`.
    pub async fn known_blobs(&self, after: &str, limit: i64) -> Result<Vec<KnownBlob>, Error> {
        let text =
            "SELECT name, hash, bytes, refs FROM blobs WHERE name > $1 ORDER BY name LIMIT $2";
        let rows = self.db.query(text, vec![after.into(), limit.into()]).await?;
        let read = |row: &crate::db::Row| {
            Ok(KnownBlob {
                name: row.text(0)?.to_owned(),
                hash: row.bytes(1)?.to_vec(),
                bytes: unsigned(row.int(2)?),
                refs: row.int(3)?,
            })
        };
        rows.iter().map(read).collect()
    }

    /// Whether anything names this file.
    pub async fn is_named(&self, name: &str) -> Result<bool, Error> {
        let text = "SELECT 1 FROM blobs WHERE name = $1 \
                    UNION ALL SELECT 1 FROM segments WHERE blob = $1 \
                    UNION ALL SELECT 1 FROM media WHERE blob = $1 \
                    UNION ALL SELECT 1 FROM blob_garbage WHERE blob = $1";
        Ok(self.db.query_one(text, vec![name.into()]).await?.is_some())
    }

    /// The media whose originals a blob holds, and how many derived files it holds.
    pub async fn who_names(&self, name: &str) -> Result<(Vec<MediaId>, usize), Error> {
        let text = "SELECT id FROM media WHERE blob = $1 ORDER BY id LIMIT 100";
        let rows = self.db.query(text, vec![name.into()]).await?;
        let media = rows.iter().map(|row| row.int(0).map(MediaId)).collect::<Result<_, _>>()?;
        let text = "SELECT COUNT(*) FROM variants WHERE blob = $1";
        let row = self.db.query_one(text, vec![name.into()]).await?;
        Ok((media, unsigned(row.map_or(Ok(0), |row| row.int(0))?)))
    }

    /// Whether the count of a blob's names is wrong.
    pub async fn is_miscounted(&self, name: &str) -> Result<bool, Error> {
        let text = concat!("SELECT 1 FROM blobs WHERE name = $1 AND refs <> ", counted!());
        Ok(self.db.query_one(text, vec![name.into()]).await?.is_some())
    }

    /// Counts a blob's names anew; one that has none becomes garbage.
    pub async fn recount(&self, name: &str) -> Result<bool, Error> {
        let statement = |text: &'static str| sql(text, [name.into()]);
        self.done(vec![
            statement(concat!("UPDATE blobs SET refs = ", counted!(), " WHERE name = $1")),
            statement(
                "INSERT INTO blob_garbage (blob) SELECT name FROM blobs \
                 WHERE name = $1 AND refs = 0 ON CONFLICT DO NOTHING",
            ),
            statement("DELETE FROM blobs WHERE name = $1 AND refs = 0"),
        ])
        .await
    }

    /// Forgets the derived files that a damaged blob holds, so that they are made again.
    pub async fn forget_derived(&self, name: &str) -> Result<bool, Error> {
        self.done(vec![sql("DELETE FROM variants WHERE blob = $1", [name.into()])]).await
    }
}
