//! Browser sessions of the sign-in page; only the hash of the cookie is stored.

use crate::catalog::Catalog;
use crate::db::{Error, sql};
use birdhouse_domain::{Timestamp, UserId};

impl Catalog {
    /// Stores a session.
    pub async fn add_session(
        &self,
        hash: &[u8],
        user: UserId,
        expires_at: Timestamp,
    ) -> Result<bool, Error> {
        let insert = sql(
            "INSERT INTO sessions (hash, user_id, expires_at) VALUES ($1, $2, $3) \
             ON CONFLICT DO NOTHING",
            [hash.into(), user.0.into(), expires_at.0.into()],
        );
        self.write(vec![insert.expect(1)]).await
    }

    /// The user of a session, if it has not expired.
    pub async fn session(&self, hash: &[u8], now: Timestamp) -> Result<Option<UserId>, Error> {
        let text = "SELECT user_id FROM sessions WHERE hash = $1 AND expires_at > $2";
        let row = self.db.query_one(text, vec![hash.into(), now.0.into()]).await?;
        row.map(|row| row.int(0).map(UserId)).transpose()
    }

    /// Deletes a session.
    pub async fn delete_session(&self, hash: &[u8]) -> Result<bool, Error> {
        self.write(vec![sql("DELETE FROM sessions WHERE hash = $1", [hash.into()])]).await
    }
}
