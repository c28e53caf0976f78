//! State of a browser: its session, its user, and protection against forged forms.

use axum::http::{HeaderMap, HeaderValue, header};
use axum::response::Response;
use birdhouse_core::actions::access::sign_in::{self, SignInOutcome};
use birdhouse_core::actions::users::User;
use birdhouse_core::app::App;
use birdhouse_core::error::Result;
use birdhouse_core::host::random;
use birdhouse_domain::UserId;
use birdhouse_oauth::params::Params;
use birdhouse_oauth::secret::hash_token;

const SESSION: &str = "birdhouse_session";
const AUTHENTICITY: &str = "birdhouse_authenticity";

/// The value of a cookie of the request.
fn cookie<'a>(headers: &'a HeaderMap, name: &str) -> Option<&'a str> {
    let lines = headers.get_all(header::COOKIE).iter().filter_map(|value| value.to_str().ok());
    let mut pairs = lines.flat_map(|line| line.split(';')).filter_map(|p| p.trim().split_once('='));
    pairs.find(|(key, _)| *key == name).map(|(_, value)| value)
}

/// The user who is signed in, if any.
pub(crate) async fn signed_in_user(app: &App, headers: &HeaderMap) -> Result<Option<User>> {
    let Some(value) = cookie(headers, SESSION) else { return Ok(None) };
    sign_in::session(app, value).await
}

/// Signs a user in on this browser.
pub(crate) async fn sign_in(app: &App, response: &mut Response, user: UserId) -> Result<()> {
    let value = sign_in::start_session(app, user).await?;
    set_cookie(app, response, SESSION, &value);
    Ok(())
}

/// The token that a form must send back to prove that it comes from our page. It is also in a
/// cookie, which other sites can neither read nor set.
pub(crate) fn authenticity_token(headers: &HeaderMap) -> String {
    let known = cookie(headers, AUTHENTICITY).filter(|value| value.len() == 43);
    known.map_or_else(|| random::alphanumeric(43), str::to_owned)
}

/// Whether a form was sent by our own page.
pub(crate) fn is_authentic(app: &App, headers: &HeaderMap, sent: Option<&str>) -> bool {
    let (Some(known), Some(sent)) = (cookie(headers, AUTHENTICITY), sent) else { return false };
    let text = |name| headers.get(name).and_then(|value: &HeaderValue| value.to_str().ok());
    // Behind a proxy, `Host` may differ from the host in the browser.
    let is_own_origin = text(header::ORIGIN).is_none_or(|origin| {
        let authority = origin.split_once("://").map(|(_, authority)| authority);
        origin == app.config.public_url || (authority.is_some() && authority == text(header::HOST))
    });
    is_own_origin && hash_token(known) == hash_token(sent)
}

/// Sets the cookie of the authenticity token.
pub(crate) fn set_authenticity_cookie(app: &App, response: &mut Response, token: &str) {
    set_cookie(app, response, AUTHENTICITY, token);
}

fn set_cookie(app: &App, response: &mut Response, name: &str, value: &str) {
    let secure = if app.config.public_url.starts_with("https://") { "; Secure" } else { "" };
    let line = format!("{name}={value}; Path=/; HttpOnly; SameSite=Lax{secure}");
    if let Ok(line) = HeaderValue::from_str(&line) {
        response.headers_mut().append(header::SET_COOKIE, line);
    }
}

/// The user who submitted a form.
pub(crate) enum PageUser {
    /// A user who was signed in already.
    FromSession(User),
    /// A user who signed in with this form.
    FromPassword(User),
    /// Nobody; the message to display.
    NotSignedIn(&'static str),
}

/// Signs in with the name and password of a form, or returns the user who is signed in.
pub(crate) async fn page_user(app: &App, headers: &HeaderMap, form: &Params) -> Result<PageUser> {
    let (Some(name), Some(password)) = (form.get("username"), form.get("password")) else {
        return Ok(match signed_in_user(app, headers).await? {
            Some(user) => PageUser::FromSession(user),
            None => PageUser::NotSignedIn("Please sign in."),
        });
    };
    Ok(match sign_in::sign_in(app, name, password).await? {
        SignInOutcome::SignedIn(user) => PageUser::FromPassword(user),
        SignInOutcome::WrongCredentials => {
            PageUser::NotSignedIn("The username and password do not match.")
        }
        SignInOutcome::TooManyAttempts => {
            PageUser::NotSignedIn("Too many attempts. Please wait 15 minutes.")
        }
    })
}
