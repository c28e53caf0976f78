//! Tokens: exchange, refresh, introspection and revocation.

use super::refusal::{Outcome, Refusal, is_proof_key};
use crate::app::App;
use crate::error::Result;
use crate::host::random;
use crate::vault::SecretContext;
use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use birdhouse_catalog::apps::ClientApp;
use birdhouse_catalog::oauth2::{
    AuthorizationCode, NewGrant, NewOAuth2Token, OAuth2Token, UsedToken,
};
use birdhouse_domain::{
    Access, AppId, Bucket, ChallengeMethod, RateLimitKey, Scopes, Timestamp, TokenKind, UserId,
};
use birdhouse_oauth::secret::hash_token;
use sha2::{Digest, Sha256};

/// Lifetime of an access token in seconds (documented).
const ACCESS_SECONDS: i64 = 7200;
/// Lifetime of a refresh token: about six months (documented).
const REFRESH_MS: i64 = 182 * Timestamp::DAY;
/// How long a used refresh token is recognized if it comes again.
const USED_MS: i64 = 7 * Timestamp::DAY;

/// The tokens issued to a client.
#[derive(Clone, Debug)]
pub struct IssuedTokens {
    /// The access token.
    pub access_token: String,
    /// Seconds until it expires.
    pub expires_in: i64,
    /// Its scopes.
    pub scopes: Scopes,
    /// The refresh token, with `offline.access` only.
    pub refresh_token: Option<String>,
}

/// A valid token, introspected.
#[derive(Clone, Debug)]
pub struct TokenInfo {
    /// Its kind.
    pub kind: TokenKind,
    /// Its scopes.
    pub scopes: Scopes,
    /// Its user.
    pub user: UserId,
    /// The user's screen name.
    pub screen_name: String,
    /// The app's name.
    pub app_name: String,
    /// When it expires.
    pub expires_at: Timestamp,
    /// When it was issued.
    pub created_at: Timestamp,
}

fn invalid_token() -> Refusal {
    Refusal::new("invalid_request", "Value passed for the token was invalid.")
}

fn issue_tokens(
    app: &App,
    scopes: &Scopes,
    always_renewable: bool,
) -> (IssuedTokens, Vec<NewOAuth2Token>) {
    let now = app.now();
    let new = |text: &str, kind, life| NewOAuth2Token {
        hash: hash_token(text).to_vec(),
        kind,
        scopes: scopes.clone(),
        expires_at: now.plus(life),
    };
    let access_token = opaque_token(app, "at");
    let is_renewable = always_renewable || scopes.has("offline.access");
    let refresh_token = is_renewable.then(|| opaque_token(app, "rt"));
    let mut tokens =
        vec![new(&access_token, TokenKind::Access, ACCESS_SECONDS * Timestamp::SECOND)];
    tokens.extend(refresh_token.as_deref().map(|text| new(text, TokenKind::Refresh, REFRESH_MS)));
    let scopes = scopes.clone();
    (IssuedTokens { access_token, expires_in: ACCESS_SECONDS, scopes, refresh_token }, tokens)
}

/// Exchanges a code for tokens, once, with the same client, redirect URI and PKCE verifier. A second
/// use of the code revokes its grant (RFC 6749, section 4.1.2). Durable when this returns.
pub async fn exchange(
    app: &App,
    client: &ClientApp,
    code: &str,
    redirect_uri: &str,
    verifier: &str,
) -> Outcome<IssuedTokens> {
    let refused = || {
        let text = "Value passed for the authorization code was invalid.";
        Ok(Err(Refusal::new("invalid_request", text)))
    };
    let Some(found) = app.catalog.code(&hash_token(code)).await? else { return refused() };
    if found.app != client.id {
        return refused();
    }
    if found.is_used {
        revoke_grant(app, found.grant).await?;
        return refused();
    }
    if found.expires_at <= app.now() {
        return refused();
    }
    if found.redirect_uri != redirect_uri {
        let text = "Value passed for the redirect uri did not match the uri of the \
                    authorization code.";
        return Ok(Err(Refusal::new("invalid_request", text)));
    }
    if !matches(&found, verifier) {
        let text = "Value passed for the code verifier did not match the code challenge.";
        return Ok(Err(Refusal::new("invalid_request", text)));
    }
    let (issued, tokens) = issue_tokens(app, &found.scopes, false);
    if !app.catalog.exchange_code(&found, &tokens, app.now()).await? {
        revoke_grant(app, found.grant).await?;
        return refused();
    }
    Ok(Ok(issued))
}

fn matches(code: &AuthorizationCode, verifier: &str) -> bool {
    let challenge = match code.challenge_method {
        ChallengeMethod::S256 => URL_SAFE_NO_PAD.encode(Sha256::digest(verifier.as_bytes())),
        ChallengeMethod::Plain => verifier.to_owned(),
    };
    is_proof_key(verifier) && hash_token(&challenge) == hash_token(&code.challenge)
}

/// Counts tokens that are issued to a user's app without asking the user.
fn count(app: &App, user: UserId, client: AppId) -> Result<()> {
    app.memory.rates.admit(RateLimitKey::User(user, client), Bucket::OAuth2Token, app.now())
}

/// Exchanges a refresh token for new tokens, once. A second use means that the token was stolen, and
/// revokes its grant. Durable when this returns.
pub async fn refresh(
    app: &App,
    client: &ClientApp,
    token: &str,
    scope: Option<&str>,
) -> Outcome<IssuedTokens> {
    let hash = hash_token(token);
    let Some(found) = app.catalog.oauth2_token(&hash).await? else {
        return Ok(Err(invalid_token()));
    };
    if found.kind != TokenKind::Refresh || found.app != client.id || found.is_revoked {
        return Ok(Err(invalid_token()));
    }
    if found.is_used {
        tracing::warn!(user.id = %found.user, app = found.app_name, "a refresh token was presented twice; its grant was revoked");
        revoke_grant(app, found.grant).await?;
        return Ok(Err(invalid_token()));
    }
    if found.expires_at <= app.now() {
        return Ok(Err(invalid_token()));
    }
    let requested = match scope.filter(|scope| !scope.trim().is_empty()) {
        None => Some(found.scopes.clone()),
        Some(scope) => Scopes::parse(scope).filter(|requested| found.granted.includes(requested)),
    };
    let Some(requested) = requested else {
        let text = "scope must be within what the user allowed";
        return Ok(Err(Refusal::new("invalid_scope", text)));
    };
    count(app, found.user, found.app)?;
    let (issued, tokens) = issue_tokens(app, &requested, true);
    let used = UsedToken { hash: &hash, grant: found.grant, until: app.now().plus(USED_MS) };
    if !app.catalog.rotate_refresh_token(&used, &tokens, app.now()).await? {
        revoke_grant(app, found.grant).await?;
        return Ok(Err(invalid_token()));
    }
    Ok(Ok(issued))
}

/// Issues tokens for an OAuth 1.0a token of the same app, with the same permissions. That token stays
/// valid. Durable when this returns.
pub async fn from_oauth1(
    app: &App,
    client: &ClientApp,
    token: &str,
    secret: &str,
) -> Outcome<IssuedTokens> {
    let Some(found) = app.catalog.access_token(token, &client.consumer_key).await? else {
        return Ok(Err(invalid_token()));
    };
    let known = app.vault.unseal(SecretContext::Token(token), &found.secret)?;
    if hash_token(&known) != hash_token(secret) {
        return Ok(Err(invalid_token()));
    }
    let scopes = match found.access {
        Access::Read => "tweet.read users.read offline.access",
        Access::ReadWrite => "tweet.read tweet.write users.read media.write offline.access",
    };
    let scopes = Scopes::parse(scopes).unwrap_or_default();
    count(app, found.user, client.id)?;
    let (issued, tokens) = issue_tokens(app, &scopes, true);
    let grant = NewGrant { id: app.next_id(), app: client.id, user: found.user, scopes };
    if !app.catalog.add_grant(&grant, token, &tokens, app.now()).await? {
        return Ok(Err(invalid_token()));
    }
    Ok(Ok(issued))
}

/// Revokes the grant of one of this client's tokens; one that is unknown or another client's is no
/// error (RFC 7009, section 2.2). Durable when this returns.
pub async fn revoke(app: &App, client: &ClientApp, token: &str) -> Result<()> {
    match app.catalog.oauth2_token(&hash_token(token)).await? {
        Some(found) if found.app == client.id => revoke_grant(app, found.grant).await,
        _ => Ok(()),
    }
}

/// Revokes the grant of any token, for the operator. Durable when this returns; a running server may
/// accept the token for another second.
pub async fn revoke_any(app: &App, token: &str) -> Result<()> {
    match app.catalog.oauth2_token(&hash_token(token)).await? {
        Some(found) => revoke_grant(app, found.grant).await,
        None => Ok(()),
    }
}

async fn revoke_grant(app: &App, grant: i64) -> Result<()> {
    app.catalog.revoke_grant(grant, app.now()).await?;
    app.memory.grants.revoke();
    Ok(())
}

/// Introspects a token; `None` if it is not valid, or not one of `client`.
pub async fn introspect(
    app: &App,
    client: Option<&ClientApp>,
    token: &str,
) -> Result<Option<TokenInfo>> {
    let found = app.catalog.oauth2_token(&hash_token(token)).await?;
    let is_own = |found: &OAuth2Token| client.is_none_or(|client| client.id == found.app);
    Ok(found.filter(|t| t.is_valid(app.now()) && is_own(t)).map(|t| TokenInfo {
        kind: t.kind,
        scopes: t.scopes,
        user: t.user,
        screen_name: t.screen_name,
        app_name: t.app_name,
        expires_at: t.expires_at,
        created_at: t.created_at,
    }))
}

/// A token like the documented samples: `random:milliseconds:1:1:kind:1` in base64.
pub(super) fn opaque_token(app: &App, kind: &str) -> String {
    let plain = format!("{}:{}:1:1:{kind}:1", random::alphanumeric(43), app.now().0);
    URL_SAFE_NO_PAD.encode(plain)
}
