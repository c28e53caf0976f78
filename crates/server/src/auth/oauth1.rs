//! OAuth 1.0a (RFC 5849): proves an app, and a user if a token is named, by a signature.

use super::keyring::OpenKeys;
use super::{Caller, UserCaller, open_secret};
use crate::app::{App, OAUTH_WINDOW_SECONDS};
use crate::error::Result;
use birdhouse_domain::{AppId, Fault};
use birdhouse_oauth::params::Params;
use birdhouse_oauth::replay::ReplayGuard;
use birdhouse_oauth::signature::{self, Method};
use std::sync::PoisonError;

/// Hosts that clients sign for without being able to reach another.
pub const WELL_KNOWN_HOSTS: [&str; 4] =
    ["api.twitter.com", "upload.twitter.com", "api.x.com", "upload.x.com"];

/// What a signature covers, beside the OAuth parameters.
#[derive(Debug)]
pub struct Signed<'a> {
    /// `GET`, `POST`, …
    pub method: &'a str,
    /// Path as sent.
    pub path: &'a str,
    /// Bases, scheme and host, that the client may have seen; the likeliest first.
    pub bases: Vec<(String, String)>,
    /// OAuth parameters of the header, or empty if they stand in query or body.
    pub header: &'a Params,
    /// Query parameters.
    pub query: &'a Params,
    /// Parameters of an urlencoded body.
    pub form: &'a Params,
    /// Whether the body is multipart: some clients then leave the query unsigned, as the
    /// documentation once told them to.
    pub is_multipart: bool,
    /// Whether an urlencoded body is JSON in truth, so that the client may not have signed it.
    pub is_json_in_form: bool,
}

/// The secrets behind a request, found before its body is read.
#[derive(Debug)]
pub struct Keys {
    method: Method,
    signature: String,
    timestamp: i64,
    nonce: String,
    /// Identifies the signer in the replay guard.
    signer: String,
    consumer_secret: String,
    token_secret: String,
    caller: Option<UserCaller>,
    app: AppId,
    consumer_key: String,
}

/// The secret behind a token that the caller looks up in its own place.
#[derive(Debug)]
pub enum TokenKind {
    /// An access token, or none.
    Access,
    /// A request token with this secret.
    Request(String),
}

/// Reads the OAuth parameters and finds their secrets. Refuses what no body could mend: a
/// parameter missing, an unknown method, a timestamp out of bounds, an unknown key or token.
pub async fn find_keys(app: &App, oauth: &Params, kind: TokenKind) -> Result<Keys> {
    let get = |name: &str| oauth.get(name).filter(|value| !value.is_empty());
    let (Some(consumer_key), Some(method), Some(presented), Some(timestamp), Some(nonce)) = (
        get("oauth_consumer_key"),
        get("oauth_signature_method"),
        get("oauth_signature"),
        get("oauth_timestamp"),
        get("oauth_nonce"),
    ) else {
        return Err(Fault::NotAuthenticated.into());
    };
    let version = get("oauth_version").unwrap_or("1.0");
    if !version.eq_ignore_ascii_case("1.0") && !version.eq_ignore_ascii_case("1.0a") {
        return Err(Fault::SignatureInvalid.into());
    }
    let method = Method::parse(method).ok_or(Fault::SignatureInvalid)?;
    let timestamp: i64 = timestamp.parse().map_err(|_| Fault::TimestampOutOfBounds)?;
    let off = app.now().seconds().saturating_sub(timestamp).saturating_abs();
    if off > OAUTH_WINDOW_SECONDS {
        return Err(Fault::TimestampOutOfBounds.into());
    }
    let token = get("oauth_token").unwrap_or_default();
    let mut keys = Keys {
        method,
        signature: presented.to_owned(),
        timestamp,
        nonce: nonce.to_owned(),
        signer: format!("{consumer_key} {token}"),
        consumer_secret: String::new(),
        token_secret: String::new(),
        caller: None,
        app: AppId(0),
        consumer_key: consumer_key.to_owned(),
    };
    match kind {
        TokenKind::Access if !token.is_empty() => find_token(app, &mut keys, token).await?,
        TokenKind::Access => find_app(app, &mut keys).await?,
        TokenKind::Request(secret) => {
            find_app(app, &mut keys).await?;
            keys.token_secret = secret;
        }
    }
    Ok(keys)
}

async fn find_token(app: &App, keys: &mut Keys, token: &str) -> Result<()> {
    let now = app.now();
    let open = match app.keyring.get(token, &keys.consumer_key, now) {
        Some(known) => known,
        None => app.keyring.put(look_up(app, token, &keys.consumer_key).await?, now),
    };
    let found = &open.token;
    keys.consumer_secret.clone_from(&open.consumer_secret);
    keys.token_secret.clone_from(&open.token_secret);
    keys.app = found.app;
    keys.caller = Some(UserCaller {
        user: found.user,
        screen_name: found.screen_name.clone(),
        app: found.app,
        app_name: found.app_name.clone(),
        token: found.token.clone(),
        access: found.access,
        scopes: None,
    });
    Ok(())
}

async fn look_up(app: &App, token: &str, consumer_key: &str) -> Result<OpenKeys> {
    let found = app.store.signed_token(token, consumer_key).await?;
    let found = found.ok_or(Fault::TokenInvalid)?;
    Ok(OpenKeys {
        consumer_secret: open_secret(app, &found.consumer_secret, &format!("app:{}", found.app))?,
        token_secret: open_secret(app, &found.secret, &format!("token:{token}"))?,
        token: found,
    })
}

async fn find_app(app: &App, keys: &mut Keys) -> Result<()> {
    let found = app.store.app_by_key(&keys.consumer_key).await?.ok_or(Fault::TokenInvalid)?;
    keys.consumer_secret = open_secret(app, &found.consumer_secret, &format!("app:{}", found.id))?;
    keys.app = found.id;
    Ok(())
}

impl Keys {
    /// Checks the signature, and that it was not seen before. A two-legged signature, without
    /// a token, proves the app only.
    pub fn verify(self, app: &App, request: &Signed<'_>) -> Result<Caller> {
        if !self.fits(request) {
            return Err(Fault::SignatureInvalid.into());
        }
        let seen =
            ReplayGuard::fingerprint(&self.signer, self.timestamp, &self.nonce, &self.signature);
        let now = app.now().seconds();
        let mut guard = app.replay.lock().unwrap_or_else(PoisonError::into_inner);
        if !guard.check(now, self.timestamp, seen) {
            return Err(Fault::Replayed.into());
        }
        drop(guard);
        Ok(match self.caller {
            Some(caller) => Caller::User(caller),
            None => Caller::App { app: self.app, consumer_key: self.consumer_key },
        })
    }

    fn fits(&self, request: &Signed<'_>) -> bool {
        let all = signature::normalize(&[request.header, request.query, request.form]);
        if self.fits_any_base(request, &all) {
            return true;
        }
        if request.is_json_in_form {
            let without = signature::normalize(&[request.header, request.query]);
            return self.fits_any_base(request, &without);
        }
        request.is_multipart
            && !request.query.is_empty()
            && !request.header.is_empty()
            && self.fits_any_base(request, &signature::normalize(&[request.header]))
    }

    fn fits_any_base(&self, request: &Signed<'_>, normalized: &str) -> bool {
        request.bases.iter().any(|(scheme, host)| {
            let url = signature::base_url(scheme, host, request.path);
            let base = signature::base_string(request.method, &url, normalized);
            let (consumer, token) = (&self.consumer_secret, &self.token_secret);
            signature::verify(self.method, &base, consumer, token, &self.signature)
        })
    }
}
