//! The catalog: who there is and what they have. SQL stands here and nowhere else.
//!
//! Each statement is one text for SQLite and PostgreSQL. What must happen together is one
//! [`Db::write`] of guarded statements; no transaction is held open across an `.await`.

pub mod alt_text;
pub mod apps;
pub mod blobs;
pub mod garbage;
pub mod jobs;
pub mod media;
pub mod oauth2;
pub mod request_tokens;
pub mod segments;
pub mod sessions;
pub mod subtitles;
pub mod tokens;
pub mod tweets;
pub mod users;
pub mod variants;

use crate::db::{Db, Error, Statement, Value, Written};

/// The schema, oldest step first: number, name, SQL.
pub const MIGRATIONS: [(i64, &str, &str); 3] = [
    (1, "init", include_str!("../migrations/0001_init.sql")),
    (2, "variants", include_str!("../migrations/0002_variants.sql")),
    (3, "v2", include_str!("../migrations/0003_v2.sql")),
];

/// Access to the catalog.
#[derive(Clone)]
pub struct Store {
    db: Db,
}

impl Store {
    /// Opens the catalog and brings its schema up to date.
    pub async fn open(url: &str) -> Result<Self, Error> {
        let db = Db::open(url).await?;
        db.migrate(&MIGRATIONS).await?;
        Ok(Self { db })
    }

    /// Whether the catalog answers.
    pub async fn ping(&self) -> Result<(), Error> {
        self.db.ping().await
    }

    /// `sqlite` or `postgres`.
    pub fn kind(&self) -> &'static str {
        self.db.kind()
    }

    /// Writes everything that is queued and closes the catalog.
    pub async fn close(self) {
        self.db.close().await;
    }

    /// Carries out a write; `false` if a guard refused it and nothing was changed.
    async fn done(&self, statements: Vec<Statement>) -> Result<bool, Error> {
        Ok(matches!(self.db.write(statements).await?, Written::Done(_)))
    }
}

/// An unsigned number of the domain as the catalog keeps it.
fn count(number: u64) -> Value {
    Value::Int(i64::try_from(number).unwrap_or(i64::MAX))
}

/// A number of the catalog as the domain knows it; the catalog holds no negative ones there.
fn unsigned<T: TryFrom<i64> + Default>(number: i64) -> T {
    T::try_from(number).unwrap_or_default()
}
