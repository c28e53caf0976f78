//! OAuth 1.0a access tokens.

use crate::catalog::Catalog;
use crate::db::{Error, sql};
use birdhouse_domain::{Access, AppId, Timestamp, UserId};

/// An access token with everything that verifying a signature needs.
#[derive(Clone, Debug)]
pub struct AccessToken {
    /// The token.
    pub token: String,
    /// Its sealed secret.
    pub secret: Vec<u8>,
    /// Its user.
    pub user: UserId,
    /// The user's screen name.
    pub screen_name: String,
    /// Its app.
    pub app: AppId,
    /// The app's name.
    pub app_name: String,
    /// The app's consumer key.
    pub consumer_key: String,
    /// The app's sealed secret.
    pub consumer_secret: Vec<u8>,
    /// Its access level.
    pub access: Access,
}

/// A token to store.
#[derive(Clone, Debug)]
pub struct NewAccessToken {
    /// `<user id>-<alphanumerics>`.
    pub token: String,
    /// Its sealed secret.
    pub secret: Vec<u8>,
    /// Its user.
    pub user: UserId,
    /// Its app.
    pub app: AppId,
    /// Its access level.
    pub access: Access,
}

impl Catalog {
    /// The valid access token with this text and this consumer key.
    pub async fn access_token(
        &self,
        token: &str,
        consumer_key: &str,
    ) -> Result<Option<AccessToken>, Error> {
        let text = "SELECT t.secret, t.user_id, u.screen_name, t.app_id, a.name, \
                    a.consumer_secret, t.access FROM access_tokens AS t \
                    JOIN apps AS a ON a.id = t.app_id JOIN users AS u ON u.id = t.user_id \
                    WHERE t.token = $1 AND a.consumer_key = $2 AND t.revoked_at IS NULL";
        let found = self.db.query_one(text, vec![token.into(), consumer_key.into()]).await?;
        let Some(row) = found else { return Ok(None) };
        Ok(Some(AccessToken {
            token: token.to_owned(),
            secret: row.bytes(0)?.to_vec(),
            user: UserId(row.int(1)?),
            screen_name: row.text(2)?.to_owned(),
            app: AppId(row.int(3)?),
            app_name: row.text(4)?.to_owned(),
            consumer_key: consumer_key.to_owned(),
            consumer_secret: row.bytes(5)?.to_vec(),
            access: Access::parse(row.text(6)?).unwrap_or(Access::Read),
        }))
    }

    /// The newest valid token of this user, app and access, with its sealed secret.
    pub async fn newest_token(
        &self,
        user: UserId,
        app: AppId,
        access: Access,
    ) -> Result<Option<(String, Vec<u8>)>, Error> {
        let text = "SELECT token, secret FROM access_tokens WHERE user_id = $1 AND app_id = $2 \
                    AND access = $3 AND revoked_at IS NULL ORDER BY created_at DESC LIMIT 1";
        let parameters = vec![user.0.into(), app.0.into(), access.name().into()];
        let Some(row) = self.db.query_one(text, parameters).await? else { return Ok(None) };
        Ok(Some((row.text(0)?.to_owned(), row.bytes(1)?.to_vec())))
    }

    /// The user of the token with this text, even if it is revoked.
    pub async fn token_owner(&self, token: &str) -> Result<Option<UserId>, Error> {
        let text = "SELECT user_id FROM access_tokens WHERE token = $1";
        let row = self.db.query_one(text, vec![token.into()]).await?;
        row.map(|row| row.int(0).map(UserId)).transpose()
    }

    /// Adds a token; `false` if the text is taken.
    pub async fn add_token(&self, new: &NewAccessToken, now: Timestamp) -> Result<bool, Error> {
        let insert = sql(
            "INSERT INTO access_tokens (token, secret, user_id, app_id, access, created_at) \
             VALUES ($1, $2, $3, $4, $5, $6) ON CONFLICT DO NOTHING",
            [
                new.token.as_str().into(),
                new.secret.as_slice().into(),
                new.user.0.into(),
                new.app.0.into(),
                new.access.name().into(),
                now.0.into(),
            ],
        );
        self.write(vec![insert.expect(1)]).await
    }

    /// Revokes a token; `false` if it was not valid.
    pub async fn revoke_token(&self, token: &str, now: Timestamp) -> Result<bool, Error> {
        let update = sql(
            "UPDATE access_tokens SET revoked_at = $1 WHERE token = $2 AND revoked_at IS NULL",
            [now.0.into(), token.into()],
        );
        self.write(vec![update.expect(1)]).await
    }
}
