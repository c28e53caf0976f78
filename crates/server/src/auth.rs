//! Who asks, and with what right.

pub mod grants;
pub mod keyring;
pub mod oauth1;

use crate::app::App;
use crate::error::{Error, Result};
use crate::rate_limit::Holder;
use anyhow::anyhow;
use birdhouse_domain::{Access, AppId, Fault, Scopes, UserId};
use birdhouse_oauth::secret;

/// The asker, proven.
#[derive(Clone, Debug)]
pub enum Caller {
    /// A user through an app.
    User(UserCaller),
    /// An app for itself.
    App {
        /// The app.
        app: AppId,
        /// Its consumer key.
        consumer_key: String,
    },
}

/// A user through an app.
#[derive(Clone, Debug)]
pub struct UserCaller {
    /// The user.
    pub user: UserId,
    /// The user's screen name.
    pub screen_name: String,
    /// The app.
    pub app: AppId,
    /// The app's name.
    pub app_name: String,
    /// The access token.
    pub token: String,
    /// What the token allows.
    pub access: Access,
    /// What the user allowed by OAuth 2.0; `None` for a request signed by OAuth 1.0a.
    pub scopes: Option<Scopes>,
}

impl Caller {
    /// Whose rate windows count.
    pub fn holder(&self) -> Holder {
        match self {
            Self::User(caller) => Holder::User(caller.user, caller.app),
            Self::App { app, .. } => Holder::App(*app),
        }
    }

    /// What the caller may do.
    pub fn access(&self) -> Access {
        match self {
            Self::User(caller) => caller.access,
            Self::App { .. } => Access::Read,
        }
    }

    /// The user, or [`Fault::UserContextRequired`].
    pub fn user(&self) -> std::result::Result<&UserCaller, Fault> {
        match self {
            Self::User(caller) => Ok(caller),
            Self::App { .. } => Err(Fault::UserContextRequired),
        }
    }
}

/// Proves an asker by a bearer token: an app's own, or one that a user gave it by OAuth 2.0.
pub async fn bearer(app: &App, token: &str) -> Result<Caller> {
    let hash = secret::hash_token(token);
    let now = app.now();
    if let Some(known) = app.grants.get(&hash, now) {
        return Ok(known);
    }
    let ends = app.grants.ends();
    if let Some(found) = app.store.app_by_bearer(&hash).await? {
        return Ok(Caller::App { app: found.id, consumer_key: found.consumer_key });
    }
    let found = app.store.oauth2_token(&hash).await?;
    let valid = found.filter(|t| t.kind == "access" && t.is_valid(now));
    let found = valid.ok_or(Fault::TokenInvalid)?;
    let caller = Caller::User(UserCaller {
        user: found.user,
        screen_name: found.screen_name,
        app: found.app,
        app_name: found.app_name,
        token: String::new(),
        access: if found.scopes.has("tweet.write") { Access::ReadWrite } else { Access::Read },
        scopes: Some(found.scopes),
    });
    app.grants.put(hash, (now, found.expires_at, caller.clone()), ends);
    Ok(caller)
}

/// Opens a sealed secret; one that does not open means a wrong or damaged key file.
pub fn open_secret(app: &App, sealed: &[u8], context: &str) -> Result<String> {
    app.seal.open(sealed, context).ok_or_else(|| {
        Error::Broken(anyhow!(
            "the secret of {context} does not open: is secret.key the right one?"
        ))
    })
}

/// Seals a secret for one place in the catalog.
pub fn seal_secret(app: &App, secret: &str, context: &str) -> Vec<u8> {
    app.seal.seal(secret, crate::random::bytes(), context)
}
