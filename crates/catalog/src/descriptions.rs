//! Descriptions of media in several languages, and their history.

use crate::catalog::Catalog;
use crate::db::{Error, Row, Statement, sql};
use crate::deliveries::{NewDelivery, tell};
use birdhouse_domain::description::{LocalizedDescription, MAX_LANGUAGES};
use birdhouse_domain::{AltTextOrigin, AppId, Description, Language, MediaId, Timestamp, UserId};

/// A change of a description.
#[derive(Clone, Debug)]
pub struct DescriptionEdit {
    /// Id of the entry in the history.
    pub id: i64,
    /// The media.
    pub media: MediaId,
    /// The language.
    pub lang: Language,
    /// The user who makes the change: the owner or a delegate.
    pub user: UserId,
    /// The author of the description.
    pub author: UserId,
    /// The app.
    pub app: AppId,
    /// Where the description comes from.
    pub origin: AltTextOrigin,
    /// The current time.
    pub now: Timestamp,
    /// Whether videos may be described.
    pub allows_videos: bool,
    /// The entry that an undo returns to; 0 for none.
    pub restores: Option<i64>,
    /// The suggestion that was accepted.
    pub suggestion: Option<i64>,
    /// Refuses the change unless this is the id of the newest entry (0: there is none).
    pub replaces: Option<i64>,
    /// Whom it is told to.
    pub deliveries: Vec<NewDelivery>,
}

/// An entry of the history: what a media's description in one language became.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct DescriptionEntry {
    /// Its id; newer entries have larger ones.
    pub id: i64,
    /// The language.
    pub lang: String,
    /// The alt text; empty if the media is decorative, or the description was removed.
    pub alt_text: String,
    /// The extended description.
    pub extended: Option<String>,
    /// Whether the media is decorative.
    pub is_decorative: bool,
    /// Where it comes from.
    pub origin: AltTextOrigin,
    /// The author.
    pub author: (UserId, String),
    /// The app, with its name.
    pub app: (AppId, String),
    /// The entry that an undo returned to.
    pub restores: Option<i64>,
    /// The suggestion that was accepted.
    pub suggestion: Option<i64>,
    /// When it was written.
    pub created_at: Timestamp,
}

impl DescriptionEntry {
    /// Whether the description was removed.
    pub fn is_removed(&self) -> bool {
        self.alt_text.is_empty() && !self.is_decorative
    }
}

macro_rules! select {
    ($rest:literal) => {
        concat!(
            "SELECT h.id, h.lang, h.alt_text, h.extended, h.is_decorative, h.source, h.user_id, \
             u.screen_name, h.app_id, COALESCE(a.name, ''), h.restores, h.suggestion_id, \
             h.created_at FROM alt_text_history AS h JOIN users AS u ON u.id = h.user_id \
             LEFT JOIN apps AS a ON a.id = h.app_id WHERE h.media_id = $1 ",
            $rest
        )
    };
}

fn read(row: &Row) -> Result<DescriptionEntry, Error> {
    Ok(DescriptionEntry {
        id: row.int(0)?,
        lang: row.text(1)?.to_owned(),
        alt_text: row.text(2)?.to_owned(),
        extended: row.opt_text(3)?.map(str::to_owned),
        is_decorative: row.flag(4)?,
        origin: AltTextOrigin::parse(row.text(5)?).unwrap_or(AltTextOrigin::Author),
        author: (UserId(row.int(6)?), row.text(7)?.to_owned()),
        app: (AppId(row.int(8)?), row.text(9)?.to_owned()),
        restores: row.opt_int(10)?,
        suggestion: row.opt_int(11)?,
        created_at: Timestamp(row.int(12)?),
    })
}

/// Locks the media, and guards that the user may describe it.
fn guard(edit: &DescriptionEdit) -> Statement {
    sql(
        "UPDATE media SET revision = revision WHERE id = $1 \
         AND (user_id = $2 OR EXISTS (SELECT 1 FROM delegates AS d \
         WHERE d.user_id = media.user_id AND d.delegate_id = $2)) \
         AND (expires_at IS NULL OR expires_at > $3) \
         AND (kind IS NULL OR kind IN ('photo', 'animated_gif') OR (kind = 'video' AND $4 = 1))",
        [
            edit.media.0.into(),
            edit.user.0.into(),
            edit.now.0.into(),
            i64::from(edit.allows_videos).into(),
        ],
    )
    .expect(1)
}

/// Guards that the newest entry is the expected one.
fn guard_newest(edit: &DescriptionEdit, newest: i64) -> Statement {
    sql(
        "SELECT 1 WHERE COALESCE((SELECT MAX(id) FROM alt_text_history \
         WHERE media_id = $1 AND lang = $2), 0) = $3",
        [edit.media.0.into(), edit.lang.as_str().into(), newest.into()],
    )
    .expect(1)
}

/// Guards that no entry has a larger id: of two changes the one that is committed last is the newest.
fn guard_order(edit: &DescriptionEdit) -> Statement {
    sql(
        "SELECT 1 WHERE NOT EXISTS (SELECT 1 FROM alt_text_history \
         WHERE media_id = $1 AND lang = $2 AND id > $3)",
        [edit.media.0.into(), edit.lang.as_str().into(), edit.id.into()],
    )
    .expect(1)
}

/// Guards the number of languages.
fn guard_languages(edit: &DescriptionEdit) -> Statement {
    sql(
        "SELECT 1 WHERE (SELECT COUNT(DISTINCT lang) FROM alt_text_history \
         WHERE media_id = $1 AND lang <> $2) < $3",
        [edit.media.0.into(), edit.lang.as_str().into(), MAX_LANGUAGES.into()],
    )
    .expect(1)
}

/// Keeps the media's row, which the documented APIs read, in step with the default language.
fn set_default(edit: &DescriptionEdit, new: Option<&Description>) -> Statement {
    let alt_text = new.and_then(Description::alt_text);
    let origin = alt_text.map(|_| edit.origin.name());
    sql(
        "UPDATE media SET alt_text = $1, alt_text_source = $2, extended_description = $3, \
         is_decorative = $4 WHERE id = $5",
        [
            alt_text.into(),
            origin.into(),
            new.and_then(Description::extended).into(),
            new.is_some_and(Description::is_decorative).into(),
            edit.media.0.into(),
        ],
    )
}

fn append(edit: &DescriptionEdit, new: Option<&Description>) -> Statement {
    sql(
        "INSERT INTO alt_text_history (id, media_id, user_id, app_id, alt_text, created_at, \
         source, lang, extended, is_decorative, restores, suggestion_id) \
         VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12)",
        [
            edit.id.into(),
            edit.media.0.into(),
            edit.author.0.into(),
            edit.app.0.into(),
            new.and_then(Description::alt_text).unwrap_or_default().into(),
            edit.now.0.into(),
            edit.origin.name().into(),
            edit.lang.as_str().into(),
            new.and_then(Description::extended).into(),
            new.is_some_and(Description::is_decorative).into(),
            edit.restores.into(),
            edit.suggestion.into(),
        ],
    )
}

/// A description embedded in an uploaded file.
pub(crate) struct EmbeddedDescription<'a> {
    /// Id of the entry in the history.
    pub(crate) history_id: i64,
    /// The media.
    pub(crate) media: MediaId,
    /// The app that uploaded the file.
    pub(crate) app: AppId,
    /// The description.
    pub(crate) one: &'a LocalizedDescription,
    /// When the file was uploaded.
    pub(crate) at: Timestamp,
}

/// Sets the description to the embedded one, unless the media was described in that language before.
pub(crate) fn adopt_embedded(embedded: &EmbeddedDescription<'_>) -> Vec<Statement> {
    let LocalizedDescription { lang, description } = embedded.one;
    let (media, alt_text) = (embedded.media.0, description.alt_text().unwrap_or_default());
    let append = sql(
        "INSERT INTO alt_text_history (id, media_id, user_id, app_id, alt_text, created_at, \
         source, lang, extended) SELECT $1, id, user_id, $2, $3, $4, 'embedded', $5, $6 \
         FROM media WHERE id = $7 AND NOT EXISTS (SELECT 1 FROM alt_text_history AS h \
         WHERE h.media_id = $7 AND h.lang = $5)",
        [
            embedded.history_id.into(),
            embedded.app.0.into(),
            alt_text.into(),
            embedded.at.0.into(),
            lang.as_str().into(),
            description.extended().into(),
            media.into(),
        ],
    );
    if !lang.is_default() {
        return vec![append];
    }
    let set = sql(
        "UPDATE media SET alt_text = $1, alt_text_source = 'embedded', extended_description = $2 \
         WHERE id = $3 AND EXISTS (SELECT 1 FROM alt_text_history WHERE id = $4)",
        [alt_text.into(), description.extended().into(), media.into(), embedded.history_id.into()],
    );
    vec![append, set]
}

/// The statements of a change; `None` removes the description.
pub(crate) fn change(edit: &DescriptionEdit, new: Option<&Description>) -> Vec<Statement> {
    let mut statements = vec![guard(edit), guard_order(edit)];
    statements.extend(edit.replaces.map(|newest| guard_newest(edit, newest)));
    if edit.lang.is_default() {
        statements.push(set_default(edit, new));
    } else {
        statements.push(guard_languages(edit));
    }
    statements.push(append(edit, new));
    statements.extend(tell(&edit.deliveries, edit.media));
    statements
}

impl Catalog {
    /// Sets the description, or removes it. Durable when this returns; `false` if the user may not
    /// describe the media, it has expired, is of a kind that is not described, has too many languages,
    /// its newest entry is not the expected one, or has a larger id.
    pub async fn set_description(
        &self,
        edit: &DescriptionEdit,
        new: Option<&Description>,
    ) -> Result<bool, Error> {
        self.write(change(edit, new)).await
    }

    /// The newest entry of each language, removed ones included, in the order of the tags.
    pub async fn descriptions(&self, media: MediaId) -> Result<Vec<DescriptionEntry>, Error> {
        let text = select!(
            "AND h.id = (SELECT MAX(n.id) FROM alt_text_history AS n \
             WHERE n.media_id = h.media_id AND n.lang = h.lang) ORDER BY h.lang"
        );
        self.db.query(text, vec![media.0.into()]).await?.iter().map(read).collect()
    }

    /// The newest entry in one language that is older than `before`.
    pub async fn description_before(
        &self,
        media: MediaId,
        lang: &Language,
        before: i64,
    ) -> Result<Option<DescriptionEntry>, Error> {
        let text = select!("AND h.lang = $2 AND h.id < $3 ORDER BY h.id DESC LIMIT 1");
        let parameters = vec![media.0.into(), lang.as_str().into(), before.into()];
        self.db.query_one(text, parameters).await?.as_ref().map(read).transpose()
    }

    /// The history in all languages, newest first: at most `limit` entries older than `before`.
    pub async fn description_history(
        &self,
        media: MediaId,
        before: i64,
        limit: i64,
    ) -> Result<Vec<DescriptionEntry>, Error> {
        let text = select!("AND h.id < $2 ORDER BY h.id DESC LIMIT $3");
        let parameters = vec![media.0.into(), before.into(), limit.into()];
        self.db.query(text, parameters).await?.iter().map(read).collect()
    }

    /// The alt texts of the owner's other media with the same bytes, newest first: media and text.
    pub async fn earlier_alt_texts(
        &self,
        media: MediaId,
        limit: i64,
    ) -> Result<Vec<(MediaId, String)>, Error> {
        let text = "SELECT o.id, o.alt_text FROM media AS m JOIN media AS o ON o.blob = m.blob \
                    WHERE m.id = $1 AND m.blob <> '' AND o.user_id = m.user_id AND o.id <> m.id \
                    AND o.alt_text IS NOT NULL ORDER BY o.id DESC LIMIT $2";
        let rows = self.db.query(text, vec![media.0.into(), limit.into()]).await?;
        rows.iter().map(|row| Ok((MediaId(row.int(0)?), row.text(1)?.to_owned()))).collect()
    }

    /// The entry of a media's history with this id.
    pub async fn description_entry(
        &self,
        media: MediaId,
        id: i64,
    ) -> Result<Option<DescriptionEntry>, Error> {
        let entries = self.description_history(media, id.saturating_add(1), 1).await?;
        Ok(entries.into_iter().find(|entry| entry.id == id))
    }
}
