//! Sign-in on the consent page, and its sessions.

use super::password;
use crate::app::App;
use crate::error::Result;
use crate::host::random;
use birdhouse_catalog::users::User;
use birdhouse_domain::{Timestamp, UserId};
use birdhouse_oauth::secret::hash_token;
use tokio::task::spawn_blocking;

/// How long a session lasts.
const SESSION_MS: i64 = 12 * 3600 * Timestamp::SECOND;

/// The outcome of an attempt to sign in.
#[derive(Debug)]
pub enum SignInOutcome {
    /// The name and the password match.
    SignedIn(User),
    /// The name or the password is wrong.
    WrongCredentials,
    /// Too many attempts with this name.
    TooManyAttempts,
}

/// Signs in with a name and a password. Takes equally long whether or not the user exists.
pub async fn sign_in(app: &App, name: &str, password: &str) -> Result<SignInOutcome> {
    if !app.memory.sign_ins.may_try(name, app.now().seconds()) {
        return Ok(SignInOutcome::TooManyAttempts);
    }
    let permit = app.memory.permits.inspection().await?;
    let user = app.catalog.user_by_name(name).await?;
    let hash = user.as_ref().map(|user| user.password_hash.clone());
    let password = password.to_owned();
    let matches = spawn_blocking(move || {
        // Held until the work is done, even if the request was dropped.
        let _permit = permit;
        password::matches(&password, hash)
    });
    let matches = matches.await?;
    Ok(user.filter(|_| matches).map_or(SignInOutcome::WrongCredentials, SignInOutcome::SignedIn))
}

/// Starts a session and returns the value of its cookie, of which only the hash is stored.
pub async fn start_session(app: &App, user: UserId) -> Result<String> {
    let value = random::alphanumeric(43);
    app.catalog.add_session(&hash_token(&value), user, app.now().plus(SESSION_MS)).await?;
    Ok(value)
}

/// The user of the session with this cookie, if it has not expired.
pub async fn session(app: &App, cookie: &str) -> Result<Option<User>> {
    let Some(user) = app.catalog.session(&hash_token(cookie), app.now()).await? else {
        return Ok(None);
    };
    Ok(app.catalog.user(user).await?)
}
