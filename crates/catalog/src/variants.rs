//! Variants: the files derived from a media, such as sizes of an image, renditions and posters of a
//! video, and subtitles.

use crate::blobs::{add_reference, lock_media};
use crate::catalog::{Catalog, count, unsigned};
use crate::db::{Error, Row, Statement, sql};
use crate::jobs::Job;
use birdhouse_domain::{MediaId, StoredBlob, Timestamp};

/// A file derived from a media.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Variant {
    /// The name of a size, such as `small`, or of a rendition, or a language code.
    pub name: String,
    /// Content type.
    pub mime: String,
    /// Name of the blob.
    pub blob: String,
    /// Width in pixels.
    pub width: u32,
    /// Height in pixels.
    pub height: u32,
    /// Bits per second of a video; 0 for everything else.
    pub bitrate: u64,
    /// The name that players display for subtitles; empty for everything else.
    pub label: String,
    /// When a reader had it derived beyond the usual variants; `None` for those.
    pub extra_since: Option<Timestamp>,
}

/// Placeholders to display while an image loads.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Placeholders {
    /// Blurhash of 4x3 components.
    pub blurhash: String,
    /// Thumbhash, which keeps transparency.
    pub thumbhash: Vec<u8>,
}

/// A variant to add, whose blob is stored.
#[derive(Clone, Debug)]
pub struct NewVariant {
    /// The variant; its `blob` is empty.
    pub variant: Variant,
    /// Its blob.
    pub blob: StoredBlob,
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
        extra_since: row.opt_int(7)?.map(Timestamp),
    })
}

/// Adds variants of a media; refuses the write if it was deleted, which must not happen meanwhile: the
/// references of what it gets then would never be released.
pub(crate) fn insert(media: MediaId, new: &[NewVariant]) -> Vec<Statement> {
    let add = |one: &NewVariant| {
        let (variant, mut statements) = (&one.variant, add_reference(&one.blob));
        statements.push(sql(
            "INSERT INTO variants (media_id, name, mime, blob, width, height, bitrate, extra_since) \
             VALUES ($1, $2, $3, (SELECT name FROM blobs WHERE hash = $4), $5, $6, $7, $8)",
            [
                media.0.into(),
                variant.name.as_str().into(),
                variant.mime.as_str().into(),
                one.blob.hash.to_vec().into(),
                variant.width.into(),
                variant.height.into(),
                count(variant.bitrate),
                variant.extra_since.map(|at| at.0).into(),
            ],
        ));
        statements
    };
    std::iter::once(lock_media(media).expect(1)).chain(new.iter().flat_map(add)).collect()
}

impl Catalog {
    /// Every variant of a media, the largest first.
    pub async fn variants(&self, media: MediaId) -> Result<Vec<Variant>, Error> {
        let text = "SELECT name, mime, blob, width, height, bitrate, label, extra_since FROM variants \
                    WHERE media_id = $1 ORDER BY width * height DESC, name";
        self.db.query(text, vec![media.0.into()]).await?.iter().map(read).collect()
    }

    /// The variants of several media, each with its media; those of one media the largest first.
    pub async fn variants_of(&self, media: &[MediaId]) -> Result<Vec<(MediaId, Variant)>, Error> {
        let text = "SELECT name, mime, blob, width, height, bitrate, label, extra_since, \
                    media_id FROM variants \
                    WHERE media_id IN (SELECT CAST(key AS BIGINT) FROM json_each($1)) \
                    ORDER BY media_id, width * height DESC, name";
        let rows = self.query_list(text, media.iter().map(ToString::to_string)).await?;
        rows.iter().map(|row| Ok((MediaId(row.int(8)?), read(row)?))).collect()
    }

    /// Adds sizes of an image and its placeholders; `done` is the job that has nothing left to do.
    /// `false` if the media was deleted, or the job taken by another worker; the blobs then have no
    /// reference.
    pub async fn add_sizes(
        &self,
        media: MediaId,
        new: &[NewVariant],
        placeholders: &Placeholders,
        done: Option<&Job>,
    ) -> Result<bool, Error> {
        let mut statements = insert(media, new);
        statements.push(sql(
            "UPDATE media SET blurhash = $1, thumbhash = $2 WHERE id = $3",
            [
                placeholders.blurhash.as_str().into(),
                placeholders.thumbhash.as_slice().into(),
                media.0.into(),
            ],
        ));
        statements.extend(done.map(crate::jobs::finish));
        self.write(statements).await
    }

    /// Adds renditions of a video; `done` is the job that has nothing left to do. `false` if the
    /// media was deleted, or the job taken by another worker; the blobs then have no reference.
    pub async fn add_variants(
        &self,
        media: MediaId,
        new: &[NewVariant],
        done: Option<&Job>,
    ) -> Result<bool, Error> {
        let mut statements = insert(media, new);
        statements.extend(done.map(crate::jobs::finish));
        self.write(statements).await
    }

    /// The placeholders of a media.
    pub async fn placeholders(&self, media: MediaId) -> Result<Option<Placeholders>, Error> {
        let text = "SELECT blurhash, thumbhash FROM media WHERE id = $1 AND blurhash IS NOT NULL";
        let row = self.db.query_one(text, vec![media.0.into()]).await?;
        let read = |row: Row| {
            Ok(Placeholders {
                blurhash: row.text(0)?.to_owned(),
                thumbhash: row.bytes(1)?.to_vec(),
            })
        };
        row.map(read).transpose()
    }
}
