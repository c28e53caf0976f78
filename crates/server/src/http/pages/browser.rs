//! State of a browser: its session, its user, and protection against forged forms.

use super::cookies::{Cookie, cookie, delete_cookie, set_cookie};
use crate::http::read::client_address::client_address;
use axum::http::request::Parts;
use axum::http::{HeaderMap, HeaderValue, StatusCode, header};
use axum::response::Response;
use birdhouse_core::actions::access::sign_in::{self, SignInAttempt, SignInOutcome};
use birdhouse_core::actions::users::User;
use birdhouse_core::app::App;
use birdhouse_core::error::Result;
use birdhouse_oauth::params::Params;

/// The user who is signed in, if any.
pub(crate) async fn signed_in_user(app: &App, headers: &HeaderMap) -> Result<Option<User>> {
    let Some(value) = cookie(app, headers, Cookie::Session) else { return Ok(None) };
    sign_in::session(app, value).await
}

/// Signs a user in on this browser.
pub(crate) async fn sign_in(app: &App, response: &mut Response, user: &User) -> Result<()> {
    if let Some(value) = sign_in::start_session(app, user).await? {
        set_cookie(app, response, Cookie::Session, &value);
        set_cookie(app, response, Cookie::Browser, &sign_in::mark_browser(app, user));
    }
    Ok(())
}

/// Ends the session of this browser.
pub(super) async fn sign_out(
    app: &App,
    headers: &HeaderMap,
    response: &mut Response,
) -> Result<()> {
    if let Some(value) = cookie(app, headers, Cookie::Session) {
        sign_in::end_session(app, value).await?;
    }
    delete_cookie(app, response, Cookie::Session);
    Ok(())
}

/// What makes a form one of our own: a signature of this browser's nonce and session.
pub(crate) struct FormToken {
    /// The hidden field.
    pub(crate) text: String,
    nonce: String,
}

/// The token of a form on a page for this browser.
pub(crate) fn form_token(app: &App, headers: &HeaderMap) -> FormToken {
    let session = cookie(app, headers, Cookie::Session).unwrap_or_default();
    let known = cookie(app, headers, Cookie::Form).unwrap_or_default();
    if let Some(text) = sign_in::form_token(app, known, session) {
        return FormToken { text, nonce: known.to_owned() };
    }
    let nonce = sign_in::form_nonce();
    let text = sign_in::form_token(app, &nonce, session).unwrap_or_default();
    FormToken { text, nonce }
}

impl FormToken {
    /// Sets the cookie that the token belongs to.
    pub(crate) fn set_cookie(&self, app: &App, response: &mut Response) {
        set_cookie(app, response, Cookie::Form, &self.nonce);
    }
}

/// Whether a form was sent by our own page, shown to this browser in this session.
pub(crate) fn is_authentic(app: &App, headers: &HeaderMap, sent: Option<&str>) -> bool {
    let (Some(nonce), Some(sent)) = (cookie(app, headers, Cookie::Form), sent) else {
        return false;
    };
    let session = cookie(app, headers, Cookie::Session).unwrap_or_default();
    let text = |name| headers.get(name).and_then(|value: &HeaderValue| value.to_str().ok());
    // Behind a proxy, `Host` may differ from the host in the browser.
    let is_own_origin = text(header::ORIGIN).is_none_or(|origin| {
        let authority = origin.split_once("://").map(|(_, authority)| authority);
        origin == app.config.public_url || (authority.is_some() && authority == text(header::HOST))
    });
    is_own_origin && sign_in::is_form_token(app, nonce, session, sent)
}

/// What keeps a user from signing in.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Problem {
    /// The status of the page.
    pub(crate) status: StatusCode,
    /// The message to display.
    pub(crate) text: &'static str,
}

/// The user who submitted a form.
pub(crate) enum PageUser {
    /// A user who was signed in already.
    FromSession(User),
    /// A user who signed in with this form.
    FromPassword(User),
    /// Nobody.
    NotSignedIn(Problem),
}

/// Signs in with the name and password of a form, or returns the user who is signed in.
pub(crate) async fn page_user(app: &App, parts: &Parts, form: &Params) -> Result<PageUser> {
    let refused = |status, text| PageUser::NotSignedIn(Problem { status, text });
    let (Some(name), Some(password)) = (form.get("username"), form.get("password")) else {
        return Ok(match signed_in_user(app, &parts.headers).await? {
            Some(user) => PageUser::FromSession(user),
            None => refused(StatusCode::UNAUTHORIZED, "Please sign in."),
        });
    };
    let mark = cookie(app, &parts.headers, Cookie::Browser);
    let attempt = SignInAttempt { name, password, address: client_address(app, parts), mark };
    Ok(match sign_in::sign_in(app, &attempt).await? {
        SignInOutcome::SignedIn(user) => PageUser::FromPassword(user),
        SignInOutcome::WrongCredentials => {
            refused(StatusCode::UNAUTHORIZED, "The username and password do not match.")
        }
        SignInOutcome::TooManyAttempts => {
            refused(StatusCode::TOO_MANY_REQUESTS, "Too many attempts. Please wait 15 minutes.")
        }
        SignInOutcome::Busy => refused(
            StatusCode::SERVICE_UNAVAILABLE,
            "Too many people are signing in right now. Please try again in a moment.",
        ),
    })
}
