//! Lists of ids or names as one parameter, so that one query answers for all of them.
//!
//! `$1` is a JSON object with a member for each value. `json_each($1)` returns those members as rows,
//! on SQLite and on PostgreSQL alike: `IN (SELECT CAST(key AS BIGINT) FROM json_each($1))`.

use crate::catalog::Catalog;
use crate::db::{Error, Row};
use serde_json::{Map, Value};

impl Catalog {
    /// The rows for a list of values, which is `$1`; without a query if it is empty.
    pub(crate) async fn query_list(
        &self,
        text: &'static str,
        values: impl Iterator<Item = String>,
    ) -> Result<Vec<Row>, Error> {
        // PostgreSQL has no NUL in a text.
        let member = |value: String| (value.replace('\0', "\u{fffd}"), Value::Null);
        let list: Map<String, Value> = values.map(member).collect();
        if list.is_empty() {
            return Ok(Vec::new());
        }
        self.db.query(text, vec![Value::Object(list).to_string().into()]).await
    }
}
