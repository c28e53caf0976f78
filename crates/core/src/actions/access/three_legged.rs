//! The three-legged flow of OAuth 1.0a: request token, consent, access token.

use super::issue::new_token;
use crate::app::App;
use crate::error::{Error, Result};
use crate::host::random;
use crate::memory::network::network;
use crate::vault::SecretContext;
use anyhow::anyhow;
use birdhouse_catalog::apps::ClientApp;
use birdhouse_catalog::request_tokens::RequestToken;
use birdhouse_catalog::tokens::NewAccessToken;
use birdhouse_domain::callback::{OUT_OF_BAND, is_approved, is_registered};
use birdhouse_domain::{Access, AppCaller, Bucket, Fault, RateLimitKey, Timestamp, UserId};
use birdhouse_oauth::secret::hash_token;
use std::net::IpAddr;

/// Lifetime of a request token.
const REQUEST_TOKEN_MS: i64 = 15 * 60 * Timestamp::SECOND;
/// Digits of the PIN.
const PIN_DIGITS: usize = 7;
/// Attempts to exchange a request token that has consent.
const MAX_ATTEMPTS: i64 = 5;

/// Why an exchange is refused; each has its recorded text.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ExchangeRefusal {
    /// The request token does not exist, or was used.
    TokenMissing,
    /// The verifier does not match.
    VerifierInvalid,
}

/// The access token issued by an exchange.
#[derive(Clone, Debug)]
pub struct ExchangedToken {
    /// The access token.
    pub token: String,
    /// Its secret.
    pub secret: String,
    /// Its user.
    pub user: UserId,
    /// The user's screen name.
    pub screen_name: String,
}

/// A new request token.
#[derive(Clone, Debug)]
pub struct NewRequestToken {
    /// The token.
    pub token: String,
    /// Its secret.
    pub secret: String,
}

/// Issues a request token to an app at an address. The callback must be registered, or any valid one if
/// the app registered none. Durable when this returns.
pub async fn begin(
    app: &App,
    (caller, address): (&AppCaller, IpAddr),
    callback: &str,
    access: Access,
) -> Result<NewRequestToken> {
    let client = app.catalog.app(caller.app).await?.ok_or(Fault::TokenInvalid)?;
    if !is_approved(callback, &client.callbacks) {
        return Err(Fault::CallbackNotApproved.into());
    }
    let holder = RateLimitKey::AppAt(client.id, network(address));
    app.memory.rates.admit(holder, Bucket::RequestToken, app.now())?;
    let (token, secret) = (random::alphanumeric(27), random::alphanumeric(32));
    let request = RequestToken {
        secret: app.vault.seal(SecretContext::Request(&token), &secret),
        token: token.clone(),
        app: client.id,
        callback: callback.to_owned(),
        access,
        user: None,
        verifier: None,
        expires_at: app.now().plus(REQUEST_TOKEN_MS),
    };
    app.catalog.add_request_token(&request).await?;
    Ok(NewRequestToken { token, secret })
}

/// A request token without consent yet.
#[derive(Clone, Debug)]
pub struct PendingConsent {
    /// The request token.
    pub request: RequestToken,
    /// The app that requests it.
    pub client: ClientApp,
}

/// The pending consent of a request token; `None` if it has expired or has consent already.
pub async fn pending(app: &App, token: &str) -> Result<Option<PendingConsent>> {
    let Some(request) = app.catalog.request_token(token, app.now()).await? else { return Ok(None) };
    if request.verifier.is_some() {
        return Ok(None);
    }
    let client = app.catalog.app(request.app).await?;
    Ok(client.map(|client| PendingConsent { request, client }))
}

/// Whether the user need not be asked: there is a valid token for the same app and access, and the
/// verifier goes to a callback that the app registered. Anyone who has the app's key, as each of its
/// users may, can name another one.
pub async fn may_skip(app: &App, consent: &PendingConsent, user: UserId) -> Result<bool> {
    if !is_registered(&consent.request.callback, &consent.client.callbacks) {
        return Ok(false);
    }
    let (client, access) = (consent.client.id, consent.request.access);
    Ok(app.catalog.newest_token(user, client, access).await?.is_some())
}

/// Deletes a request token that the user denied. Durable when this returns.
pub async fn deny(app: &App, consent: &PendingConsent) -> Result<()> {
    app.catalog.delete_request_token(&consent.request.token).await?;
    Ok(())
}

/// Records the user's consent and returns the verifier, or `None` if there was one before. Durable
/// when this returns.
pub async fn allow(app: &App, consent: &PendingConsent, user: UserId) -> Result<Option<String>> {
    let request = &consent.request;
    let verifier = match request.callback.as_str() {
        OUT_OF_BAND => random::digits(PIN_DIGITS),
        _ => random::alphanumeric(32),
    };
    let is_first = app.catalog.allow_request_token(&request.token, user, &verifier).await?;
    Ok(is_first.then_some(verifier))
}

/// Exchanges a request token with consent for an access token, once. If the user has a valid token
/// for the app, returns that one. Durable when this returns.
pub async fn exchange(
    app: &App,
    token: &str,
    verifier: &str,
) -> Result<std::result::Result<ExchangedToken, ExchangeRefusal>> {
    let found = app.catalog.request_token(token, app.now()).await?;
    let Some(request) = found else { return Ok(Err(ExchangeRefusal::TokenMissing)) };
    let (Some(user), Some(expected)) = (request.user, &request.verifier) else {
        return Ok(Err(ExchangeRefusal::VerifierInvalid));
    };
    if !app.catalog.count_attempt(token, MAX_ATTEMPTS).await? {
        return Ok(Err(ExchangeRefusal::TokenMissing));
    }
    if hash_token(expected) != hash_token(verifier) {
        return Ok(Err(ExchangeRefusal::VerifierInvalid));
    }
    let found = app.catalog.user(user).await?;
    let screen_name =
        found.ok_or_else(|| Error::Broken(anyhow!("the user was deleted")))?.screen_name;
    if let Some((known, sealed)) =
        app.catalog.newest_token(user, request.app, request.access).await?
    {
        if !app.catalog.delete_request_token(token).await? {
            return Ok(Err(ExchangeRefusal::TokenMissing));
        }
        let secret = app.vault.unseal(SecretContext::Token(&known), &sealed)?;
        return Ok(Ok(ExchangedToken { token: known, secret, user, screen_name }));
    }
    let pair = new_token(user);
    let new = NewAccessToken {
        secret: app.vault.seal(SecretContext::Token(&pair.text), &pair.secret),
        token: pair.text.clone(),
        user,
        app: request.app,
        access: request.access,
    };
    if !app.catalog.exchange_request_token(token, &new, app.now()).await? {
        return Ok(Err(ExchangeRefusal::TokenMissing));
    }
    Ok(Ok(ExchangedToken { token: pair.text, secret: pair.secret, user, screen_name }))
}

/// The secret of a request token that has not expired, to verify a signature.
pub async fn request_secret(app: &App, token: &str) -> Result<Option<String>> {
    let Some(request) = app.catalog.request_token(token, app.now()).await? else { return Ok(None) };
    app.vault.unseal(SecretContext::Request(token), &request.secret).map(Some)
}

/// The app that a consumer key and secret authenticate.
pub async fn client(app: &App, key: &str, secret: &str) -> Result<ClientApp> {
    let found = app.catalog.app_by_key(key).await?.ok_or(Fault::AppCredentialsInvalid)?;
    let known = app.vault.unseal(SecretContext::App(found.id), &found.consumer_secret)?;
    // Comparing hashes leaks no timing information about the secret.
    if hash_token(&known) == hash_token(secret) {
        Ok(found)
    } else {
        Err(Error::Refused(Fault::AppCredentialsInvalid))
    }
}
