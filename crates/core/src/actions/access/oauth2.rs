//! OAuth 2.0 (RFC 6749, RFC 7636): authorization codes with PKCE, tokens, refresh and revocation.
//! Lifetimes are documented: 30 seconds for codes, two hours for access tokens.

mod client;
mod refusal;
mod tokens;

pub(super) use client::client_of;
pub use client::{ClientCredentials, authenticate, client_by_id};
pub use refusal::{Outcome, Refusal};
pub use tokens::{
    IssuedTokens, TokenInfo, exchange, from_oauth1, introspect, refresh, revoke, revoke_any,
};

use crate::app::App;
use crate::error::Result;
pub use birdhouse_catalog::apps::ClientApp;
use birdhouse_catalog::oauth2::AuthorizationCode;
use birdhouse_domain::{AppId, Bucket, ChallengeMethod, RateLimitKey, Scopes, Timestamp, UserId};
use birdhouse_oauth::secret::hash_token;
use refusal::is_proof_key;
use tokens::opaque_token;

/// Lifetime of a code (documented).
const CODE_MS: i64 = 30 * Timestamp::SECOND;
/// Maximum length of `state` in characters (documented).
const STATE_MAX: usize = 500;

/// An authorization request.
#[derive(Clone, Copy, Debug)]
pub struct AuthorizationRequest<'a> {
    /// `response_type`.
    pub response_type: &'a str,
    /// `redirect_uri`, already validated.
    pub redirect_uri: &'a str,
    /// `scope`.
    pub scope: &'a str,
    /// `state`.
    pub state: &'a str,
    /// `code_challenge`.
    pub challenge: &'a str,
    /// `code_challenge_method`; empty means `plain` (RFC 7636, section 4.3).
    pub challenge_method: &'a str,
}

/// The parsed parts of a valid authorization request.
#[derive(Clone, Debug)]
pub struct ValidRequest {
    /// The scopes.
    pub scopes: Scopes,
    /// How the challenge was derived.
    pub challenge_method: ChallengeMethod,
}

/// Validates an authorization request. PKCE is always required (documented).
pub fn validate(request: &AuthorizationRequest<'_>) -> std::result::Result<ValidRequest, Refusal> {
    if request.response_type != "code" {
        let text = "response_type must be code";
        return Err(Refusal::new("unsupported_response_type", text));
    }
    if request.state.chars().count() > STATE_MAX {
        let text = format!("state must be at most {STATE_MAX} characters");
        return Err(Refusal::new("invalid_request", text));
    }
    let Some(method) = ChallengeMethod::parse(request.challenge_method) else {
        let text = "code_challenge_method must be S256 or plain";
        return Err(Refusal::new("invalid_request", text));
    };
    if !is_proof_key(request.challenge) {
        let text = "code_challenge must be 43 to 128 letters, digits, -, ., _ or ~";
        return Err(Refusal::new("invalid_request", text));
    }
    let Some(scopes) = Scopes::parse(request.scope) else {
        let text = "scope must be 1 to 100 names, of at most 1000 characters together";
        return Err(Refusal::new("invalid_scope", text));
    };
    Ok(ValidRequest { scopes, challenge_method: method })
}

/// Whether an app registered exactly this URL (documented: including a trailing slash).
pub fn is_registered(client: &ClientApp, redirect_uri: &str) -> bool {
    client.callbacks.iter().any(|known| known == redirect_uri)
}

/// Records the user's consent and returns the authorization code; [`Fault::RateLimited`] if there were
/// too many. Durable when this returns.
///
/// [`Fault::RateLimited`]: birdhouse_domain::Fault::RateLimited
pub async fn allow(
    app: &App,
    client: AppId,
    user: UserId,
    request: &AuthorizationRequest<'_>,
    valid: &ValidRequest,
) -> Result<String> {
    let holder = RateLimitKey::User(user, client);
    app.memory.rates.admit(holder, Bucket::AuthorizationCode, app.now())?;
    let text = opaque_token(app, "ac");
    let code = AuthorizationCode {
        hash: hash_token(&text).to_vec(),
        grant: app.next_id(),
        app: client,
        user,
        redirect_uri: request.redirect_uri.to_owned(),
        scopes: valid.scopes.clone(),
        challenge: request.challenge.to_owned(),
        challenge_method: valid.challenge_method,
        is_used: false,
        expires_at: app.now().plus(CODE_MS),
    };
    app.catalog.add_code(&code).await?;
    Ok(text)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_request_needs_a_proof_key_and_a_scope() {
        let good = AuthorizationRequest {
            response_type: "code",
            redirect_uri: "https://a.example/",
            scope: "tweet.read space.read",
            state: "s",
            challenge: "E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM",
            challenge_method: "s256",
        };
        assert_eq!(validate(&good).unwrap().challenge_method, ChallengeMethod::S256);
        let long = "x".repeat(501);
        let (short, longest, over) = ("x".repeat(42), "x".repeat(128), "x".repeat(129));
        assert!(validate(&AuthorizationRequest { challenge: &longest, ..good }).is_ok());
        let bad = [
            (AuthorizationRequest { response_type: "token", ..good }, "unsupported_response_type"),
            (AuthorizationRequest { challenge: "", ..good }, "invalid_request"),
            (AuthorizationRequest { challenge: "x", ..good }, "invalid_request"),
            (AuthorizationRequest { challenge: &short, ..good }, "invalid_request"),
            (AuthorizationRequest { challenge: &over, ..good }, "invalid_request"),
            (
                AuthorizationRequest { challenge: &longest.replace('x', "+"), ..good },
                "invalid_request",
            ),
            (AuthorizationRequest { challenge_method: "S512", ..good }, "invalid_request"),
            (AuthorizationRequest { state: &long, ..good }, "invalid_request"),
            (AuthorizationRequest { scope: " ", ..good }, "invalid_scope"),
        ];
        for (request, error) in bad {
            assert_eq!(validate(&request).unwrap_err().error, error);
        }
    }
}
