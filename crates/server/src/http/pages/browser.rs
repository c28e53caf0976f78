//! What the pages know of a browser: its session, its user, and that a form was sent by our own
//! page.

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

/// The value of a cookie.
fn cookie<'a>(headers: &'a HeaderMap, name: &str) -> Option<&'a str> {
    let lines = headers.get_all(header::COOKIE).iter().filter_map(|value| value.to_str().ok());
    let mut pairs = lines.flat_map(|line| line.split(';')).filter_map(|p| p.trim().split_once('='));
    pairs.find(|(key, _)| *key == name).map(|(_, value)| value)
}

/// Who is signed in.
pub(crate) async fn signed_in(app: &App, headers: &HeaderMap) -> Result<Option<User>> {
    let Some(value) = cookie(headers, SESSION) else { return Ok(None) };
    sign_in::session(app, value).await
}

/// Signs a user in on this browser.
pub(crate) async fn sign_in(app: &App, response: &mut Response, user: UserId) -> Result<()> {
    let value = sign_in::start_session(app, user).await?;
    set_cookie(app, response, SESSION, &value);
    Ok(())
}

/// The value that a form must send back, and that only our own page can know: it stands in a
/// cookie too, which no other site can read or set.
pub(crate) fn authenticity_token(headers: &HeaderMap) -> String {
    let known = cookie(headers, AUTHENTICITY).filter(|value| value.len() == 43);
    known.map_or_else(|| random::alphanumeric(43), str::to_owned)
}

/// Whether a form came from our own page.
pub(crate) fn is_authentic(app: &App, headers: &HeaderMap, sent: Option<&str>) -> bool {
    let (Some(known), Some(sent)) = (cookie(headers, AUTHENTICITY), sent) else { return false };
    let text = |name| headers.get(name).and_then(|value: &HeaderValue| value.to_str().ok());
    // Behind a proxy the host may be another than the browser's.
    let is_own_origin = text(header::ORIGIN).is_none_or(|origin| {
        let authority = origin.split_once("://").map(|(_, authority)| authority);
        origin == app.config.public_url || (authority.is_some() && authority == text(header::HOST))
    });
    is_own_origin && hash_token(known) == hash_token(sent)
}

/// Keeps the value in its cookie.
pub(crate) fn keep_authenticity(app: &App, response: &mut Response, value: &str) {
    set_cookie(app, response, AUTHENTICITY, value);
}

fn set_cookie(app: &App, response: &mut Response, name: &str, value: &str) {
    let secure = if app.config.public_url.starts_with("https://") { "; Secure" } else { "" };
    let line = format!("{name}={value}; Path=/; HttpOnly; SameSite=Lax{secure}");
    if let Ok(line) = HeaderValue::from_str(&line) {
        response.headers_mut().append(header::SET_COOKIE, line);
    }
}

/// Who uses a page.
pub(crate) enum PageUser {
    /// A user who was signed in.
    Known(User),
    /// A user who signs in with this request.
    SignedInNow(User),
    /// Nobody: what to show.
    Nobody(&'static str),
}

/// Signs in with the name and the password of a form, or takes the user who is signed in.
pub(crate) async fn page_user(app: &App, headers: &HeaderMap, form: &Params) -> Result<PageUser> {
    let (Some(name), Some(password)) = (form.get("username"), form.get("password")) else {
        return Ok(match signed_in(app, headers).await? {
            Some(user) => PageUser::Known(user),
            None => PageUser::Nobody("Please sign in."),
        });
    };
    Ok(match sign_in::sign_in(app, name, password).await? {
        SignInOutcome::SignedIn(user) => PageUser::SignedInNow(user),
        SignInOutcome::WrongCredentials => {
            PageUser::Nobody("The username and password do not match.")
        }
        SignInOutcome::TooManyAttempts => {
            PageUser::Nobody("Too many attempts. Please wait a quarter of an hour.")
        }
    })
}
