//! Descriptions and their history.

use super::Store;
use super::media::Whole;
use crate::db::{Error, Statement, sql};
use birdhouse_domain::media::Media;
use birdhouse_domain::{AltText, AltTextSource, AppId, MediaId, Timestamp, UserId};

/// Who describes what, and when.
#[derive(Clone, Copy, Debug)]
pub struct Describing {
    /// Id of the entry in the history.
    pub id: i64,
    /// What is described.
    pub media: MediaId,
    /// By whom.
    pub user: UserId,
    /// With which app.
    pub app: AppId,
    /// When.
    pub now: Timestamp,
    /// Whether films may be described.
    pub with_videos: bool,
}

/// One change of a description.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Change {
    /// The text from then on.
    pub alt_text: String,
    /// Where it comes from.
    pub source: AltTextSource,
    /// Who set it.
    pub user: UserId,
    /// When.
    pub created_at: Timestamp,
}

/// Takes over the description that stood in a file, unless somebody was faster.
pub(super) fn suggest(media: &Media, whole: &Whole, text: &AltText) -> [Statement; 2] {
    let (id, text) = (media.id.0, text.as_str());
    [
        sql(
            "INSERT INTO alt_text_history \
             (id, media_id, user_id, app_id, alt_text, created_at, source) \
             SELECT $1, id, user_id, $2, $3, $4, 'embedded' FROM media \
             WHERE id = $5 AND alt_text IS NULL",
            [
                whole.history.into(),
                whole.app.0.into(),
                text.into(),
                media.created_at.0.into(),
                id.into(),
            ],
        ),
        sql(
            "UPDATE media SET alt_text = $1, alt_text_source = 'embedded' \
             WHERE id = $2 AND alt_text IS NULL",
            [text.into(), id.into()],
        ),
    ]
}

/// Keeps a member of the metadata, a JSON value, in place of an earlier one.
pub(super) fn member(media: MediaId, member: &str, value: &str) -> Statement {
    sql(
        "INSERT INTO media_metadata (media_id, member, value) VALUES ($1, $2, $3) \
         ON CONFLICT (media_id, member) DO UPDATE SET value = excluded.value",
        [media.0.into(), member.into(), value.into()],
    )
}

fn set(who: &Describing, text: &AltText) -> [Statement; 2] {
    [
        sql(
            "UPDATE media SET alt_text = $1, alt_text_source = 'author' WHERE id = $2 \
             AND user_id = $3 AND (expires_at IS NULL OR expires_at > $4) \
             AND (kind IS NULL OR kind IN ('photo', 'animated_gif') \
             OR (kind = 'video' AND $5 = 1))",
            [
                text.as_str().into(),
                who.media.0.into(),
                who.user.0.into(),
                who.now.0.into(),
                i64::from(who.with_videos).into(),
            ],
        )
        .expect(1),
        sql(
            "INSERT INTO alt_text_history (id, media_id, user_id, app_id, alt_text, created_at) \
             VALUES ($1, $2, $3, $4, $5, $6)",
            [
                who.id.into(),
                who.media.0.into(),
                who.user.0.into(),
                who.app.0.into(),
                text.as_str().into(),
                who.now.0.into(),
            ],
        ),
    ]
}

impl Store {
    /// Sets the alt text of the user's own living picture and adds to its history, both or
    /// neither; durable when this returns. `false` if the guard refused.
    pub async fn set_alt_text(&self, who: &Describing, text: &AltText) -> Result<bool, Error> {
        self.done(set(who, text).into()).await
    }

    /// Keeps members of the metadata of the user's own living media, and its alt text if there is
    /// one; all or nothing, durable when this returns. `false` if the guard refused.
    pub async fn set_metadata(
        &self,
        who: &Describing,
        text: Option<&AltText>,
        members: &[(String, String)],
    ) -> Result<bool, Error> {
        let guard = sql(
            "UPDATE media SET revision = revision WHERE id = $1 AND user_id = $2 \
             AND (expires_at IS NULL OR expires_at > $3)",
            [who.media.0.into(), who.user.0.into(), who.now.0.into()],
        );
        let mut statements = vec![guard.expect(1)];
        statements.extend(text.into_iter().flat_map(|text| set(who, text)));
        let kept = members.iter().map(|(name, value)| member(who.media, name, value));
        statements.extend(kept);
        self.done(statements).await
    }

    /// What is said of a media beside its alt text: member and JSON value.
    pub async fn metadata(&self, media: MediaId) -> Result<Vec<(String, String)>, Error> {
        let text = "SELECT member, value FROM media_metadata WHERE media_id = $1 ORDER BY member";
        let rows = self.db.query(text, vec![media.0.into()]).await?;
        let read = |row: &crate::db::Row| Ok((row.text(0)?.to_owned(), row.text(1)?.to_owned()));
        rows.iter().map(read).collect()
    }

    /// Every change of a media's description, oldest first.
    pub async fn alt_text_history(&self, media: MediaId) -> Result<Vec<Change>, Error> {
        let text = "SELECT alt_text, user_id, created_at, source FROM alt_text_history \
                    WHERE media_id = $1 ORDER BY id";
        let rows = self.db.query(text, vec![media.0.into()]).await?;
        let read = |row: &crate::db::Row| {
            Ok(Change {
                alt_text: row.text(0)?.to_owned(),
                user: UserId(row.int(1)?),
                created_at: Timestamp(row.int(2)?),
                source: AltTextSource::parse(row.text(3)?).unwrap_or(AltTextSource::Author),
            })
        };
        rows.iter().map(read).collect()
    }
}
