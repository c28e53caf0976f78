//! Alt texts and their history, and other metadata of media.

use crate::catalog::Catalog;
use crate::db::{Error, Row, Statement, sql};
use crate::deliveries::{NewDelivery, tell};
use birdhouse_domain::{AltText, AltTextOrigin, AppId, MediaId, Timestamp, UserId};

/// A change of a media's alt text or metadata.
#[derive(Clone, Debug)]
pub struct AltTextEdit {
    /// Id of the entry in the history.
    pub id: i64,
    /// The media.
    pub media: MediaId,
    /// The user, who must own the media.
    pub user: UserId,
    /// The app.
    pub app: AppId,
    /// The current time.
    pub now: Timestamp,
    /// Whether videos may have alt text.
    pub allows_videos: bool,
    /// Whom it is told to.
    pub deliveries: Vec<NewDelivery>,
}

/// An entry of the history.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct AltTextChange {
    /// The new alt text.
    pub alt_text: String,
    /// Where it comes from.
    pub origin: AltTextOrigin,
    /// The user who set it.
    pub user: UserId,
    /// When it was set.
    pub created_at: Timestamp,
}

/// Stores a member of the metadata, a JSON value, replacing an earlier one.
pub(crate) fn set_member(media: MediaId, member: &str, value: &str) -> Statement {
    sql(
        "INSERT INTO media_metadata (media_id, member, value) VALUES ($1, $2, $3) \
         ON CONFLICT (media_id, member) DO UPDATE SET value = excluded.value",
        [media.0.into(), member.into(), value.into()],
    )
}

fn set(edit: &AltTextEdit, text: &AltText) -> [Statement; 2] {
    [
        sql(
            "UPDATE media SET alt_text = $1, alt_text_source = 'author', is_decorative = 0 \
             WHERE id = $2 \
             AND user_id = $3 AND (expires_at IS NULL OR expires_at > $4) \
             AND (kind IS NULL OR kind IN ('photo', 'animated_gif') \
             OR (kind = 'video' AND $5 = 1))",
            [
                text.as_str().into(),
                edit.media.0.into(),
                edit.user.0.into(),
                edit.now.0.into(),
                i64::from(edit.allows_videos).into(),
            ],
        )
        .expect(1),
        sql(
            // An extended description stays. An entry with a larger id was committed first: this change
            // would be the newest in the media's row, and not in the history.
            "INSERT INTO alt_text_history \
             (id, media_id, user_id, app_id, alt_text, created_at, extended) \
             SELECT $1, id, $3, $4, $5, $6, extended_description FROM media WHERE id = $2 \
             AND NOT EXISTS (SELECT 1 FROM alt_text_history AS h \
             WHERE h.media_id = $2 AND h.lang = 'und' AND h.id > $1)",
            [
                edit.id.into(),
                edit.media.0.into(),
                edit.user.0.into(),
                edit.app.0.into(),
                text.as_str().into(),
                edit.now.0.into(),
            ],
        )
        .expect(1),
    ]
}

impl Catalog {
    /// Sets the alt text of the user's own media and records it in the history. Durable when this
    /// returns; `false` if the media is not the user's, has expired, or may not have alt text, or if its
    /// history has an entry with a larger id: the change is to be tried again with another id.
    pub async fn set_alt_text(&self, edit: &AltTextEdit, text: &AltText) -> Result<bool, Error> {
        let told = tell(&edit.deliveries, edit.media);
        self.write(set(edit, text).into_iter().chain(told).collect()).await
    }

    /// Stores members of the metadata of the user's own media, and its alt text if there is one: all
    /// or nothing. Durable when this returns; `false` under the conditions of
    /// [`Catalog::set_alt_text`].
    pub async fn set_metadata(
        &self,
        edit: &AltTextEdit,
        text: Option<&AltText>,
        members: &[(String, String)],
    ) -> Result<bool, Error> {
        let guard = sql(
            "UPDATE media SET revision = revision WHERE id = $1 AND user_id = $2 \
             AND (expires_at IS NULL OR expires_at > $3)",
            [edit.media.0.into(), edit.user.0.into(), edit.now.0.into()],
        );
        let mut statements = vec![guard.expect(1)];
        statements.extend(text.into_iter().flat_map(|text| set(edit, text)));
        let deliveries = if text.is_some() { edit.deliveries.as_slice() } else { &[] };
        statements.extend(tell(deliveries, edit.media));
        let stored = members.iter().map(|(name, value)| set_member(edit.media, name, value));
        statements.extend(stored);
        self.write(statements).await
    }

    /// The metadata of these media without their alt text: media, member and JSON value; those of
    /// one media in the order of the members' names.
    pub async fn metadata(
        &self,
        media: &[MediaId],
    ) -> Result<Vec<(MediaId, String, String)>, Error> {
        let text = "SELECT media_id, member, value FROM media_metadata \
                    WHERE media_id IN (SELECT CAST(key AS BIGINT) FROM json_each($1)) \
                    ORDER BY media_id, member";
        let rows = self.query_list(text, media.iter().map(ToString::to_string)).await?;
        let read = |row: &Row| {
            Ok((MediaId(row.int(0)?), row.text(1)?.to_owned(), row.text(2)?.to_owned()))
        };
        rows.iter().map(read).collect()
    }

    /// The history of a media's alt text, oldest first.
    pub async fn alt_text_history(&self, media: MediaId) -> Result<Vec<AltTextChange>, Error> {
        let text = "SELECT alt_text, user_id, created_at, source FROM alt_text_history \
                    WHERE media_id = $1 ORDER BY id";
        let rows = self.db.query(text, vec![media.0.into()]).await?;
        let read = |row: &Row| {
            Ok(AltTextChange {
                alt_text: row.text(0)?.to_owned(),
                user: UserId(row.int(1)?),
                created_at: Timestamp(row.int(2)?),
                origin: AltTextOrigin::parse(row.text(3)?).unwrap_or(AltTextOrigin::Author),
            })
        };
        rows.iter().map(read).collect()
    }
}
