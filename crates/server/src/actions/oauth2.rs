//! OAuth 2.0 (RFC 6749, RFC 7636): a user allows an app, the app gets tokens, renews and ends
//! them. Figures are the documented ones: codes live 30 seconds, access tokens two hours.

mod client;
mod tokens;

pub use client::{ClientProof, client_of, prove};
pub use tokens::{Facts, Given, end_token, exchange, from_oauth1, introspect, refresh, revoke};

use crate::app::App;
use crate::error::Result;
use crate::random;
use crate::store::apps;
use crate::store::oauth2::Code;
use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use birdhouse_domain::{AppId, Scopes, Timestamp, UserId};
use birdhouse_oauth::secret::hash_token;

/// How long a code may be exchanged (documented).
const CODE_MS: i64 = 30 * Timestamp::SECOND;
/// Characters of a `state`, at most (documented).
const STATE_MAX: usize = 500;

/// A refusal in the words of RFC 6749, section 5.2 or 4.1.2.1.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Denial {
    /// Such as `invalid_grant`.
    pub error: &'static str,
    /// What is wrong.
    pub description: String,
}

impl Denial {
    /// A denial with a description.
    pub fn new(error: &'static str, description: impl Into<String>) -> Self {
        Self { error, description: description.into() }
    }
}

/// What an operation of OAuth 2.0 returns: done, denied, or broken by an accident.
pub type Outcome<T> = Result<std::result::Result<T, Denial>>;

/// What an app asks a user for, as the browser brings it.
#[derive(Clone, Copy, Debug)]
pub struct Asked<'a> {
    /// `response_type`.
    pub response_type: &'a str,
    /// `redirect_uri`, known to be the app's.
    pub redirect_uri: &'a str,
    /// `scope`.
    pub scope: &'a str,
    /// `state`.
    pub state: &'a str,
    /// `code_challenge`.
    pub challenge: &'a str,
    /// `code_challenge_method`; blank is `plain` (RFC 7636, section 4.3).
    pub challenge_method: &'a str,
}

/// What was asked for, understood.
#[derive(Clone, Debug)]
pub struct Wish {
    /// The scopes.
    pub scopes: Scopes,
    /// `S256` or `plain`.
    pub challenge_method: &'static str,
}

/// Reads what an app asks for. The proof key is always required (documented).
pub fn understand(asked: &Asked<'_>) -> std::result::Result<Wish, Denial> {
    if asked.response_type != "code" {
        let text = "response_type must be code";
        return Err(Denial::new("unsupported_response_type", text));
    }
    if asked.state.chars().count() > STATE_MAX {
        let text = format!("state must be at most {STATE_MAX} characters");
        return Err(Denial::new("invalid_request", text));
    }
    let method = match asked.challenge_method {
        "S256" | "s256" => "S256",
        "plain" | "" => "plain",
        _ => {
            let text = "code_challenge_method must be S256 or plain";
            return Err(Denial::new("invalid_request", text));
        }
    };
    if !is_proof_key(asked.challenge) {
        let text = "code_challenge must be 43 to 128 letters, digits, -, ., _ or ~";
        return Err(Denial::new("invalid_request", text));
    }
    let Some(scopes) = Scopes::parse(asked.scope) else {
        let text = "scope must name at least one scope";
        return Err(Denial::new("invalid_scope", text));
    };
    Ok(Wish { scopes, challenge_method: method })
}

/// A verifier or challenge (RFC 7636, section 4.1). Some clients' plain ones are shorter.
fn is_proof_key(text: &str) -> bool {
    let is_allowed = |b: u8| b.is_ascii_alphanumeric() || b"-._~".contains(&b);
    (1..=128).contains(&text.len()) && text.bytes().all(is_allowed)
}

/// Whether an app registered exactly this URL (documented: exact, with its closing slash).
pub fn is_registered(client: &apps::App, redirect_uri: &str) -> bool {
    client.callbacks.iter().any(|known| known == redirect_uri)
}

/// Records the user's leave; the code that proves it. Durable when this returns.
pub async fn allow(
    app: &App,
    client: AppId,
    user: UserId,
    asked: &Asked<'_>,
    wish: &Wish,
) -> Result<String> {
    let text = opaque(app, "ac");
    let code = Code {
        hash: hash_token(&text).to_vec(),
        grant: app.next_id(),
        app: client,
        user,
        redirect_uri: asked.redirect_uri.to_owned(),
        scopes: wish.scopes.clone(),
        challenge: asked.challenge.to_owned(),
        challenge_method: wish.challenge_method.to_owned(),
        is_used: false,
        expires_at: app.now().plus(CODE_MS),
    };
    app.store.add_code(&code).await?;
    Ok(text)
}

/// A secret in the shape of the documented samples: `random:milliseconds:1:1:kind:1` in base64.
fn opaque(app: &App, kind: &str) -> String {
    let plain = format!("{}:{}:1:1:{kind}:1", random::alphanumeric(43), app.now().0);
    URL_SAFE_NO_PAD.encode(plain)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_wish_needs_a_proof_key_and_a_scope() {
        let good = Asked {
            response_type: "code",
            redirect_uri: "https://a.example/",
            scope: "tweet.read space.read",
            state: "s",
            challenge: "E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM",
            challenge_method: "s256",
        };
        assert_eq!(understand(&good).unwrap().challenge_method, "S256");
        let long = "x".repeat(501);
        let bad = [
            (Asked { response_type: "token", ..good }, "unsupported_response_type"),
            (Asked { challenge: "", ..good }, "invalid_request"),
            (Asked { challenge: "a b", ..good }, "invalid_request"),
            (Asked { challenge_method: "S512", ..good }, "invalid_request"),
            (Asked { state: &long, ..good }, "invalid_request"),
            (Asked { scope: " ", ..good }, "invalid_scope"),
        ];
        for (asked, error) in bad {
            assert_eq!(understand(&asked).unwrap_err().error, error);
        }
    }
}
