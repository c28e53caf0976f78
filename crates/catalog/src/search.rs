//! Search in the index of descriptions, by the means of each engine: FTS5, and a GIN index of
//! `tsvector`s. Both hold our own terms and nothing else, and so find the same.

use crate::catalog::Catalog;
use crate::db::{EngineKind, Error, Row};
use birdhouse_domain::search_terms::QueryTerm;
use birdhouse_domain::{AltTextOrigin, AppId, MediaId, Timestamp, UserId};

/// How many of the newest descriptions PostgreSQL reads through before it asks its index: that knows no
/// order, so that a word in very many descriptions would be slow to find there, and is quickly found here.
const RECENT: i64 = 5000;

/// Descriptions to look for.
#[derive(Clone, Debug)]
pub struct Search<'a> {
    /// The owner.
    pub owner: UserId,
    /// All of them must be found; at least one.
    pub terms: &'a [QueryTerm],
    /// Those with smaller ids.
    pub before: i64,
    /// At most so many.
    pub limit: i64,
}

/// A description that was found.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct FoundDescription {
    /// Id of its entry in the history.
    pub id: i64,
    /// The media.
    pub media: MediaId,
    /// The language.
    pub lang: String,
    /// The alt text; empty if the media is decorative.
    pub alt_text: String,
    /// The extended description.
    pub extended: Option<String>,
    /// Whether the media is decorative.
    pub is_decorative: bool,
    /// Where it comes from.
    pub origin: AltTextOrigin,
    /// The app, with its name.
    pub app: (AppId, String),
    /// When it was written.
    pub updated_at: Timestamp,
    /// The level of its worst finding, 0 to 3.
    pub lint_level: i64,
}

fn read(row: &Row) -> Result<FoundDescription, Error> {
    Ok(FoundDescription {
        id: row.int(0)?,
        media: MediaId(row.int(1)?),
        lang: row.text(2)?.to_owned(),
        alt_text: row.text(3)?.to_owned(),
        extended: row.opt_text(4)?.map(str::to_owned),
        is_decorative: row.flag(5)?,
        origin: AltTextOrigin::parse(row.text(6)?).unwrap_or(AltTextOrigin::Author),
        app: (AppId(row.int(7)?), row.text(8)?.to_owned()),
        updated_at: Timestamp(row.int(9)?),
        lint_level: row.int(10)?,
    })
}

/// Terms have no quote, backslash or space.
fn fts5_query(terms: &[QueryTerm]) -> String {
    let one =
        |term: &QueryTerm| format!("\"{}\"{}", term.text, if term.is_prefix { " *" } else { "" });
    terms.iter().map(one).collect::<Vec<_>>().join(" AND ")
}

fn tsquery(terms: &[QueryTerm]) -> String {
    let one =
        |term: &QueryTerm| format!("'{}'{}", term.text, if term.is_prefix { ":*" } else { "" });
    terms.iter().map(one).collect::<Vec<_>>().join(" & ")
}

fn ids(rows: &[Row]) -> Result<Vec<i64>, Error> {
    rows.iter().map(|row| row.int(0)).collect()
}

impl Catalog {
    /// The ids of descriptions that have all terms, newest first. Few of another owner's may be among
    /// them: [`Catalog::found_descriptions`] leaves them out.
    pub async fn search(&self, search: &Search<'_>) -> Result<Vec<i64>, Error> {
        match self.db.kind() {
            EngineKind::Sqlite => self.search_fts5(search).await,
            EngineKind::Postgres => self.search_gin(search).await,
        }
    }

    async fn search_fts5(&self, search: &Search<'_>) -> Result<Vec<i64>, Error> {
        let text = "SELECT rowid FROM description_terms WHERE description_terms MATCH $1 \
                    AND rowid < $2 ORDER BY rowid DESC LIMIT $3";
        let terms = fts5_query(search.terms).into();
        ids(&self.db.query(text, vec![terms, search.before.into(), search.limit.into()]).await?)
    }

    async fn search_gin(&self, search: &Search<'_>) -> Result<Vec<i64>, Error> {
        let parameters = || {
            let terms = tsquery(search.terms).into();
            vec![terms, search.owner.0.into(), search.before.into(), search.limit.into()]
        };
        // Each has one sensible plan, whatever the parameters: here the index by user and id, there that of
        // the terms.
        let recent = "SELECT id FROM (SELECT id, terms FROM descriptions \
                      WHERE (user_id, id) < ($2, $3) AND (user_id, id) > ($2, 0) \
                      ORDER BY user_id DESC, id DESC LIMIT $5) AS recent \
                      WHERE terms @@ CAST(CAST($1 AS TEXT) AS TSQUERY) ORDER BY id DESC LIMIT $4";
        let mut of_recent = parameters();
        of_recent.push(RECENT.into());
        let found = ids(&self.db.query(recent, of_recent).await?)?;
        if i64::try_from(found.len()).is_ok_and(|count| count >= search.limit) {
            return Ok(found);
        }
        let indexed = "WITH found AS MATERIALIZED (SELECT id FROM descriptions \
                       WHERE terms @@ CAST(CAST($1 AS TEXT) AS TSQUERY) \
                       AND user_id + 0 = $2 AND id + 0 < $3) \
                       SELECT id FROM found ORDER BY id DESC LIMIT $4";
        ids(&self.db.query(indexed, parameters()).await?)
    }

    /// The descriptions with these ids that are of media of this owner, newest first.
    pub async fn found_descriptions(
        &self,
        owner: UserId,
        ids: &[i64],
    ) -> Result<Vec<FoundDescription>, Error> {
        let text = "SELECT d.id, d.media_id, d.lang, h.alt_text, h.extended, h.is_decorative, \
                    h.source, h.app_id, COALESCE(a.name, ''), h.created_at, d.lint_level, d.user_id \
                    FROM descriptions AS d JOIN alt_text_history AS h ON h.id = d.id \
                    LEFT JOIN apps AS a ON a.id = h.app_id \
                    WHERE d.id IN (SELECT CAST(key AS BIGINT) FROM json_each($1)) \
                    ORDER BY d.id DESC";
        let rows = self.query_list(text, ids.iter().map(ToString::to_string)).await?;
        let own = rows.iter().filter(|row| row.int(11).is_ok_and(|id| id == owner.0));
        own.map(read).collect()
    }
}
