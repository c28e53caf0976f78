//! What was made of a media: sizes of a picture, renditions and posters of a film.

use super::blobs::{NewBlob, hold};
use super::{Store, unsigned};
use crate::db::{Error, Row, Statement, sql};
use birdhouse_domain::MediaId;

/// A file made of a media.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Variant {
    /// Its name: that of a size, such as `small`, or of a part of a film.
    pub name: String,
    /// Content type.
    pub mime: String,
    /// Name of the blob.
    pub blob: String,
    /// Pixels across.
    pub width: u32,
    /// Pixels down.
    pub height: u32,
    /// Bits a second of a film.
    pub bitrate: u64,
    /// What a player calls subtitles; empty for everything else.
    pub label: String,
}

/// A file that was just made and placed.
#[derive(Clone, Debug)]
pub struct NewVariant {
    /// What it is; its `blob` is empty.
    pub variant: Variant,
    /// Its bytes.
    pub blob: NewBlob,
}

fn read(row: &Row) -> Result<Variant, Error> {
    Ok(Variant {
        name: row.text(0)?.to_owned(),
        mime: row.text(1)?.to_owned(),
        blob: row.text(2)?.to_owned(),
        width: unsigned(row.int(3)?),
        height: unsigned(row.int(4)?),
        bitrate: unsigned(row.int(5)?),
        label: row.text(6)?.to_owned(),
    })
}

/// Adds variants of a media that is still there; those that it has already stay.
pub(super) fn insert(media: MediaId, new: &[NewVariant]) -> Vec<Statement> {
    let add = |one: &NewVariant| {
        let (variant, mut statements) = (&one.variant, hold(&one.blob));
        statements.push(
            sql(
                "INSERT INTO variants (media_id, name, mime, blob, width, height, bitrate) \
                 SELECT id, $2, $3, (SELECT name FROM blobs WHERE hash = $4), $5, $6, $7 \
                 FROM media WHERE id = $1",
                [
                    media.0.into(),
                    variant.name.as_str().into(),
                    variant.mime.as_str().into(),
                    one.blob.hash.to_vec().into(),
                    variant.width.into(),
                    variant.height.into(),
                    super::count(variant.bitrate),
                ],
            )
            .expect(1),
        );
        statements
    };
    new.iter().flat_map(add).collect()
}

impl Store {
    /// Everything that was made of a media.
    pub async fn variants(&self, media: MediaId) -> Result<Vec<Variant>, Error> {
        let text = "SELECT name, mime, blob, width, height, bitrate, label FROM variants \
                    WHERE media_id = $1 ORDER BY width * height DESC, name";
        self.db.query(text, vec![media.0.into()]).await?.iter().map(read).collect()
    }

    /// Adds sizes of a picture and its placeholders. `false` if the picture is gone; the files
    /// are then nobody's.
    pub async fn add_sizes(
        &self,
        media: MediaId,
        new: &[NewVariant],
        (blurhash, thumbhash): (&str, &[u8]),
    ) -> Result<bool, Error> {
        let mut statements = insert(media, new);
        statements.push(
            sql(
                "UPDATE media SET blurhash = $1, thumbhash = $2 WHERE id = $3",
                [blurhash.into(), thumbhash.to_vec().into(), media.0.into()],
            )
            .expect(1),
        );
        self.done(statements).await
    }

    /// Adds forms of a film. `false` if the film is gone; the files are then nobody's.
    pub async fn add_variants(&self, media: MediaId, new: &[NewVariant]) -> Result<bool, Error> {
        self.done(insert(media, new)).await
    }

    /// Blurhash and thumbhash of a media.
    pub async fn placeholders(&self, media: MediaId) -> Result<Option<(String, Vec<u8>)>, Error> {
        let text = "SELECT blurhash, thumbhash FROM media WHERE id = $1 AND blurhash IS NOT NULL";
        let row = self.db.query_one(text, vec![media.0.into()]).await?;
        row.map(|row| Ok((row.text(0)?.to_owned(), row.bytes(1)?.to_vec()))).transpose()
    }
}
