//! Delegates: users who may describe the caller's media, and decide on suggestions of them.

use crate::app::App;
use crate::error::Result;
use birdhouse_domain::{Fault, UserCaller, UserId};

/// The caller's delegates: id and screen name, by name.
pub async fn list(app: &App, caller: &UserCaller) -> Result<Vec<(UserId, String)>> {
    Ok(app.catalog.delegates(caller.user).await?)
}

/// Makes a user a delegate of the caller. Durable when this returns; [`Fault::UserNotFound`].
pub async fn add(app: &App, caller: &UserCaller, screen_name: &str) -> Result<()> {
    let delegate = user(app, screen_name).await?;
    if delegate == caller.user {
        return Err(Fault::ParameterInvalid("username").into());
    }
    Ok(app.catalog.add_delegate(caller.user, delegate, app.now()).await?)
}

/// Ends that. Durable when this returns; [`Fault::UserNotFound`] if the user was none.
pub async fn remove(app: &App, caller: &UserCaller, screen_name: &str) -> Result<()> {
    let delegate = user(app, screen_name).await?;
    let was_one = app.catalog.remove_delegate(caller.user, delegate).await?;
    if was_one { Ok(()) } else { Err(Fault::UserNotFound.into()) }
}

/// The user with this screen name, or [`Fault::UserNotFound`].
pub(super) async fn user(app: &App, screen_name: &str) -> Result<UserId> {
    let found = app.catalog.user_by_name(screen_name).await?;
    Ok(found.ok_or(Fault::UserNotFound)?.id)
}
