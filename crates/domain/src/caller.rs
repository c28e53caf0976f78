//! Authenticated callers, and the permissions that endpoints require of them.

use crate::access_level::Access;
use crate::fault::Fault;
use crate::id::{AppId, UserId};
use crate::scope::Scopes;
use std::net::IpAddr;

/// An authenticated caller.
#[derive(Clone, Debug)]
pub enum Caller {
    /// A user through an app.
    User(UserCaller),
    /// An app on its own behalf.
    App(AppCaller),
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
    /// The OAuth 1.0a access token; empty for an OAuth 2.0 token, which is stored as a hash only.
    pub token: String,
    /// The token's access level.
    pub access: Access,
    /// The scopes of an OAuth 2.0 token; `None` for a request signed with OAuth 1.0a.
    pub scopes: Option<Scopes>,
}

/// An app on its own behalf.
#[derive(Clone, Debug)]
pub struct AppCaller {
    /// The app.
    pub app: AppId,
    /// Its consumer key.
    pub consumer_key: String,
}

/// Identifies the caller whose requests a rate window counts.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum RateLimitKey {
    /// A user through an app.
    User(UserId, AppId),
    /// An app on its own behalf.
    App(AppId),
    /// An app on its own behalf at this address: whoever has a copy of the app has its key.
    AppAt(AppId, IpAddr),
}

/// What an endpoint requires of its caller.
#[derive(Clone, Copy, Debug)]
pub struct Permission {
    /// Whether an app may call it on its own behalf.
    pub allows_app: bool,
    /// Whether an OAuth 1.0a token needs write access.
    pub writes: bool,
    /// Scopes that a user's OAuth 2.0 token needs; `None` if no such token is accepted.
    pub scopes: Option<&'static [&'static str]>,
}

impl Caller {
    /// The key of the rate windows that count this call.
    pub fn rate_limit_key(&self) -> RateLimitKey {
        match self {
            Self::User(caller) => RateLimitKey::User(caller.user, caller.app),
            Self::App(caller) => RateLimitKey::App(caller.app),
        }
    }

    /// The access level of the caller's token.
    pub fn access(&self) -> Access {
        match self {
            Self::User(caller) => caller.access,
            Self::App(_) => Access::Read,
        }
    }

    /// The user, or [`Fault::UserContextRequired`].
    pub fn user(&self) -> Result<&UserCaller, Fault> {
        match self {
            Self::User(caller) => Ok(caller),
            Self::App(_) => Err(Fault::UserContextRequired),
        }
    }

    /// Refuses a read-only token.
    pub fn require_write(&self) -> Result<(), Fault> {
        match self.access() {
            Access::ReadWrite => Ok(()),
            Access::Read => Err(Fault::WriteAccessRequired),
        }
    }
}

impl Permission {
    /// Refuses a caller that lacks this permission.
    pub fn require(&self, caller: &Caller) -> Result<(), Fault> {
        let Caller::User(user) = caller else {
            return if self.allows_app { Ok(()) } else { Err(Fault::UserContextRequired) };
        };
        match (&user.scopes, self.scopes) {
            (None, _) if self.writes => caller.require_write(),
            (None, _) => Ok(()),
            (Some(_), None) => Err(Fault::GrantNotAccepted),
            (Some(granted), Some(needed)) => match granted.first_missing(needed) {
                None => Ok(()),
                Some(needed) => Err(Fault::ScopeMissing { needed, granted: granted.to_string() }),
            },
        }
    }
}
