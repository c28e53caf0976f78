//! OAuth 1.0a (RFC 5849): a signature authenticates an app, and a user if a token is named.

use crate::app::App;
use crate::error::Result;
use crate::memory::replays::{OAUTH_WINDOW_SECONDS, SignatureId, moment};
use crate::memory::tokens::UnsealedKeys;
use crate::vault::SecretContext;
use birdhouse_domain::{AppCaller, AppId, Caller, Fault, RateLimitKey, UserCaller};
use birdhouse_oauth::params::Params;
use birdhouse_oauth::signature::{self, BaseString, Method};
use std::sync::Arc;

/// The parts of a request that its signature covers.
#[derive(Debug)]
pub struct SignedRequest<'a> {
    /// `GET`, `POST`, …
    pub method: &'a str,
    /// Path as sent.
    pub path: &'a str,
    /// Scheme and host of each URL that the client may have used, the most likely first.
    pub bases: Vec<(String, String)>,
    /// OAuth parameters of the header, or empty if they are in query or body.
    pub header: &'a Params,
    /// Query parameters.
    pub query: &'a Params,
    /// Parameters of an urlencoded body.
    pub form: &'a Params,
    /// Whether the body is multipart: some clients then do not sign the query, as the documentation
    /// once required.
    pub is_multipart: bool,
    /// Whether an urlencoded body is JSON in fact, so that the client may not have signed it.
    pub is_json_in_form: bool,
}

/// What a valid signature covers beside the header. What it does not cover anybody may have added.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Coverage {
    /// The query.
    pub query: bool,
    /// An urlencoded body; `false` if it is JSON in fact.
    pub form: bool,
}

/// The keys that a request is verified with, found before its body is read.
#[derive(Debug)]
pub struct Keys {
    method: Method,
    signature: String,
    timestamp: i64,
    nonce: String,
    /// Consumer key and token, for the replay guard.
    key_and_token: String,
    consumer_secret: String,
    token_secret: String,
    caller: Option<UserCaller>,
    app: AppId,
    consumer_key: String,
}

/// Which token a request is signed with.
#[derive(Debug)]
pub enum SignedWith {
    /// An access token, or none.
    AccessToken,
    /// A request token with this secret.
    RequestToken(String),
}

/// Parses the OAuth parameters and finds the keys. Refuses what no body could make valid: a missing
/// parameter, an unknown method, a timestamp out of bounds, an unknown key or token.
pub async fn find_keys(app: &App, oauth: &Params, with: SignedWith) -> Result<Keys> {
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
        key_and_token: format!("{consumer_key} {token}"),
        consumer_secret: String::new(),
        token_secret: String::new(),
        caller: None,
        app: AppId(0),
        consumer_key: consumer_key.to_owned(),
    };
    match with {
        SignedWith::AccessToken if !token.is_empty() => find_token(app, &mut keys, token).await?,
        SignedWith::AccessToken => find_app(app, &mut keys).await?,
        SignedWith::RequestToken(secret) => {
            find_app(app, &mut keys).await?;
            keys.token_secret = secret;
        }
    }
    Ok(keys)
}

async fn find_token(app: &App, keys: &mut Keys, token: &str) -> Result<()> {
    let now = app.now();
    let known = app.memory.keys.get(token, now);
    let open = match known.filter(|known| known.token.consumer_key == keys.consumer_key) {
        Some(known) => known,
        None => look_up(app, token, &keys.consumer_key).await?,
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

async fn look_up(app: &App, token: &str, consumer_key: &str) -> Result<Arc<UnsealedKeys>> {
    let lookup = app.memory.keys.begin_lookup(app.now());
    let found = app.catalog.access_token(token, consumer_key).await?;
    let found = found.ok_or(Fault::TokenInvalid)?;
    let keys = Arc::new(UnsealedKeys {
        consumer_secret: app.vault.unseal(SecretContext::App(found.app), &found.consumer_secret)?,
        token_secret: app.vault.unseal(SecretContext::Token(token), &found.secret)?,
        token: found,
    });
    app.memory.keys.keep(token.to_owned(), keys.clone(), lookup);
    Ok(keys)
}

async fn find_app(app: &App, keys: &mut Keys) -> Result<()> {
    let found = app.catalog.app_by_key(&keys.consumer_key).await?.ok_or(Fault::TokenInvalid)?;
    keys.consumer_secret =
        app.vault.unseal(SecretContext::App(found.id), &found.consumer_secret)?;
    keys.app = found.id;
    Ok(())
}

impl Keys {
    /// The user that the request claims to be from, which is not proven before [`Keys::verify`]; `None`
    /// if it names an app only.
    pub fn claimed_user(&self) -> Option<RateLimitKey> {
        let caller = self.caller.as_ref()?;
        Some(RateLimitKey::User(caller.user, caller.app))
    }

    /// Verifies the signature, and that it was not used before; returns what it covers. Without a token
    /// it authenticates the app only.
    pub fn verify(self, app: &App, request: &SignedRequest<'_>) -> Result<(Caller, Coverage)> {
        let Some(coverage) = self.coverage(request) else {
            return Err(Fault::SignatureInvalid.into());
        };
        let signer = match &self.caller {
            Some(caller) => format!("user {}", caller.user),
            None => format!("app {}", self.app),
        };
        let request = SignatureId {
            signer: &signer,
            keys: &self.key_and_token,
            timestamp: self.timestamp,
            nonce: &self.nonce,
            signature: &self.signature,
        };
        app.memory.replays.admit(moment(&app.clock), request)?;
        let caller = match self.caller {
            Some(caller) => Caller::User(caller),
            None => Caller::App(AppCaller { app: self.app, consumer_key: self.consumer_key }),
        };
        Ok((caller, coverage))
    }

    /// What the signature covers; `None` if it does not match.
    fn coverage(&self, request: &SignedRequest<'_>) -> Option<Coverage> {
        let SignedRequest { header, query, form, .. } = *request;
        if self.matches(request, &[header, query, form]) {
            return Some(Coverage { query: true, form: true });
        }
        if request.is_json_in_form && self.matches(request, &[header, query]) {
            return Some(Coverage { query: true, form: false });
        }
        let may_omit_query = request.is_multipart && !query.is_empty() && !header.is_empty();
        (may_omit_query && self.matches(request, &[header]))
            .then_some(Coverage { query: false, form: true })
    }

    fn matches(&self, request: &SignedRequest<'_>, parameters: &[&Params]) -> bool {
        let parameters = &signature::normalize(parameters);
        request.bases.iter().any(|(scheme, host)| {
            let url = &signature::base_url(scheme, host, request.path);
            let base = BaseString { method: request.method, url, parameters };
            let (consumer, token) = (&self.consumer_secret, &self.token_secret);
            signature::verify(self.method, base, consumer, token, &self.signature)
        })
    }
}
