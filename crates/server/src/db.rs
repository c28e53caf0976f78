//! The one seam to the database: SQLite or PostgreSQL behind the same four value types and the
//! same SQL text.
//!
//! A write is a list of guarded statements that is carried out whole or not at all, and is
//! durable when it returns. No transaction is held open while our code thinks.

pub mod migrate;
mod postgres;
mod sqlite;

use std::path::Path;

/// A value in a row or a parameter.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Value {
    /// SQL NULL.
    Null,
    /// BIGINT; flags are 0 and 1.
    Int(i64),
    /// TEXT. A NUL, which PostgreSQL has no place for, becomes U+FFFD; where it matters it was
    /// refused before.
    Text(String),
    /// BYTEA.
    Bytes(Vec<u8>),
}

macro_rules! from {
    ($type:ty, $value:ident => $made:expr) => {
        impl From<$type> for Value {
            fn from($value: $type) -> Self {
                $made
            }
        }
    };
}

from!(i64, v => Self::Int(v));
from!(i32, v => Self::Int(v.into()));
from!(u32, v => Self::Int(v.into()));
from!(bool, v => Self::Int(v.into()));
from!(&str, v => Self::Text(v.replace('\0', "\u{fffd}")));
from!(String, v => Self::Text(if v.contains('\0') { v.replace('\0', "\u{fffd}") } else { v }));
from!(&[u8], v => Self::Bytes(v.to_vec()));
from!(Vec<u8>, v => Self::Bytes(v));

impl<T: Into<Value>> From<Option<T>> for Value {
    fn from(value: Option<T>) -> Self {
        value.map_or(Self::Null, Into::into)
    }
}

/// What went wrong in the database.
#[derive(Clone, Debug, thiserror::Error)]
pub enum Error {
    /// It cannot be reached or is too busy; trying again may help.
    #[error("the database is not available: {0}")]
    Unavailable(String),
    /// It refused a statement, or a row is not what the code expects.
    #[error("the database refused: {0}")]
    Broken(String),
}

/// A row of an answer.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Row(pub(crate) Vec<Value>);

impl Row {
    fn at(&self, column: usize) -> Result<&Value, Error> {
        self.0.get(column).ok_or_else(|| Error::Broken(format!("there is no column {column}")))
    }

    /// A whole number.
    pub fn int(&self, column: usize) -> Result<i64, Error> {
        self.opt_int(column)?.ok_or_else(|| null(column))
    }

    /// A whole number or NULL.
    pub fn opt_int(&self, column: usize) -> Result<Option<i64>, Error> {
        match self.at(column)? {
            Value::Int(number) => Ok(Some(*number)),
            Value::Null => Ok(None),
            Value::Text(_) | Value::Bytes(_) => Err(other(column)),
        }
    }

    /// A flag.
    pub fn flag(&self, column: usize) -> Result<bool, Error> {
        Ok(self.int(column)? != 0)
    }

    /// A text.
    pub fn text(&self, column: usize) -> Result<&str, Error> {
        self.opt_text(column)?.ok_or_else(|| null(column))
    }

    /// A text or NULL.
    pub fn opt_text(&self, column: usize) -> Result<Option<&str>, Error> {
        match self.at(column)? {
            Value::Text(text) => Ok(Some(text)),
            Value::Null => Ok(None),
            Value::Int(_) | Value::Bytes(_) => Err(other(column)),
        }
    }

    /// Bytes.
    pub fn bytes(&self, column: usize) -> Result<&[u8], Error> {
        self.opt_bytes(column)?.ok_or_else(|| null(column))
    }

    /// Bytes or NULL.
    pub fn opt_bytes(&self, column: usize) -> Result<Option<&[u8]>, Error> {
        match self.at(column)? {
            Value::Bytes(bytes) => Ok(Some(bytes)),
            Value::Null => Ok(None),
            Value::Int(_) | Value::Text(_) => Err(other(column)),
        }
    }
}

fn null(column: usize) -> Error {
    Error::Broken(format!("column {column} is NULL"))
}

fn other(column: usize) -> Error {
    Error::Broken(format!("column {column} has another type"))
}

/// A statement of a write.
#[derive(Clone, Debug)]
pub struct Statement {
    text: &'static str,
    parameters: Vec<Value>,
    expected: Option<u64>,
}

/// A statement; `$1` is the first parameter.
pub fn sql<const N: usize>(text: &'static str, parameters: [Value; N]) -> Statement {
    Statement { text, parameters: parameters.into(), expected: None }
}

impl Statement {
    /// Guards the write: unless exactly `rows` rows are changed or returned, nothing happens.
    #[must_use]
    pub fn expect(mut self, rows: u64) -> Self {
        self.expected = Some(rows);
        self
    }

    fn is_met(&self, rows: u64) -> bool {
        self.expected.is_none_or(|expected| expected == rows)
    }
}

/// What became of a write.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Written {
    /// It is done and durable; the rows that each statement returned.
    Done(Vec<Vec<Row>>),
    /// A guard refused it, and nothing was changed.
    Refused {
        /// The place of that statement.
        statement: usize,
    },
}

/// A numbered step of the schema: number, name, SQL.
pub type Migration = (i64, &'static str, &'static str);

/// An open database.
#[derive(Clone)]
pub enum Db {
    /// One file, in this process.
    Sqlite(sqlite::Sqlite),
    /// A server.
    Postgres(postgres::Postgres),
}

impl Db {
    /// Opens `sqlite:PATH` or `postgres://…`.
    pub async fn open(url: &str) -> Result<Self, Error> {
        if let Some(path) = url.strip_prefix("sqlite:") {
            return sqlite::Sqlite::open(Path::new(path)).await.map(Self::Sqlite);
        }
        postgres::Postgres::open(url).await.map(Self::Postgres)
    }

    /// Applies the steps that the schema lacks.
    pub async fn migrate(&self, migrations: &'static [Migration]) -> Result<(), Error> {
        match self {
            Self::Sqlite(db) => db.migrate(migrations).await,
            Self::Postgres(db) => db.migrate(migrations).await,
        }
    }

    /// Reads.
    pub async fn query(&self, text: &'static str, of: Vec<Value>) -> Result<Vec<Row>, Error> {
        match self {
            Self::Sqlite(db) => db.query(text, of).await,
            Self::Postgres(db) => db.query(text, of).await,
        }
    }

    /// Reads the first row.
    pub async fn query_one(
        &self,
        text: &'static str,
        of: Vec<Value>,
    ) -> Result<Option<Row>, Error> {
        Ok(self.query(text, of).await?.into_iter().next())
    }

    /// Carries out all statements or none; durable when it returns.
    pub async fn write(&self, statements: Vec<Statement>) -> Result<Written, Error> {
        match self {
            Self::Sqlite(db) => db.write(statements).await,
            Self::Postgres(db) => db.write(statements).await,
        }
    }

    /// Whether it answers.
    pub async fn ping(&self) -> Result<(), Error> {
        self.query("SELECT 1", Vec::new()).await.map(|_| ())
    }

    /// `sqlite` or `postgres`.
    pub fn kind(&self) -> &'static str {
        match self {
            Self::Sqlite(_) => "sqlite",
            Self::Postgres(_) => "postgres",
        }
    }

    /// Finishes what is queued and closes.
    pub async fn close(self) {
        if let Self::Sqlite(db) = self {
            db.close().await;
        }
    }
}
