//! Access to the database, SQLite or PostgreSQL, with the same four value types and the same SQL.
//!
//! A write is a list of guarded statements that is applied as a whole or not at all, and is
//! durable when it returns. No caller holds a transaction open across an `.await`.

pub(crate) mod migrate;
mod postgres;
mod sqlite;
mod values;

pub use values::Error;
pub(crate) use values::{
    EngineKind, EnginePart, Migration, Migrations, Row, Statement, Value, WriteOutcome, sql,
};

use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

/// An open database.
#[derive(Clone)]
pub(crate) struct Db {
    engine: Engine,
    queries: Arc<AtomicU64>,
}

#[derive(Clone)]
enum Engine {
    /// A file, in this process.
    Sqlite(sqlite::Sqlite),
    /// A server.
    Postgres(postgres::Postgres),
}

impl Db {
    /// Opens `sqlite:PATH`, whose file is created if it may be, or `postgres://…`.
    pub(crate) async fn open(url: &str, may_create: bool) -> Result<Self, Error> {
        if let Some(path) = url.strip_prefix("sqlite:") {
            if path.starts_with(':') {
                return Err(Error::Broken("`sqlite:` needs the path of a file".to_owned()));
            }
            // An error other than absence is reported as it is when the file is opened.
            if !may_create && matches!(Path::new(path).try_exists(), Ok(false)) {
                return Err(Error::Broken(format!("there is no file {path}")));
            }
            let opened = sqlite::Sqlite::open(Path::new(path), may_create).await?;
            return Ok(Self::new(Engine::Sqlite(opened)));
        }
        Ok(Self::new(Engine::Postgres(postgres::Postgres::open(url).await?)))
    }

    fn new(engine: Engine) -> Self {
        Self { engine, queries: Arc::default() }
    }

    /// Applies the migrations that are not applied yet.
    pub(crate) async fn migrate(&self, migrations: &'static Migrations) -> Result<(), Error> {
        match &self.engine {
            Engine::Sqlite(db) => db.migrate(migrations).await,
            Engine::Postgres(db) => db.migrate(migrations).await,
        }
    }

    /// Returns all rows.
    pub(crate) async fn query(
        &self,
        text: &'static str,
        parameters: Vec<Value>,
    ) -> Result<Vec<Row>, Error> {
        self.queries.fetch_add(1, Ordering::Relaxed);
        match &self.engine {
            Engine::Sqlite(db) => db.query(text, parameters).await,
            Engine::Postgres(db) => Box::pin(db.query(text, parameters)).await,
        }
    }

    /// Returns the first row.
    pub(crate) async fn query_one(
        &self,
        text: &'static str,
        parameters: Vec<Value>,
    ) -> Result<Option<Row>, Error> {
        Ok(self.query(text, parameters).await?.into_iter().next())
    }

    /// Applies all statements or none; durable when it returns.
    pub(crate) async fn write(&self, statements: Vec<Statement>) -> Result<WriteOutcome, Error> {
        match &self.engine {
            Engine::Sqlite(db) => db.write(statements).await,
            // Its future is large, and part of that of nearly every request.
            Engine::Postgres(db) => Box::pin(db.write(statements)).await,
        }
    }

    /// Queries so far, by all clones.
    pub(crate) fn query_count(&self) -> u64 {
        self.queries.load(Ordering::Relaxed)
    }

    /// Fails unless the database responds.
    pub(crate) async fn ping(&self) -> Result<(), Error> {
        self.query("SELECT 1", Vec::new()).await.map(|_| ())
    }

    /// Fails if files of this process's database were deleted or replaced; until that ends, writes
    /// fail, too. Blocks for a moment.
    pub(crate) fn verify_files(&self) -> Result<(), Error> {
        match &self.engine {
            Engine::Sqlite(db) => db.verify_files(),
            Engine::Postgres(_) => Ok(()),
        }
    }

    /// Which engine it is.
    pub(crate) fn kind(&self) -> EngineKind {
        match &self.engine {
            Engine::Sqlite(_) => EngineKind::Sqlite,
            Engine::Postgres(_) => EngineKind::Postgres,
        }
    }

    /// Applies queued writes and closes.
    pub(crate) async fn close(self) {
        if let Engine::Sqlite(db) = self.engine {
            db.close().await;
        }
    }
}
