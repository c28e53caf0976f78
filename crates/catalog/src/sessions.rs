//! Browser sessions of the sign-in page; only the hash of the cookie is stored.

use crate::catalog::Catalog;
use crate::db::{Error, sql};
use crate::users::User;
use birdhouse_domain::{Timestamp, UserId};

/// Sessions that a user has at most.
const SESSIONS_MAX: i64 = 100;

impl Catalog {
    /// Stores a session; `false` if the user's password is no longer the one of `user`. The user's oldest
    /// ones end if there are too many.
    pub async fn add_session(
        &self,
        hash: &[u8],
        user: &User,
        expires_at: Timestamp,
    ) -> Result<bool, Error> {
        // Locks the row against a new password at the same time.
        let guard = sql(
            "UPDATE users SET password_hash = password_hash WHERE id = $1 AND password_hash = $2",
            [user.id.0.into(), user.password_hash.as_str().into()],
        );
        let others = sql(
            "DELETE FROM sessions WHERE user_id = $1 AND hash NOT IN (SELECT hash FROM sessions \
             WHERE user_id = $1 ORDER BY expires_at DESC LIMIT $2)",
            [user.id.0.into(), (SESSIONS_MAX - 1).into()],
        );
        let insert = sql(
            "INSERT INTO sessions (hash, user_id, expires_at) VALUES ($1, $2, $3)",
            [hash.into(), user.id.0.into(), expires_at.0.into()],
        );
        self.write(vec![guard.expect(1), others, insert]).await
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
