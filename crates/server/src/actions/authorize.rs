//! The three-legged flow: an app asks, a user allows, the app gets a token.

use super::accounts::{new_token, token_context};
use crate::app::App;
use crate::auth::{open_secret, seal_secret};
use crate::error::{Error, Result};
use crate::random;
use crate::store::apps;
use crate::store::request_tokens::RequestToken;
use crate::store::tokens::NewToken;
use birdhouse_domain::{Access, AppId, Fault, Timestamp, UserId};

/// How long a request token lives.
const REQUEST_TOKEN_MS: i64 = 15 * 60 * Timestamp::SECOND;
/// The callback of an app that has no URL: the user carries a PIN over.
pub const OUT_OF_BAND: &str = "oob";
/// Digits of the PIN.
const PIN_DIGITS: usize = 7;
/// Wrong verifiers after which a request token ends.
const MAX_ATTEMPTS: i64 = 5;

/// Why an exchange is refused; each has its recorded text.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum NoExchange {
    /// No such request token, or it was used.
    TokenMissing,
    /// The verifier does not fit.
    VerifierInvalid,
}

/// What an exchange gives.
#[derive(Clone, Debug)]
pub struct Exchanged {
    /// The access token.
    pub token: String,
    /// Its secret.
    pub secret: String,
    /// Whose it is.
    pub user: UserId,
}

/// Where a request token's secret is sealed for.
pub fn request_context(token: &str) -> String {
    format!("request:{token}")
}

/// Gives an app a request token and its secret. The callback must be one that the app
/// registered; an app that registered none may name any, but no script.
pub async fn begin(
    app: &App,
    client: AppId,
    callback: &str,
    access: Access,
    registered: &[String],
) -> Result<(String, String)> {
    if !is_approved(callback, registered) {
        return Err(Fault::CallbackNotApproved.into());
    }
    let (token, secret) = (random::alphanumeric(27), random::alphanumeric(32));
    let request = RequestToken {
        secret: seal_secret(app, &secret, &request_context(&token)),
        token: token.clone(),
        app: client,
        callback: callback.to_owned(),
        access,
        user: None,
        verifier: None,
        attempts: 0,
        expires_at: app.now().plus(REQUEST_TOKEN_MS),
    };
    app.store.add_request_token(&request).await?;
    Ok((token, secret))
}

fn is_approved(callback: &str, registered: &[String]) -> bool {
    if callback == OUT_OF_BAND {
        return true;
    }
    // A registered URL approves itself with any query.
    let stem = callback.split(['?', '#']).next().unwrap_or_default();
    is_callback(callback) && (registered.is_empty() || registered.iter().any(|known| known == stem))
}

/// Whether a browser may be sent there: a URL of any scheme but those that run scripts.
pub fn is_callback(callback: &str) -> bool {
    let scheme = callback.split_once("://").map(|(scheme, _)| scheme.to_ascii_lowercase());
    let is_url = scheme.is_some_and(|scheme| {
        let is_name = scheme.bytes().all(|b| b.is_ascii_alphanumeric() || b"+-.".contains(&b));
        !scheme.is_empty() && is_name && !["javascript", "data", "vbscript"].contains(&&*scheme)
    });
    let is_clean = callback.len() <= 2048 && callback.bytes().all(|b| b.is_ascii_graphic());
    is_url && is_clean
}

/// The app behind a living request token that nobody allowed yet.
pub async fn asking(app: &App, token: &str) -> Result<Option<(RequestToken, apps::App)>> {
    let Some(request) = app.store.request_token(token, app.now()).await? else { return Ok(None) };
    if request.verifier.is_some() {
        return Ok(None);
    }
    let client = app.store.app(request.app).await?;
    Ok(client.map(|client| (request, client)))
}

/// Records the user's leave; the verifier that proves it, or `None` if it came too late.
pub async fn allow(app: &App, request: &RequestToken, user: UserId) -> Result<Option<String>> {
    let verifier = match request.callback.as_str() {
        OUT_OF_BAND => random::digits(PIN_DIGITS),
        _ => random::alphanumeric(32),
    };
    let is_first = app.store.allow_request_token(&request.token, user, &verifier).await?;
    Ok(is_first.then_some(verifier))
}

/// Exchanges an allowed request token for an access token, once. A user who allowed the app
/// before keeps the token. Durable when this returns.
pub async fn exchange(
    app: &App,
    token: &str,
    verifier: &str,
) -> Result<std::result::Result<Exchanged, NoExchange>> {
    let found = app.store.request_token(token, app.now()).await?;
    let Some(request) = found else { return Ok(Err(NoExchange::TokenMissing)) };
    let (Some(user), Some(wanted)) = (request.user, &request.verifier) else {
        return Ok(Err(NoExchange::VerifierInvalid));
    };
    if birdhouse_oauth::secret::hash_token(wanted) != birdhouse_oauth::secret::hash_token(verifier)
    {
        app.store.count_wrong_verifier(token).await?;
        if request.attempts + 1 >= MAX_ATTEMPTS {
            app.store.end_request_token(token).await?;
        }
        return Ok(Err(NoExchange::VerifierInvalid));
    }
    if let Some((known, sealed)) = app.store.token_of(user, request.app, request.access).await? {
        if !app.store.end_request_token(token).await? {
            return Ok(Err(NoExchange::TokenMissing));
        }
        let secret = open_secret(app, &sealed, &token_context(&known))?;
        return Ok(Ok(Exchanged { token: known, secret, user }));
    }
    let (access_token, secret) = new_token(user);
    let new = NewToken {
        secret: seal_secret(app, &secret, &token_context(&access_token)),
        token: access_token.clone(),
        user,
        app: request.app,
        access: request.access,
    };
    if !app.store.exchange_request_token(token, &new, app.now()).await? {
        return Ok(Err(NoExchange::TokenMissing));
    }
    Ok(Ok(Exchanged { token: access_token, secret, user }))
}

/// The secret of a living request token, for checking a signature.
pub async fn request_secret(app: &App, token: &str) -> Result<Option<String>> {
    let Some(request) = app.store.request_token(token, app.now()).await? else { return Ok(None) };
    open_secret(app, &request.secret, &request_context(token)).map(Some)
}

/// Proves an app by its consumer key and secret.
pub async fn client(app: &App, key: &str, secret: &str) -> Result<apps::App> {
    let found = app.store.app_by_key(key).await?.ok_or(Fault::AppCredentialsInvalid)?;
    let known = open_secret(app, &found.consumer_secret, &format!("app:{}", found.id))?;
    let hash = birdhouse_oauth::secret::hash_token;
    // Equal hashes tell no more by their timing than the hash of a guess.
    if hash(&known) == hash(secret) {
        Ok(found)
    } else {
        Err(Error::Refused(Fault::AppCredentialsInvalid))
    }
}

#[cfg(test)]
mod tests {
    use super::is_approved;

    #[test]
    fn a_callback_is_a_url_without_scripts_and_registered_if_any_is() {
        let own = ["https://app.example/done".to_owned()];
        assert!(is_approved("oob", &own));
        assert!(is_approved("https://app.example/done?x=1", &own));
        assert!(is_approved("my-app://done", &[]));
        for bad in ["https://evil.example/done", "https://app.example/done/../x", "", "/done"] {
            assert!(!is_approved(bad, &own), "{bad}");
        }
        for bad in ["javascript://x", "data:text/html,x", "https://a\r\nb: c", "://x"] {
            assert!(!is_approved(bad, &[]), "{bad}");
        }
    }
}
