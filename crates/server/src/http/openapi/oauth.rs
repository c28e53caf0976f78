//! The operations of OAuth 2.0 and 1.0a, and of the v1.1 account.

#![expect(clippy::too_many_lines, reason = "tables are long")]

use super::operation::Auth::{Client, Signed, SignedOrApp};
use super::operation::{Operation, object, one_of, string};
use serde_json::{Value, json};

const OAUTH2: &str = "OAuth 2.0";
const OAUTH1: &str = "Account v1.1 and OAuth 1.0a";
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
            ("code", string()),
            ("redirect_uri", string()),
            ("code_verifier", string()),
            ("refresh_token", string()),
            ("scope", string()),
            ("subject_token", string()),
            ("oauth_token_secret", string()),
            ("client_id", string()),
            ("client_secret", string()),
        ],
    );
    let token_body = object(
        1,
        &[
            ("token", string()),
            ("token_type_hint", string()),
            ("client_id", string()),
            ("client_secret", string()),
        ],
    );
    let authorize_page = |operation: Operation| {
        operation
            .query("response_type", "Always code.", one_of(&["code"]))
            .required()
            .query("client_id", "The app.", string())
            .required()
            .query(
                "redirect_uri",
                "One that the app registered, the same to the last character.",
                string(),
            )
            .required()
            .query("scope", "Scopes, separated by spaces.", string())
            .required()
            .query("state", "Returned unchanged; at most 500 characters.", string())
            .query("code_challenge", "The proof key (RFC 7636).", string())
            .required()
            .query("code_challenge_method", "S256, or plain.", one_of(&["S256", "plain"]))
            .returns_text(200, "text/html", "")
            .errors("Anything", &["text/html"])
    };
    let token_example = json!({"token_type": "bearer", "expires_in": 7200, "access_token": "cnRl…", "scope": "tweet.read users.read media.write offline.access", "refresh_token": "bVdV…"});
    let errors: &[&str] = &["application/json"];
    vec![
        authorize_page(new("get", "/i/oauth2/authorize", "authorize2", OAUTH2)
            .summary("The page where a user authorizes an app.")),
        new("post", "/2/oauth2/token", "token2", OAUTH2)
            .summary("Exchange a code, a refresh token or an OAuth 1.0a token; as a form, as JSON, or in the query.")
            .auth(Client)
            .body_of(FORM, token.clone(), json!({"grant_type": "authorization_code", "code": "YWM…", "redirect_uri": "https://app.example/done", "code_verifier": "dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk"}))
            .json(token, Value::Null)
            .returns(200, "Token", token_example)
            .errors("TokenError", errors),
        new("post", "/2/oauth2/revoke", "revoke2", OAUTH2)
            .summary("Revoke a token and all tokens of the same consent (RFC 7009).")
            .auth(Client).body_of(FORM, token_body.clone(), Value::Null)
            .returns(200, "Object", json!({"revoked": true})).errors("TokenError", errors),
        new("post", "/2/oauth2/introspect", "introspect2", OAUTH2)
            .summary("Report the scopes and expiry of a token of the client (RFC 7662).")
            .auth(Client).body_of(FORM, token_body, Value::Null)
            .returns(200, "Object", json!({"active": true, "scope": "tweet.read users.read", "username": "alice", "exp": 1_767_232_800}))
            .errors("TokenError", errors),
        new("post", "/oauth2/token", "appToken", OAUTH2)
            .summary("Get the app-only token, the same until it is invalidated.")
            .auth(Client)
            .body_of(FORM, object(1, &[("grant_type", one_of(&["client_credentials"]))]), json!({"grant_type": "client_credentials"}))
            .returns(200, "Token", json!({"token_type": "bearer", "access_token": "AAAA…"})),
        new("post", "/oauth2/invalidate_token", "invalidateAppToken", OAUTH2)
            .summary("Invalidate the app-only token.")
            .auth(Client).body_of(FORM, object(1, &[("access_token", string())]), Value::Null)
            .returns(200, "Object", json!({"access_token": "AAAA…"})),
        new("post", "/oauth2/invalidate_token.json", "invalidateAppTokenV1", OAUTH2)
            .summary("The same, signed by OAuth 1.0a or with the app's key and secret.")
            .auth(Signed).body_of(FORM, object(1, &[("access_token", string())]), Value::Null)
            .returns(200, "Object", json!({"access_token": "AAAA…"})),
    ]
}

/// `/oauth`, and the account of v1.1.
pub(super) fn v1() -> Vec<Operation> {
    let page = |path: &str, id: &'static str| {
        new("get", path, id, OAUTH1)
            .summary("The page where a user authorizes an app.")
            .query("oauth_token", "The request token.", string())
            .required()
            .returns_text(200, "text/html", "")
            .errors("Anything", &["text/html"])
    };
    vec![
        new("get", "/1.1/account/verify_credentials.json", "verifyCredentials", OAUTH1)
            .summary("The calling user.")
            .auth(Signed)
            .returns(200, "UserV1", Value::Null),
        new("get", "/1.1/application/rate_limit_status.json", "rateLimitStatus", OAUTH1)
            .summary("The state of the caller's rate windows.")
            .auth(SignedOrApp)
            .query("resources", "Resource families, separated by commas.", string())
            .returns(200, "Object", Value::Null),
        new("post", "/1.1/oauth/invalidate_token.json", "invalidateToken", OAUTH1)
            .summary("Invalidate the access token that signs the request.")
            .auth(Signed)
            .returns(200, "Object", Value::Null),
        new("post", "/oauth/request_token", "requestToken", OAUTH1)
            .summary("Step 1 of OAuth 1.0a: get a request token.")
            .auth(Signed)
            .body_of(
                FORM,
                object(1, &[("oauth_callback", string())]),
                json!({"oauth_callback": "oob"}),
            )
            .optional()
            .returns_text(
                200,
                "text/html",
                "oauth_token=…&oauth_token_secret=…&oauth_callback_confirmed=true",
            ),
        page("/oauth/authorize", "authorize1"),
        page("/oauth/authenticate", "authenticate1"),
        new("post", "/oauth/access_token", "accessToken", OAUTH1)
            .summary(
                "Step 3 of OAuth 1.0a: exchange an authorized request token for an access token.",
            )
            .auth(Signed)
            .body_of(FORM, object(1, &[("oauth_verifier", string())]), Value::Null)
            .optional()
            .returns_text(
                200,
                "text/html",
                "oauth_token=…&oauth_token_secret=…&user_id=…&screen_name=…",
            )
            .errors("Anything", &["application/json", "text/html"]),
    ]
}
