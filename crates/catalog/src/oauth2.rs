//! OAuth 2.0 codes, grants and tokens. Codes and tokens are stored as hashes only.

use crate::catalog::Catalog;
use crate::db::{Error, Row, Statement, sql};
use birdhouse_domain::{AppId, ChallengeMethod, Scopes, Timestamp, TokenKind, UserId};

/// An authorization code.
#[derive(Clone, Debug)]
pub struct AuthorizationCode {
    /// Its hash.
    pub hash: Vec<u8>,
    /// The id of the grant that its exchange creates.
    pub grant: i64,
    /// The app.
    pub app: AppId,
    /// The user who consented.
    pub user: UserId,
    /// The redirect URI of the authorization request.
    pub redirect_uri: String,
    /// The granted scopes.
    pub scopes: Scopes,
    /// PKCE challenge.
    pub challenge: String,
    /// How the challenge was derived.
    pub challenge_method: ChallengeMethod,
    /// Whether it was exchanged.
    pub is_used: bool,
    /// When it expires.
    pub expires_at: Timestamp,
}

/// A user's consent for an app.
#[derive(Clone, Debug)]
pub struct NewGrant {
    /// Its id.
    pub id: i64,
    /// The app.
    pub app: AppId,
    /// The user.
    pub user: UserId,
    /// The granted scopes.
    pub scopes: Scopes,
}

/// A token to store.
#[derive(Clone, Debug)]
pub struct NewOAuth2Token {
    /// Its hash.
    pub hash: Vec<u8>,
    /// Its kind.
    pub kind: TokenKind,
    /// Its scopes.
    pub scopes: Scopes,
    /// When it expires.
    pub expires_at: Timestamp,
}

/// A refresh token that is exchanged.
#[derive(Clone, Copy, Debug)]
pub struct UsedToken<'a> {
    /// Its hash.
    pub hash: &'a [u8],
    /// Its grant.
    pub grant: i64,
    /// Until when it is recognized if it comes again.
    pub until: Timestamp,
}

/// A token with its grant.
#[derive(Clone, Debug)]
pub struct OAuth2Token {
    /// The grant.
    pub grant: i64,
    /// Its kind.
    pub kind: TokenKind,
    /// Its scopes.
    pub scopes: Scopes,
    /// The scopes of the grant.
    pub granted: Scopes,
    /// Its user.
    pub user: UserId,
    /// The user's screen name.
    pub screen_name: String,
    /// Its app.
    pub app: AppId,
    /// The app's name.
    pub app_name: String,
    /// Whether it is a refresh token that was exchanged.
    pub is_used: bool,
    /// Whether the grant was revoked.
    pub is_revoked: bool,
    /// When it expires.
    pub expires_at: Timestamp,
    /// When it was issued.
    pub created_at: Timestamp,
}

impl OAuth2Token {
    /// Whether it is valid at this time.
    pub fn is_valid(&self, now: Timestamp) -> bool {
        !self.is_revoked && !self.is_used && self.expires_at > now
    }
}

fn unknown(what: &str) -> Error {
    Error::Broken(format!("a row has an unknown {what}"))
}

fn scopes(row: &Row, column: usize) -> Result<Scopes, Error> {
    Ok(Scopes::stored(row.text(column)?))
}

fn insert_tokens(grant: i64, tokens: &[NewOAuth2Token], now: Timestamp) -> Vec<Statement> {
    let insert = |token: &NewOAuth2Token| {
        sql(
            "INSERT INTO oauth2_tokens (hash, grant_id, kind, scopes, expires_at, created_at) \
             VALUES ($1, $2, $3, $4, $5, $6)",
            [
                token.hash.as_slice().into(),
                grant.into(),
                token.kind.name().into(),
                token.scopes.to_string().into(),
                token.expires_at.0.into(),
                now.0.into(),
            ],
        )
    };
    tokens.iter().map(insert).collect()
}

fn insert_grant(grant: &NewGrant, now: Timestamp) -> Statement {
    sql(
        "INSERT INTO oauth2_grants (id, app_id, user_id, scopes, created_at) \
         VALUES ($1, $2, $3, $4, $5)",
        [
            grant.id.into(),
            grant.app.0.into(),
            grant.user.0.into(),
            grant.scopes.to_string().into(),
            now.0.into(),
        ],
    )
}

impl Catalog {
    /// Stores a code.
    pub async fn add_code(&self, code: &AuthorizationCode) -> Result<bool, Error> {
        let insert = sql(
            "INSERT INTO oauth2_codes (hash, grant_id, app_id, user_id, redirect_uri, scopes, \
             challenge, challenge_method, expires_at) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9)",
            [
                code.hash.as_slice().into(),
                code.grant.into(),
                code.app.0.into(),
                code.user.0.into(),
                code.redirect_uri.as_str().into(),
                code.scopes.to_string().into(),
                code.challenge.as_str().into(),
                code.challenge_method.name().into(),
                code.expires_at.0.into(),
            ],
        );
        self.write(vec![insert]).await
    }

    /// The code with this hash, even if it is used or expired.
    pub async fn code(&self, hash: &[u8]) -> Result<Option<AuthorizationCode>, Error> {
        let text = "SELECT grant_id, app_id, user_id, redirect_uri, scopes, challenge, \
                    challenge_method, used_at, expires_at FROM oauth2_codes WHERE hash = $1";
        let Some(row) = self.db.query_one(text, vec![hash.into()]).await? else { return Ok(None) };
        Ok(Some(AuthorizationCode {
            hash: hash.to_vec(),
            grant: row.int(0)?,
            app: AppId(row.int(1)?),
            user: UserId(row.int(2)?),
            redirect_uri: row.text(3)?.to_owned(),
            scopes: scopes(&row, 4)?,
            challenge: row.text(5)?.to_owned(),
            challenge_method: ChallengeMethod::parse(row.text(6)?)
                .ok_or_else(|| unknown("challenge"))?,
            is_used: row.opt_int(7)?.is_some(),
            expires_at: Timestamp(row.int(8)?),
        }))
    }

    /// Marks a code as used and stores its grant and tokens; `false` if it was used before.
    pub async fn exchange_code(
        &self,
        code: &AuthorizationCode,
        tokens: &[NewOAuth2Token],
        now: Timestamp,
    ) -> Result<bool, Error> {
        let (id, app, user) = (code.grant, code.app, code.user);
        let grant = NewGrant { id, app, user, scopes: code.scopes.clone() };
        let mut statements = vec![
            sql(
                "UPDATE oauth2_codes SET used_at = $1 WHERE hash = $2 AND used_at IS NULL",
                [now.0.into(), code.hash.as_slice().into()],
            )
            .expect(1),
            insert_grant(&grant, now),
        ];
        statements.extend(insert_tokens(id, tokens, now));
        self.write(statements).await
    }

    /// Stores a grant and its first tokens, for the access token `source`; `false` if that is revoked.
    pub async fn add_grant(
        &self,
        grant: &NewGrant,
        source: &str,
        tokens: &[NewOAuth2Token],
        now: Timestamp,
    ) -> Result<bool, Error> {
        // Locks the row against a revocation at the same time.
        let guard = sql(
            "UPDATE access_tokens SET revoked_at = NULL WHERE token = $1 AND revoked_at IS NULL",
            [source.into()],
        );
        let mut statements = vec![guard.expect(1), insert_grant(grant, now)];
        statements.extend(insert_tokens(grant.id, tokens, now));
        self.write(statements).await
    }

    /// The token with this hash, even if it is used, expired or revoked.
    pub async fn oauth2_token(&self, hash: &[u8]) -> Result<Option<OAuth2Token>, Error> {
        let text = "SELECT t.grant_id, t.kind, t.scopes, g.scopes, g.user_id, u.screen_name, \
                    g.app_id, a.name, t.used_at, g.revoked_at, t.expires_at, t.created_at \
                    FROM oauth2_tokens AS t JOIN oauth2_grants AS g ON g.id = t.grant_id \
                    JOIN users AS u ON u.id = g.user_id JOIN apps AS a ON a.id = g.app_id \
                    WHERE t.hash = $1";
        let Some(row) = self.db.query_one(text, vec![hash.into()]).await? else { return Ok(None) };
        Ok(Some(OAuth2Token {
            grant: row.int(0)?,
            kind: TokenKind::parse(row.text(1)?).ok_or_else(|| unknown("token kind"))?,
            scopes: scopes(&row, 2)?,
            granted: scopes(&row, 3)?,
            user: UserId(row.int(4)?),
            screen_name: row.text(5)?.to_owned(),
            app: AppId(row.int(6)?),
            app_name: row.text(7)?.to_owned(),
            is_used: row.opt_int(8)?.is_some(),
            is_revoked: row.opt_int(9)?.is_some(),
            expires_at: Timestamp(row.int(10)?),
            created_at: Timestamp(row.int(11)?),
        }))
    }

    /// Marks a refresh token as used and stores its successors; `false` if it was used before. Of a used
    /// one no more is kept than recognizes it.
    pub async fn rotate_refresh_token(
        &self,
        used: &UsedToken<'_>,
        tokens: &[NewOAuth2Token],
        now: Timestamp,
    ) -> Result<bool, Error> {
        let mut statements = vec![
            sql(
                "UPDATE oauth2_tokens SET used_at = $1, scopes = '', expires_at = CASE \
                 WHEN expires_at < $2 THEN expires_at ELSE $2 END WHERE hash = $3 \
                 AND used_at IS NULL AND EXISTS (SELECT 1 FROM oauth2_grants AS g \
                 WHERE g.id = grant_id AND g.revoked_at IS NULL)",
                [now.0.into(), used.until.0.into(), used.hash.into()],
            )
            .expect(1),
        ];
        statements.extend(insert_tokens(used.grant, tokens, now));
        self.write(statements).await
    }

    /// Revokes a grant with all its tokens; `false` if it does not exist or was revoked before.
    pub async fn revoke_grant(&self, grant: i64, now: Timestamp) -> Result<bool, Error> {
        let update = sql(
            "UPDATE oauth2_grants SET revoked_at = $1 WHERE id = $2 AND revoked_at IS NULL",
            [now.0.into(), grant.into()],
        );
        self.write(vec![update.expect(1)]).await
    }

    /// Deletes expired codes and tokens, and grants without tokens. Codes are kept for two hours, so
    /// that a code used twice is recognized.
    pub async fn sweep_oauth2(&self, now: Timestamp) -> Result<bool, Error> {
        let codes_until = now.plus(-2 * 3600 * Timestamp::SECOND);
        let statements = vec![
            sql("DELETE FROM oauth2_codes WHERE expires_at <= $1", [codes_until.0.into()]),
            sql(
                "DELETE FROM oauth2_grants WHERE id IN (SELECT grant_id FROM oauth2_tokens \
                 WHERE expires_at <= $1) AND NOT EXISTS (SELECT 1 FROM oauth2_tokens AS t \
                 WHERE t.grant_id = oauth2_grants.id AND t.expires_at > $1)",
                [now.0.into()],
            ),
            sql("DELETE FROM oauth2_tokens WHERE expires_at <= $1", [now.0.into()]),
        ];
        self.write(statements).await
    }
}
