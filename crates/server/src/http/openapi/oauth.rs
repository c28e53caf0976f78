//! The operations of OAuth 2.0 and 1.0a, and what v1.1 says of the asker.

#![expect(clippy::too_many_lines, reason = "tables are long")]

use super::operation::Auth::{Client, Signed, SignedOrApp};
use super::operation::{Operation, object, one_of, text};
use serde_json::{Value, json};

const NEW: &str = "OAuth 2.0";
const OLD: &str = "Account v1.1 and OAuth 1.0a";
const FORM: &str = "application/x-www-form-urlencoded";

fn new(method: &'static str, path: &str, id: &'static str, tag: &'static str) -> Operation {
    Operation::new(method, path, id, tag)
}

/// `/2/oauth2` and `/oauth2`.
pub(super) fn v2() -> Vec<Operation> {
    let token = object(
        1,
        &[
            (
                "grant_type",
                one_of(&[
                    "authorization_code",
                    "refresh_token",
                    "urn:ietf:params:oauth:grant-type:token-exchange",
                ]),
            ),
            ("code", text()),
            ("redirect_uri", text()),
            ("code_verifier", text()),
            ("refresh_token", text()),
            ("scope", text()),
            ("subject_token", text()),
            ("oauth_token_secret", text()),
            ("client_id", text()),
            ("client_secret", text()),
        ],
    );
    let one = object(
        1,
        &[
            ("token", text()),
            ("token_type_hint", text()),
            ("client_id", text()),
            ("client_secret", text()),
        ],
    );
    let asked = |operation: Operation| {
        operation
            .query("response_type", "Always code.", one_of(&["code"]))
            .required()
            .query("client_id", "The app.", text())
            .required()
            .query(
                "redirect_uri",
                "One that the app registered, the same to the last character.",
                text(),
            )
            .required()
            .query("scope", "Names with spaces between.", text())
            .required()
            .query("state", "Comes back as it was; at most 500 characters.", text())
            .query("code_challenge", "The proof key (RFC 7636).", text())
            .required()
            .query("code_challenge_method", "S256, or plain.", one_of(&["S256", "plain"]))
            .gives_text(200, "text/html", "")
            .refuses("Anything", &["text/html"])
    };
    let given = json!({"token_type": "bearer", "expires_in": 7200, "access_token": "cnRl…", "scope": "tweet.read users.read media.write offline.access", "refresh_token": "bVdV…"});
    let errors: &[&str] = &["application/json"];
    vec![
        asked(new("get", "/i/oauth2/authorize", "authorize2", NEW)
            .about("The page where a user allows an app what it asks for.")),
        new("post", "/2/oauth2/token", "token2", NEW)
            .about("Exchange a code, renew, or trade a token of OAuth 1.0a; as a form, as JSON, or in the query.")
            .by(Client)
            .body_of(FORM, token.clone(), json!({"grant_type": "authorization_code", "code": "YWM…", "redirect_uri": "https://app.example/done", "code_verifier": "dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk"}))
            .json(token, Value::Null)
            .gives(200, "Token", given)
            .refuses("TokenError", errors),
        new("post", "/2/oauth2/revoke", "revoke2", NEW)
            .about("End a token and all that came from the same consent (RFC 7009).")
            .by(Client).body_of(FORM, one.clone(), Value::Null)
            .gives(200, "Object", json!({"revoked": true})).refuses("TokenError", errors),
        new("post", "/2/oauth2/introspect", "introspect2", NEW)
            .about("What a token of yours is good for (RFC 7662).")
            .by(Client).body_of(FORM, one, Value::Null)
            .gives(200, "Object", json!({"active": true, "scope": "tweet.read users.read", "username": "alice", "exp": 1_767_232_800}))
            .refuses("TokenError", errors),
        new("post", "/oauth2/token", "appToken", NEW)
            .about("An app's own token, always the same until it is made invalid.")
            .by(Client)
            .body_of(FORM, object(1, &[("grant_type", one_of(&["client_credentials"]))]), json!({"grant_type": "client_credentials"}))
            .gives(200, "Token", json!({"token_type": "bearer", "access_token": "AAAA…"})),
        new("post", "/oauth2/invalidate_token", "invalidateAppToken", NEW)
            .about("Make an app's own token invalid.")
            .by(Client).body_of(FORM, object(1, &[("access_token", text())]), Value::Null)
            .gives(200, "Object", json!({"access_token": "AAAA…"})),
    ]
}

/// `/oauth`, and the account of v1.1.
pub(super) fn v1() -> Vec<Operation> {
    let page = |path: &str, id: &'static str| {
        new("get", path, id, OLD)
            .about("The page where a user allows an app.")
            .query("oauth_token", "The request token.", text())
            .required()
            .gives_text(200, "text/html", "")
            .refuses("Anything", &["text/html"])
    };
    vec![
        new("get", "/1.1/account/verify_credentials.json", "verifyCredentials", OLD)
            .about("Who asks.")
            .by(Signed)
            .gives(200, "UserV1", Value::Null),
        new("get", "/1.1/application/rate_limit_status.json", "rateLimitStatus", OLD)
            .about("What is left of the rate windows.")
            .by(SignedOrApp)
            .query("resources", "Families with commas between.", text())
            .gives(200, "Object", Value::Null),
        new("post", "/1.1/oauth/invalidate_token.json", "invalidateToken", OLD)
            .about("Make your own token invalid.")
            .by(Signed)
            .gives(200, "Object", Value::Null),
        new("post", "/oauth/request_token", "requestToken", OLD)
            .about("Step one of OAuth 1.0a: a request token.")
            .by(Signed)
            .body_of(
                FORM,
                object(1, &[("oauth_callback", text())]),
                json!({"oauth_callback": "oob"}),
            )
            .optional()
            .gives_text(
                200,
                "text/html",
                "oauth_token=…&oauth_token_secret=…&oauth_callback_confirmed=true",
            ),
        page("/oauth/authorize", "authorize1"),
        page("/oauth/authenticate", "authenticate1"),
        new("post", "/oauth/access_token", "accessToken", OLD)
            .about("Step three of OAuth 1.0a: an access token for an allowed request token.")
            .by(Signed)
            .body_of(FORM, object(1, &[("oauth_verifier", text())]), Value::Null)
            .optional()
            .gives_text(
                200,
                "text/html",
                "oauth_token=…&oauth_token_secret=…&user_id=…&screen_name=…",
            )
            .refuses("Anything", &["application/json", "text/html"]),
    ]
}
