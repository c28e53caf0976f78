//! Access to the database, SQLite or PostgreSQL, with the same four value types and the same SQL.
//!
//! A write is a list of guarded statements that is applied as a whole or not at all, and is
//! durable when it returns. No caller holds a transaction open across an `.await`.

pub(crate) mod migrate;
mod postgres;
mod sqlite;
mod values;

pub use values::Error;
pub(crate) use values::{Migration, Row, Statement, Value, WriteOutcome, sql};

use std::path::Path;

/// An open database.
#[derive(Clone)]
pub(crate) enum Db {
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
            return sqlite::Sqlite::open(Path::new(path), may_create).await.map(Self::Sqlite);
        }
        postgres::Postgres::open(url).await.map(Self::Postgres)
    }

    /// Applies the migrations that are not applied yet.
    pub(crate) async fn migrate(&self, migrations: &'static [Migration]) -> Result<(), Error> {
        match self {
            Self::Sqlite(db) => db.migrate(migrations).await,
            Self::Postgres(db) => db.migrate(migrations).await,
        }
    }

    /// Returns all rows.
    pub(crate) async fn query(
        &self,
        text: &'static str,
        parameters: Vec<Value>,
    ) -> Result<Vec<Row>, Error> {
        match self {
            Self::Sqlite(db) => db.query(text, parameters).await,
            Self::Postgres(db) => db.query(text, parameters).await,
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
        match self {
            Self::Sqlite(db) => db.write(statements).await,
            // Its future is large, and part of that of nearly every request.
            Self::Postgres(db) => Box::pin(db.write(statements)).await,
        }
    }

    /// Fails unless the database responds.
    pub(crate) async fn ping(&self) -> Result<(), Error> {
        self.query("SELECT 1", Vec::new()).await.map(|_| ())
    }

    /// `sqlite` or `postgres`.
    pub(crate) fn kind(&self) -> &'static str {
        match self {
            Self::Sqlite(_) => "sqlite",
            Self::Postgres(_) => "postgres",
        }
    }

    /// Applies queued writes and closes.
    pub(crate) async fn close(self) {
        if let Self::Sqlite(db) = self {
            db.close().await;
        }
    }
}
