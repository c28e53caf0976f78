//! Sign-in on the consent page, and its sessions.

use super::password;
use crate::app::App;
use crate::error::Result;
use crate::host::random;
use crate::memory::shares::Holder;
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
    let holder = match (&origin, &user) {
        (Origin::KnownBrowser(_), Some(user)) => Holder::User(user.id),
        _ => app.memory.permits.holder(attempt.address),
    };
    let matches = password::matches(app, holder, attempt.password.to_owned(), hash).await;
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

#[cfg(test)]
mod tests {
    use super::*;
    use crate::actions::access::issue::{CredentialsRequest, issue};
    use crate::app::Shared;
    use crate::config::{Layer, load};
    use crate::host::clock::Clock;
    use std::sync::mpsc::channel;
    use tokio::sync::oneshot;

    async fn add_user(app: &Shared, name: &str) -> User {
        let request = CredentialsRequest {
            user: name.to_owned(),
            app: "app".to_owned(),
            password: Some("correct horse".to_owned()),
            ..CredentialsRequest::default()
        };
        issue(app, &request).await.unwrap();
        app.catalog.user_by_name(name).await.unwrap().unwrap()
    }

    async fn attempt(
        app: Shared,
        name: &str,
        address: &str,
        mark: Option<String>,
    ) -> SignInOutcome {
        let address = address.parse().unwrap();
        let mark = mark.as_deref();
        let attempt = SignInAttempt { name, password: "correct horse", address, mark };
        sign_in(&app, &attempt).await.unwrap()
    }

    #[tokio::test]
    async fn one_user_with_many_browsers_keeps_nobody_else_from_signing_in() {
        let dir = tempfile::TempDir::new().unwrap();
        let layer = Layer { data_dir: Some(dir.path().join("data")), ..Layer::default() };
        let none = dir.path().join("none.toml");
        std::fs::write(&none, "").unwrap();
        let app = App::open(load(layer, Some(&none)).unwrap(), Clock::at(1)).await.unwrap();
        let mallory = add_user(&app, "mallory").await;
        add_user(&app, "alice").await;

        let (release, held) = channel::<()>();
        let (begun, has_begun) = oneshot::channel();
        let hold = move || {
            begun.send(()).unwrap();
            held.recv().unwrap();
        };
        let holding = app.clone();
        let holding =
            tokio::spawn(async move { holding.memory.passwords.run(Holder::Trusted, hold).await });
        has_begun.await.unwrap();
        // Each browser has less than its ten attempts, from an address of its own.
        let mut attempts = tokio::task::JoinSet::new();
        for browser in 0..12 {
            let mark = mark_browser(&app, &mallory);
            for _ in 0..9 {
                let (app, mark) = (app.clone(), Some(mark.clone()));
                attempts.spawn(async move {
                    attempt(app, "mallory", &format!("192.0.2.{browser}"), mark).await
                });
            }
        }
        // Its user has as many places as are left: half of those that are not held.
        while attempts.len() > 32 {
            let outcome = attempts.join_next().await.unwrap().unwrap();
            assert!(matches!(outcome, SignInOutcome::Busy), "{outcome:?}");
        }
        let others = ["198.51.100.1", "192.0.2.1"]
            .map(|address| tokio::spawn(attempt(app.clone(), "alice", address, None)));
        tokio::task::yield_now().await;
        release.send(()).unwrap();
        for other in others {
            let outcome = other.await.unwrap();
            assert!(matches!(outcome, SignInOutcome::SignedIn(_)), "{outcome:?}");
        }
        holding.await.unwrap().unwrap();
    }
}
