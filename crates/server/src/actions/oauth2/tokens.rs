//! Tokens: from a code, from an earlier token, from one of OAuth 1.0a; looked at; ended.

use super::{Code, Denial, Outcome, opaque};
use crate::actions::accounts::token_context;
use crate::app::App;
use crate::error::Result;
use crate::store::apps;
use crate::store::oauth2::{NewGrant, NewToken, Token};
use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use birdhouse_domain::{Access, Scopes, Timestamp, UserId};
use birdhouse_oauth::secret::hash_token;
use sha2::{Digest, Sha256};

/// Seconds that an access token lives (documented).
const ACCESS_SECONDS: i64 = 7200;
/// How long a refresh token lives: about six months (documented).
const REFRESH_MS: i64 = 182 * Timestamp::DAY;

/// What a client is given.
#[derive(Clone, Debug)]
pub struct Given {
    /// The access token.
    pub access_token: String,
    /// Seconds until it ends.
    pub expires_in: i64,
    /// What it allows.
    pub scopes: Scopes,
    /// What renews it; with `offline.access` only.
    pub refresh_token: Option<String>,
}

/// What is known of a token that is valid now.
#[derive(Clone, Debug)]
pub struct Facts {
    /// `access` or `refresh`.
    pub kind: String,
    /// What it allows.
    pub scopes: Scopes,
    /// Whose it is.
    pub user: UserId,
    /// The user's screen name.
    pub screen_name: String,
    /// The app's name.
    pub app_name: String,
    /// When it ends.
    pub expires_at: Timestamp,
    /// When it was made.
    pub created_at: Timestamp,
}

fn invalid_token() -> Denial {
    Denial::new("invalid_request", "Value passed for the token was invalid.")
}

fn mint(app: &App, scopes: &Scopes, always_renewable: bool) -> (Given, Vec<NewToken>) {
    let now = app.now();
    let new = |text: &str, kind, life| NewToken {
        hash: hash_token(text).to_vec(),
        kind,
        scopes: scopes.clone(),
        expires_at: now.plus(life),
    };
    let access_token = opaque(app, "at");
    let is_renewable = always_renewable || scopes.has("offline.access");
    let refresh_token = is_renewable.then(|| opaque(app, "rt"));
    let mut tokens = vec![new(&access_token, "access", ACCESS_SECONDS * Timestamp::SECOND)];
    tokens.extend(refresh_token.as_deref().map(|text| new(text, "refresh", REFRESH_MS)));
    let scopes = scopes.clone();
    (Given { access_token, expires_in: ACCESS_SECONDS, scopes, refresh_token }, tokens)
}

/// Exchanges a code, once: the same client, the same redirect, and the key that fits. A code that
/// comes again ends what it gave (RFC 6749, section 4.1.2). Durable when this returns.
pub async fn exchange(
    app: &App,
    client: &apps::App,
    code: &str,
    redirect_uri: &str,
    verifier: &str,
) -> Outcome<Given> {
    let denied = || {
        let text = "Value passed for the authorization code was invalid.";
        Ok(Err(Denial::new("invalid_request", text)))
    };
    let Some(found) = app.store.code(&hash_token(code)).await? else { return denied() };
    if found.app != client.id {
        return denied();
    }
    if found.is_used {
        end(app, found.grant).await?;
        return denied();
    }
    if found.expires_at <= app.now() {
        return denied();
    }
    if found.redirect_uri != redirect_uri {
        let text = "Value passed for the redirect uri did not match the uri of the \
                    authorization code.";
        return Ok(Err(Denial::new("invalid_request", text)));
    }
    if !fits(&found, verifier) {
        let text = "Value passed for the code verifier did not match the code challenge.";
        return Ok(Err(Denial::new("invalid_request", text)));
    }
    let (given, tokens) = mint(app, &found.scopes, false);
    if !app.store.exchange_code(&found, &tokens, app.now()).await? {
        end(app, found.grant).await?;
        return denied();
    }
    Ok(Ok(given))
}

fn fits(code: &Code, verifier: &str) -> bool {
    let shown = match code.challenge_method.as_str() {
        "S256" => URL_SAFE_NO_PAD.encode(Sha256::digest(verifier.as_bytes())),
        _ => verifier.to_owned(),
    };
    super::is_proof_key(verifier) && hash_token(&shown) == hash_token(&code.challenge)
}

/// Renews: the refresh token is used up, a new pair follows it. One that comes a second time was
/// stolen by somebody, so everything of its grant ends. Durable when this returns.
pub async fn refresh(
    app: &App,
    client: &apps::App,
    token: &str,
    scope: Option<&str>,
) -> Outcome<Given> {
    let hash = hash_token(token);
    let Some(found) = app.store.oauth2_token(&hash).await? else {
        return Ok(Err(invalid_token()));
    };
    if found.kind != "refresh" || found.app != client.id || found.is_revoked {
        return Ok(Err(invalid_token()));
    }
    if found.is_used {
        tracing::warn!(user.id = %found.user, app = found.app_name, "a refresh token came twice");
        end(app, found.grant).await?;
        return Ok(Err(invalid_token()));
    }
    if found.expires_at <= app.now() {
        return Ok(Err(invalid_token()));
    }
    let wanted = match scope.filter(|scope| !scope.trim().is_empty()) {
        None => Some(found.scopes.clone()),
        Some(scope) => Scopes::parse(scope).filter(|wanted| found.granted.includes(wanted)),
    };
    let Some(wanted) = wanted else {
        let text = "scope must be within what the user allowed";
        return Ok(Err(Denial::new("invalid_scope", text)));
    };
    let (given, tokens) = mint(app, &wanted, true);
    if !app.store.rotate(&hash, found.grant, &tokens, app.now()).await? {
        end(app, found.grant).await?;
        return Ok(Err(invalid_token()));
    }
    Ok(Ok(given))
}

/// Gives tokens for one of OAuth 1.0a that the same app holds, with the rights that it has. That
/// one stays valid. Durable when this returns.
pub async fn from_oauth1(
    app: &App,
    client: &apps::App,
    token: &str,
    secret: &str,
) -> Outcome<Given> {
    let Some(found) = app.store.signed_token(token, &client.consumer_key).await? else {
        return Ok(Err(invalid_token()));
    };
    let known = app.seal.open(&found.secret, &token_context(token)).unwrap_or_default();
    if known.is_empty() || hash_token(&known) != hash_token(secret) {
        return Ok(Err(invalid_token()));
    }
    let rights = match found.access {
        Access::Read => "tweet.read users.read offline.access",
        Access::ReadWrite => "tweet.read tweet.write users.read media.write offline.access",
    };
    let scopes = Scopes::parse(rights).unwrap_or_default();
    let (given, tokens) = mint(app, &scopes, true);
    let grant = NewGrant { id: app.next_id(), app: client.id, user: found.user, scopes };
    app.store.add_grant(&grant, &tokens, app.now()).await?;
    Ok(Ok(given))
}

/// Ends a token of this client and everything of its grant; one that is unknown or another's is
/// no error (RFC 7009, section 2.2). Durable when this returns.
pub async fn revoke(app: &App, client: &apps::App, token: &str) -> Result<()> {
    match app.store.oauth2_token(&hash_token(token)).await? {
        Some(found) if found.app == client.id => end(app, found.grant).await,
        _ => Ok(()),
    }
}

/// Ends a token for the operator, and everything of its grant. Durable when this returns; a
/// running server may believe it for a second more.
pub async fn end_token(app: &App, token: &str) -> Result<()> {
    match app.store.oauth2_token(&hash_token(token)).await? {
        Some(found) => end(app, found.grant).await,
        None => Ok(()),
    }
}

async fn end(app: &App, grant: i64) -> Result<()> {
    app.store.revoke_grant(grant, app.now()).await?;
    app.grants.forget();
    Ok(())
}

/// What is known of a token that is valid now; of a client's own only, if one asks.
pub async fn introspect(
    app: &App,
    client: Option<&apps::App>,
    token: &str,
) -> Result<Option<Facts>> {
    let found = app.store.oauth2_token(&hash_token(token)).await?;
    let is_own = |found: &Token| client.is_none_or(|client| client.id == found.app);
    Ok(found.filter(|t| t.is_valid(app.now()) && is_own(t)).map(|t| Facts {
        kind: t.kind,
        scopes: t.scopes,
        user: t.user,
        screen_name: t.screen_name,
        app_name: t.app_name,
        expires_at: t.expires_at,
        created_at: t.created_at,
    }))
}
