//! Users.

use crate::catalog::Catalog;
use crate::db::{Error, Row, Statement, sql};
use birdhouse_domain::{Timestamp, UserId};

/// A user.
#[derive(Clone, Debug)]
pub struct User {
    /// Id.
    pub id: UserId,
    /// The name after the `@`.
    pub screen_name: String,
    /// The display name.
    pub name: String,
    /// Argon2 hash of the password.
    pub password_hash: String,
    /// Number of the user's Tweets.
    pub statuses_count: i64,
    /// When the user was created.
    pub created_at: Timestamp,
}

/// Columns of a [`User`], in the order that `read` expects.
macro_rules! select {
    ($rest:literal) => {
        concat!(
            "SELECT id, screen_name, name, password_hash, statuses_count, created_at FROM users ",
            $rest
        )
    };
}

fn read(row: &Row) -> Result<User, Error> {
    Ok(User {
        id: UserId(row.int(0)?),
        screen_name: row.text(1)?.to_owned(),
        name: row.text(2)?.to_owned(),
        password_hash: row.text(3)?.to_owned(),
        statuses_count: row.int(4)?,
        created_at: Timestamp(row.int(5)?),
    })
}

fn end_sessions(id: UserId) -> Statement {
    sql("DELETE FROM sessions WHERE user_id = $1", [id.0.into()])
}

impl Catalog {
    /// The user with this id.
    pub async fn user(&self, id: UserId) -> Result<Option<User>, Error> {
        let row = self.db.query_one(select!("WHERE id = $1"), vec![id.0.into()]).await?;
        row.as_ref().map(read).transpose()
    }

    /// The user with this screen name, ignoring case.
    pub async fn user_by_name(&self, screen_name: &str) -> Result<Option<User>, Error> {
        let key = screen_name.to_ascii_lowercase();
        let row =
            self.db.query_one(select!("WHERE screen_name_key = $1"), vec![key.into()]).await?;
        row.as_ref().map(read).transpose()
    }

    /// The users with these ids.
    pub async fn users(&self, ids: &[UserId]) -> Result<Vec<User>, Error> {
        let text = select!("WHERE id IN (SELECT CAST(key AS BIGINT) FROM json_each($1))");
        let rows = self.query_list(text, ids.iter().map(ToString::to_string)).await?;
        rows.iter().map(read).collect()
    }

    /// The users with these screen names, ignoring case.
    pub async fn users_by_name(&self, screen_names: &[&str]) -> Result<Vec<User>, Error> {
        let text = select!("WHERE screen_name_key IN (SELECT key FROM json_each($1))");
        let keys = screen_names.iter().map(|name| name.to_ascii_lowercase());
        self.query_list(text, keys).await?.iter().map(read).collect()
    }

    /// Adds a user; `false` if the screen name is taken.
    pub async fn add_user(&self, user: &User) -> Result<bool, Error> {
        let insert = sql(
            "INSERT INTO users (id, screen_name, screen_name_key, name, password_hash, created_at) \
             VALUES ($1, $2, $3, $4, $5, $6) ON CONFLICT DO NOTHING",
            [
                user.id.0.into(),
                user.screen_name.as_str().into(),
                user.screen_name.to_ascii_lowercase().into(),
                user.name.as_str().into(),
                user.password_hash.as_str().into(),
                user.created_at.0.into(),
            ],
        );
        self.write(vec![insert.expect(1)]).await
    }

    /// Replaces a password hash, and ends the user's sessions.
    pub async fn set_password(&self, id: UserId, hash: &str) -> Result<bool, Error> {
        let text = "UPDATE users SET password_hash = $1 WHERE id = $2";
        let update = sql(text, [hash.into(), id.0.into()]).expect(1);
        self.write(vec![update, end_sessions(id)]).await
    }

    /// Revokes whatever an app could act with for this user: access tokens, grants, and consents that
    /// were not exchanged yet; and ends the user's sessions.
    pub async fn revoke_all(&self, id: UserId, now: Timestamp) -> Result<bool, Error> {
        let (user, at) = (id.0, now.0);
        let statements = vec![
            end_sessions(id),
            sql("DELETE FROM request_tokens WHERE user_id = $1", [user.into()]),
            sql(
                "UPDATE oauth2_codes SET used_at = $1 WHERE user_id = $2 AND used_at IS NULL",
                [at.into(), user.into()],
            ),
            sql(
                "UPDATE access_tokens SET revoked_at = $1 WHERE user_id = $2 AND revoked_at IS NULL",
                [at.into(), user.into()],
            ),
            sql(
                "UPDATE oauth2_grants SET revoked_at = $1 WHERE user_id = $2 AND revoked_at IS NULL",
                [at.into(), user.into()],
            ),
        ];
        self.write(statements).await
    }

    /// Whether there is any user.
    pub async fn has_users(&self) -> Result<bool, Error> {
        Ok(self.db.query_one("SELECT id FROM users LIMIT 1", vec![]).await?.is_some())
    }
}
