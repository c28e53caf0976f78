//! Opens and closes the catalog; helpers that the tables share.

use crate::db::{Db, EngineKind, Error, Statement, Value, WriteOutcome, migrate};
use crate::migrations;

/// Why a catalog that has no schema is refused.
const NO_CATALOG: &str = "there is none yet: start `birdhouse serve` once, which creates it";

/// Access to the catalog.
#[derive(Clone)]
pub struct Catalog {
    pub(crate) db: Db,
}

impl Catalog {
    /// Opens the catalog, which is created if it does not exist, with whatever schema it has.
    pub async fn open_or_create(url: &str) -> Result<Self, Error> {
        Ok(Self { db: Db::open(url, true).await? })
    }

    /// Brings the schema up to date.
    pub async fn migrate(&self) -> Result<(), Error> {
        self.db.migrate(&migrations::MIGRATIONS).await
    }

    /// Opens the catalog, which is created if it does not exist, and brings its schema up to date.
    pub async fn open_and_migrate(url: &str) -> Result<Self, Error> {
        let catalog = Self::open_or_create(url).await?;
        catalog.migrate().await?;
        Ok(catalog)
    }

    /// Opens a catalog that exists and has the schema of this program; changes nothing.
    pub async fn open(url: &str) -> Result<Self, Error> {
        let db = Db::open(url, false).await?;
        let applied = db.query("SELECT number, checksum FROM schema_migrations", Vec::new()).await;
        let applied = applied.map_err(|error| match error {
            Error::Broken(_) => Error::Broken(NO_CATALOG.to_owned()),
            away @ Error::Unavailable(_) => away,
        })?;
        let steps = applied.iter().map(|row| Ok((row.int(0)?, row.int(1)?)));
        let applied = steps.collect::<Result<Vec<_>, Error>>()?;
        let missing = migrate::missing(&migrations::MIGRATIONS, db.kind(), &applied)?;
        match missing.first() {
            None => Ok(Self { db }),
            Some(migrate::Step { number, name, .. }) => Err(Error::Broken(format!(
                "its schema is of an older version: it lacks step {number} ({name}); start \
                 `birdhouse serve` of this version, which applies it"
            ))),
        }
    }

    /// Whether the catalog answers.
    pub async fn ping(&self) -> Result<(), Error> {
        self.db.ping().await
    }

    /// Fails if the files of the database were deleted or replaced; until that ends, writes fail, too.
    /// Blocks for a moment.
    pub fn verify_files(&self) -> Result<(), Error> {
        self.db.verify_files()
    }

    /// Whether a write that returned survives a power cut. SQLite is opened so that it does; a
    /// PostgreSQL server may be set up otherwise.
    pub async fn is_durable(&self) -> Result<bool, Error> {
        if self.db.kind() == EngineKind::Sqlite {
            return Ok(true);
        }
        let text = "SELECT 1 WHERE current_setting('fsync') = 'on'";
        Ok(self.db.query_one(text, Vec::new()).await?.is_some())
    }

    /// `sqlite` or `postgres`.
    pub fn kind(&self) -> &'static str {
        match self.db.kind() {
            EngineKind::Sqlite => "sqlite",
            EngineKind::Postgres => "postgres",
        }
    }

    /// Queries so far, writes not included.
    pub fn query_count(&self) -> u64 {
        self.db.query_count()
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
