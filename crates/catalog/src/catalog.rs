//! Opens and closes the catalog; helpers that the tables share.

use crate::db::{Db, Error, Statement, Value, WriteOutcome};
use crate::schema;

/// The catalog; cheap to clone.
#[derive(Clone)]
pub struct Catalog {
    pub(crate) db: Db,
}

impl Catalog {
    /// Opens the catalog and brings its schema up to date.
    pub async fn open(url: &str) -> Result<Self, Error> {
        let db = Db::open(url).await?;
        db.migrate(&schema::MIGRATIONS).await?;
        Ok(Self { db })
    }

    /// Fails unless the database responds.
    pub async fn ping(&self) -> Result<(), Error> {
        self.db.ping().await
    }

    /// `sqlite` or `postgres`.
    pub fn kind(&self) -> &'static str {
        self.db.kind()
    }

    /// Applies queued writes and closes the catalog.
    pub async fn close(self) {
        self.db.close().await;
    }

    /// Applies a write; `false` if a guard refused it and nothing is changed.
    pub(crate) async fn write(&self, statements: Vec<Statement>) -> Result<bool, Error> {
        Ok(matches!(self.db.write(statements).await?, WriteOutcome::Applied(_)))
    }
}

/// An unsigned number as a value.
pub(crate) fn count(number: u64) -> Value {
    Value::Int(i64::try_from(number).unwrap_or(i64::MAX))
}

/// A number of a column that has no negative ones.
pub(crate) fn unsigned<T: TryFrom<i64> + Default>(number: i64) -> T {
    T::try_from(number).unwrap_or_default()
}
