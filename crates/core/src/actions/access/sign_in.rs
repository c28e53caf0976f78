//! Sign-in on the consent page, and its sessions.

use super::password;
use crate::app::App;
use crate::error::Result;
use crate::host::random;
use crate::memory::sign_ins::Origin;
use birdhouse_catalog::users::User;
use birdhouse_domain::Timestamp;
use birdhouse_oauth::secret::hash_token;
use std::net::IpAddr;

/// How long a session lasts.
const SESSION_MS: i64 = 12 * 3600 * Timestamp::SECOND;
/// Characters of what cookies hold.
const COOKIE_CHARACTERS: usize = 43;

/// An attempt to sign in.
#[derive(Clone, Copy, Debug)]
pub struct SignInAttempt<'a> {
    /// The screen name.
    pub name: &'a str,
    /// The password.
    pub password: &'a str,
    /// Where it comes from.
    pub address: IpAddr,
    /// The browser's mark of an earlier sign-in, from [`mark_browser`].
    pub mark: Option<&'a str>,
}

/// The outcome of an attempt to sign in.
#[derive(Debug)]
pub enum SignInOutcome {
    /// The name and the password match.
    SignedIn(User),
    /// The name or the password is wrong.
    WrongCredentials,
    /// Too many attempts with this name from this address or browser, or from this address.
    TooManyAttempts,
    /// Too many people are signing in right now.
    Busy,
}

/// Signs in with a name and a password. Takes equally long whether or not the user exists.
pub async fn sign_in(app: &App, attempt: &SignInAttempt<'_>) -> Result<SignInOutcome> {
    // No user may have an empty password, whatever hash is stored.
    if attempt.password.is_empty() {
        return Ok(SignInOutcome::WrongCredentials);
    }
    let origin = match attempt.mark {
        Some(mark) if is_mark(app, mark, attempt.name) => Origin::KnownBrowser(mark),
        _ => Origin::Address(attempt.address),
    };
    let sign_ins = &app.memory.sign_ins;
    let Some(counted) = sign_ins.begin(origin, attempt.name, app.now().seconds()) else {
        return Ok(SignInOutcome::TooManyAttempts);
    };
    let user = app.catalog.user_by_name(attempt.name).await?;
    let hash = user.as_ref().map(|user| user.password_hash.clone());
    let matches = password::matches(app, attempt.password.to_owned(), hash).await;
    if matches != Some(false) {
        sign_ins.forgive(&counted);
    }
    let Some(matches) = matches else { return Ok(SignInOutcome::Busy) };
    Ok(user.filter(|_| matches).map_or(SignInOutcome::WrongCredentials, SignInOutcome::SignedIn))
}

/// Starts a session and returns the value of its cookie, of which only the hash is stored; `None` if
/// the user's password was changed since `user` was read.
pub async fn start_session(app: &App, user: &User) -> Result<Option<String>> {
    let value = random::alphanumeric(COOKIE_CHARACTERS);
    let until = app.now().plus(SESSION_MS);
    let is_stored = app.catalog.add_session(&hash_token(&value), user, until).await?;
    Ok(is_stored.then_some(value))
}

/// The user of the session with this cookie, if it has not ended.
pub async fn session(app: &App, cookie: &str) -> Result<Option<User>> {
    let Some(user) = app.catalog.session(&hash_token(cookie), app.now()).await? else {
        return Ok(None);
    };
    Ok(app.catalog.user(user).await?)
}

/// Ends the session with this cookie. Durable when this returns.
pub async fn end_session(app: &App, cookie: &str) -> Result<()> {
    app.catalog.delete_session(&hash_token(cookie)).await?;
    Ok(())
}

/// The mark of a browser on which this user signed in: its attempts are counted by themselves.
pub fn mark_browser(app: &App, user: &User) -> String {
    let nonce = random::alphanumeric(COOKIE_CHARACTERS);
    format!("{nonce}.{}", sign_mark(app, &nonce, &user.screen_name))
}

fn is_mark(app: &App, mark: &str, name: &str) -> bool {
    mark.split_once('.').is_some_and(|(nonce, signature)| {
        hash_token(signature) == hash_token(&sign_mark(app, nonce, name))
    })
}

fn sign_mark(app: &App, nonce: &str, name: &str) -> String {
    app.vault.sign(&["browser", nonce, &name.to_ascii_lowercase()])
}

/// A new value for the cookie that forms are bound to.
pub fn form_nonce() -> String {
    random::alphanumeric(COOKIE_CHARACTERS)
}

/// What a form must send back to prove that it comes from a page of ours, opened by this browser in
/// this session: a signature of the browser's nonce and its session cookie. `None` for a nonce that is
/// none of ours.
pub fn form_token(app: &App, nonce: &str, session: &str) -> Option<String> {
    let is_ours =
        nonce.len() == COOKIE_CHARACTERS && nonce.bytes().all(|b| b.is_ascii_alphanumeric());
    is_ours.then(|| app.vault.sign(&["form", nonce, session]))
}

/// Whether a form sent this back.
pub fn is_form_token(app: &App, nonce: &str, session: &str, sent: &str) -> bool {
    form_token(app, nonce, session).is_some_and(|known| hash_token(&known) == hash_token(sent))
}
