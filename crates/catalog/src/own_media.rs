//! The images and GIFs of a user: lists of them, and how many are described.
//!
//! Nothing is written for this when media are described. So the media are read through, newest first, in
//! parts of some thousands, between which others are served.

use crate::catalog::Catalog;
use crate::db::{Error, Row, Value};
use birdhouse_domain::{AltTextOrigin, AppId, MediaId, Timestamp, UserId};

/// Media to list.
#[derive(Clone, Debug)]
pub struct OwnMediaPage {
    /// The owner.
    pub owner: UserId,
    /// The current time: what has expired is left out.
    pub now: Timestamp,
    /// Those with smaller ids.
    pub before: i64,
    /// At most so many.
    pub limit: i64,
    /// How many are read through.
    pub part: i64,
    /// What must apply.
    pub only: OwnMediaFilter,
}

/// What must apply to a media in a list.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct OwnMediaFilter {
    /// It has no description in any language.
    pub is_undescribed: bool,
    /// Its default description says that it is decorative.
    pub is_decorative: bool,
    /// A description has a warning or an error.
    pub is_flagged: bool,
    /// Its default description comes from there.
    pub origin: Option<AltTextOrigin>,
    /// It was uploaded by this app.
    pub app: Option<AppId>,
}

/// A media of a user, with its default description.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct OwnMedia {
    /// The media.
    pub id: MediaId,
    /// Its alt text.
    pub alt_text: Option<String>,
    /// Its extended description.
    pub extended: Option<String>,
    /// Whether it is decorative.
    pub is_decorative: bool,
    /// Where the alt text comes from.
    pub origin: Option<AltTextOrigin>,
    /// The app that uploaded it, with its name.
    pub app: (AppId, String),
    /// When it was uploaded.
    pub created_at: Timestamp,
}

/// How many media of an app were uploaded on a day, and how many are described.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct DescribedCount {
    /// The app.
    pub app: AppId,
    /// Days since 1970.
    pub day: i64,
    /// All images and GIFs.
    pub total: i64,
    /// Those with a description in any language, or that are decorative.
    pub described: i64,
    /// Those that are decorative.
    pub decorative: i64,
}

/// The media of a user below an id, newest first. So written, only the index by user and id has that order:
/// PostgreSQL would else read through the media of all users.
macro_rules! part {
    () => {
        "SELECT id FROM media WHERE (user_id, id) < ($1, $2) AND (user_id, id) > ($1, 0) \
         ORDER BY user_id DESC, id DESC"
    };
}

fn read(row: &Row) -> Result<OwnMedia, Error> {
    Ok(OwnMedia {
        id: MediaId(row.int(0)?),
        alt_text: row.opt_text(1)?.map(str::to_owned),
        extended: row.opt_text(2)?.map(str::to_owned),
        is_decorative: row.flag(3)?,
        origin: row.opt_text(4)?.and_then(AltTextOrigin::parse),
        app: (AppId(row.int(5)?), row.text(6)?.to_owned()),
        created_at: Timestamp(row.int(7)?),
    })
}

fn count(row: &Row) -> Result<DescribedCount, Error> {
    Ok(DescribedCount {
        app: AppId(row.int(0)?),
        day: row.int(1)?,
        total: row.int(2)?,
        described: row.int(3)?,
        decorative: row.int(4)?,
    })
}

impl Catalog {
    /// The id of the last of the next `part` media below `before`, of whatever kind; `None` if there are
    /// not so many.
    pub async fn end_of_part(
        &self,
        owner: UserId,
        before: i64,
        part: i64,
    ) -> Result<Option<i64>, Error> {
        let text = concat!(part!(), " LIMIT 1 OFFSET $3");
        let row = self.db.query_one(text, vec![owner.0.into(), before.into(), (part - 1).into()]);
        row.await?.map(|row| row.int(0)).transpose()
    }

    /// Those of the next [`OwnMediaPage::part`] media that are listed, newest first.
    pub async fn own_media(&self, page: &OwnMediaPage) -> Result<Vec<OwnMedia>, Error> {
        let text = concat!(
            "SELECT m.id, m.alt_text, m.extended_description, m.is_decorative, \
                    m.alt_text_source, m.app_id, COALESCE(a.name, ''), m.created_at FROM (",
            part!(),
            " LIMIT $3) AS part \
                    JOIN media AS m ON m.id = part.id LEFT JOIN apps AS a ON a.id = m.app_id \
                    WHERE m.kind IN ('photo', 'animated_gif') \
                    AND (m.expires_at IS NULL OR m.expires_at > $4) \
                    AND (CAST($5 AS BIGINT) = 0 OR (m.alt_text IS NULL AND m.is_decorative = 0 \
                    AND NOT EXISTS (SELECT 1 FROM descriptions AS d WHERE d.media_id = m.id))) \
                    AND (CAST($6 AS BIGINT) = 0 OR m.is_decorative = 1) \
                    AND (CAST($7 AS BIGINT) = 0 OR EXISTS (SELECT 1 FROM descriptions AS d \
                    WHERE d.media_id = m.id AND d.lint_level >= 2)) \
                    AND (CAST($8 AS TEXT) IS NULL OR m.alt_text_source = $8) \
                    AND (CAST($9 AS BIGINT) IS NULL OR m.app_id = $9) \
                    ORDER BY m.id DESC LIMIT $10"
        );
        let only = &page.only;
        let parameters = vec![
            page.owner.0.into(),
            page.before.into(),
            page.part.into(),
            page.now.0.into(),
            only.is_undescribed.into(),
            only.is_decorative.into(),
            only.is_flagged.into(),
            only.origin.map(AltTextOrigin::name).into(),
            only.app.map(|app| app.0).into(),
            page.limit.into(),
        ];
        self.db.query(text, parameters).await?.iter().map(read).collect()
    }

    /// How many of the next `part` media below `before` are described, by app and day.
    pub async fn count_described(
        &self,
        owner: UserId,
        now: Timestamp,
        before: i64,
        part: i64,
    ) -> Result<Vec<DescribedCount>, Error> {
        let text = concat!(
            "SELECT app_id, day, COUNT(*), CAST(SUM(described) AS BIGINT), \
                    CAST(SUM(is_decorative) AS BIGINT) FROM (SELECT m.app_id, \
                    m.created_at / 86400000 AS day, m.is_decorative, \
                    CASE WHEN m.alt_text IS NOT NULL OR m.is_decorative = 1 OR EXISTS \
                    (SELECT 1 FROM descriptions AS d WHERE d.media_id = m.id) \
                    THEN 1 ELSE 0 END AS described FROM (",
            part!(),
            " LIMIT $3) AS part JOIN media AS m ON m.id = part.id \
                    WHERE m.kind IN ('photo', 'animated_gif') \
                    AND (m.expires_at IS NULL OR m.expires_at > $4)) AS counted \
                    GROUP BY app_id, day"
        );
        let parameters: Vec<Value> = vec![owner.0.into(), before.into(), part.into(), now.0.into()];
        self.db.query(text, parameters).await?.iter().map(count).collect()
    }
}
