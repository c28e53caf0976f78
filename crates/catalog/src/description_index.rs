//! The index of descriptions: what is not in it yet, and adding that.

use crate::catalog::Catalog;
use crate::db::{EngineKind, Error, Row, Statement, sql};
use birdhouse_domain::{AltTextOrigin, AppId, UserId};
use serde_json::{Map, Value, json};

/// A description that is not in the index yet, or was removed.
#[derive(Clone, Debug)]
pub struct UnindexedDescription {
    /// Id of the newest entry of its history.
    pub id: i64,
    /// The language.
    pub lang: String,
    /// The owner of the media.
    pub owner: UserId,
    /// The app.
    pub app: AppId,
    /// Where it comes from.
    pub origin: AltTextOrigin,
    /// The alt text; empty if the media is decorative, or the description was removed.
    pub alt_text: String,
    /// The extended description.
    pub extended: Option<String>,
    /// Whether the media is decorative.
    pub is_decorative: bool,
}

/// Descriptions to index, of one revision of the index.
#[derive(Clone, Debug)]
pub struct IndexBatch {
    revision: i64,
    /// The changes, entries of the history.
    changes: Vec<i64>,
    /// The newest entry of each media and language that was changed.
    pub descriptions: Vec<UnindexedDescription>,
}

/// What the index gets of a description.
#[derive(Clone, Debug)]
pub struct IndexEntry {
    /// [`UnindexedDescription::id`].
    pub id: i64,
    /// Its terms, separated by spaces.
    pub terms: String,
    /// The level of its worst finding, 0 to 3.
    pub lint_level: i64,
}

fn read(row: &Row) -> Result<UnindexedDescription, Error> {
    Ok(UnindexedDescription {
        id: row.int(0)?,
        lang: row.text(1)?.to_owned(),
        owner: UserId(row.int(2)?),
        app: AppId(row.int(3)?),
        origin: AltTextOrigin::parse(row.text(4)?).unwrap_or(AltTextOrigin::Author),
        alt_text: row.text(5)?.to_owned(),
        extended: row.opt_text(6)?.map(str::to_owned),
        is_decorative: row.flag(7)?,
    })
}

/// Replaces older descriptions. A deletion takes their terms along.
const REPLACE: &str = "DELETE FROM descriptions WHERE (media_id, lang) IN \
     (SELECT media_id, lang FROM alt_text_history \
     WHERE id IN (SELECT CAST(key AS BIGINT) FROM json_each($1)))";

macro_rules! add {
    ($column:literal, $value:literal) => {
        concat!(
            "INSERT INTO descriptions (id, media_id, lang, user_id, lint_level",
            $column,
            ") SELECT h.id, h.media_id, h.lang, m.user_id, CAST(j.value ->> 'level' AS BIGINT)",
            $value,
            " FROM json_each($1) AS j JOIN alt_text_history AS h ON h.id = CAST(j.key AS BIGINT) \
             JOIN media AS m ON m.id = h.media_id WHERE h.alt_text <> '' OR h.is_decorative = 1"
        )
    };
}

/// What is newer than the batch is indexed next.
const MARK: &str = "UPDATE alt_text_history SET is_indexed = 1 \
     WHERE id IN (SELECT CAST(key AS BIGINT) FROM json_each($1))";

/// The statements that add what the list holds.
fn add(engine: EngineKind, list: &str) -> Vec<Statement> {
    let on_list = |text| sql(text, [list.into()]);
    let mut statements = vec![on_list(REPLACE)];
    match engine {
        EngineKind::Sqlite => statements.extend([
            on_list(add!("", "")),
            on_list(
                "INSERT INTO description_terms (rowid, terms) SELECT d.id, j.value ->> 'terms' \
                 FROM json_each($1) AS j JOIN descriptions AS d ON d.id = CAST(j.key AS BIGINT)",
            ),
        ]),
        EngineKind::Postgres => statements.push(on_list(add!(
            ", terms",
            ", array_to_tsvector(string_to_array(j.value ->> 'terms', ' '))"
        ))),
    }
    statements
}

impl IndexBatch {
    /// Whether the index is up to date.
    pub fn is_empty(&self) -> bool {
        self.changes.is_empty()
    }
}

impl Catalog {
    /// The oldest changes that are not in the index yet, at most `limit`.
    pub async fn unindexed(&self, limit: i64) -> Result<IndexBatch, Error> {
        let text = "SELECT revision FROM description_index WHERE id = 1";
        // Before the descriptions are read, so that what another server adds meanwhile is noticed.
        let revision = self.db.query_one(text, Vec::new()).await?;
        let revision = revision.map(|row| row.int(0)).transpose()?.unwrap_or_default();
        let text = "SELECT id FROM alt_text_history WHERE is_indexed = 0 ORDER BY id LIMIT $1";
        let rows = self.db.query(text, vec![limit.into()]).await?;
        let changes: Vec<i64> = rows.iter().map(|row| row.int(0)).collect::<Result<_, _>>()?;
        let text = "SELECT h.id, h.lang, m.user_id, h.app_id, h.source, h.alt_text, h.extended, \
                    h.is_decorative FROM (SELECT DISTINCT media_id, lang FROM alt_text_history \
                    WHERE id IN (SELECT CAST(key AS BIGINT) FROM json_each($1))) AS changed \
                    JOIN alt_text_history AS h ON h.id = (SELECT MAX(newest.id) \
                    FROM alt_text_history AS newest WHERE newest.media_id = changed.media_id \
                    AND newest.lang = changed.lang) \
                    JOIN media AS m ON m.id = h.media_id";
        let rows = self.query_list(text, changes.iter().map(ToString::to_string)).await?;
        let descriptions = rows.iter().map(read).collect::<Result<_, _>>()?;
        Ok(IndexBatch { revision, changes, descriptions })
    }

    /// Adds descriptions of the batch to the index, in place of older ones of the same media and
    /// language. What was removed, or deleted meanwhile, is not added. `false` if another server added some since
    /// the batch was read: then nothing is changed.
    pub async fn index(&self, batch: &IndexBatch, entries: &[IndexEntry]) -> Result<bool, Error> {
        let member = |entry: &IndexEntry| {
            let value = json!({"terms": entry.terms, "level": entry.lint_level});
            (entry.id.to_string(), value)
        };
        let list = Value::Object(entries.iter().map(member).collect::<Map<_, _>>());
        let changes = batch.changes.iter().map(|id| (id.to_string(), Value::Null));
        let changes = Value::Object(changes.collect::<Map<_, _>>()).to_string();
        let guard = "UPDATE description_index SET revision = revision + 1 \
                     WHERE id = 1 AND revision = $1";
        let mut statements = vec![sql(guard, [batch.revision.into()]).expect(1)];
        statements.extend(add(self.db.kind(), &list.to_string()));
        statements.push(sql(MARK, [changes.into()]));
        self.write(statements).await
    }
}
