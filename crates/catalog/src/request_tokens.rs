//! Request tokens of the three-legged flow of OAuth 1.0a.

use crate::catalog::Catalog;
use crate::db::{Error, sql};
use birdhouse_domain::{Access, AppId, Timestamp, UserId};

/// A request token.
#[derive(Clone, Debug)]
pub struct RequestToken {
    /// The token.
    pub token: String,
    /// Its sealed secret.
    pub secret: Vec<u8>,
    /// The app.
    pub app: AppId,
    /// Where the browser is redirected afterwards; `oob` displays a PIN instead.
    pub callback: String,
    /// The requested access.
    pub access: Access,
    /// The user who consented, if one has.
    pub user: Option<UserId>,
    /// The verifier, which proves the consent.
    pub verifier: Option<String>,
    /// When it expires.
    pub expires_at: Timestamp,
}

impl Catalog {
    /// Stores a request token.
    pub async fn add_request_token(&self, token: &RequestToken) -> Result<bool, Error> {
        let insert = sql(
            "INSERT INTO request_tokens (token, secret, app_id, callback, access, expires_at) \
             VALUES ($1, $2, $3, $4, $5, $6) ON CONFLICT DO NOTHING",
            [
                token.token.as_str().into(),
                token.secret.as_slice().into(),
                token.app.0.into(),
                token.callback.as_str().into(),
                token.access.name().into(),
                token.expires_at.0.into(),
            ],
        );
        self.write(vec![insert.expect(1)]).await
    }

    /// The request token with this text, if it has not expired.
    pub async fn request_token(
        &self,
        token: &str,
        now: Timestamp,
    ) -> Result<Option<RequestToken>, Error> {
        let text = "SELECT secret, app_id, callback, access, user_id, verifier, \
                    expires_at FROM request_tokens WHERE token = $1 AND expires_at > $2";
        let found = self.db.query_one(text, vec![token.into(), now.0.into()]).await?;
        let Some(row) = found else { return Ok(None) };
        Ok(Some(RequestToken {
            token: token.to_owned(),
            secret: row.bytes(0)?.to_vec(),
            app: AppId(row.int(1)?),
            callback: row.text(2)?.to_owned(),
            access: Access::parse(row.text(3)?).unwrap_or(Access::Read),
            user: row.opt_int(4)?.map(UserId),
            verifier: row.opt_text(5)?.map(str::to_owned),
            expires_at: Timestamp(row.int(6)?),
        }))
    }

    /// Records a user's consent; `false` if there was one before.
    pub async fn allow_request_token(
        &self,
        token: &str,
        user: UserId,
        verifier: &str,
    ) -> Result<bool, Error> {
        let update = sql(
            "UPDATE request_tokens SET user_id = $1, verifier = $2 \
             WHERE token = $3 AND verifier IS NULL",
            [user.0.into(), verifier.into(), token.into()],
        );
        self.write(vec![update.expect(1)]).await
    }

    /// Counts an attempt to exchange before its verifier is compared; `false` if there were `limit`
    /// before. The guard is in the write, so that attempts at the same time do not exceed the limit.
    pub async fn count_attempt(&self, token: &str, limit: i64) -> Result<bool, Error> {
        let text = "UPDATE request_tokens SET attempts = attempts + 1 \
                    WHERE token = $1 AND attempts < $2";
        self.write(vec![sql(text, [token.into(), limit.into()]).expect(1)]).await
    }

    /// Deletes a request token; `false` if it does not exist.
    pub async fn delete_request_token(&self, token: &str) -> Result<bool, Error> {
        let text = "DELETE FROM request_tokens WHERE token = $1";
        self.write(vec![sql(text, [token.into()]).expect(1)]).await
    }

    /// Replaces a request token with consent by an access token; `false` if there is no such request
    /// token.
    pub async fn exchange_request_token(
        &self,
        request: &str,
        access: &crate::tokens::NewAccessToken,
        now: Timestamp,
    ) -> Result<bool, Error> {
        let statements = vec![
            sql(
                "DELETE FROM request_tokens WHERE token = $1 AND verifier IS NOT NULL",
                [request.into()],
            )
            .expect(1),
            sql(
                "INSERT INTO access_tokens (token, secret, user_id, app_id, access, created_at) \
                 VALUES ($1, $2, $3, $4, $5, $6)",
                [
                    access.token.as_str().into(),
                    access.secret.as_slice().into(),
                    access.user.0.into(),
                    access.app.0.into(),
                    access.access.name().into(),
                    now.0.into(),
                ],
            ),
        ];
        self.write(statements).await
    }

    /// Deletes expired request tokens and sessions.
    pub async fn sweep_sign_ins(&self, now: Timestamp) -> Result<bool, Error> {
        let statements = vec![
            sql("DELETE FROM request_tokens WHERE expires_at <= $1", [now.0.into()]),
            sql("DELETE FROM sessions WHERE expires_at <= $1", [now.0.into()]),
        ];
        self.write(statements).await
    }
}
