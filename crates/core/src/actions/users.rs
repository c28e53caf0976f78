//! Looking up users.

use crate::app::App;
use crate::error::Result;
pub use birdhouse_catalog::users::User;
use birdhouse_domain::{TweetId, UserId};
use std::collections::HashMap;

/// The user with this id.
pub async fn by_id(app: &App, id: UserId) -> Result<Option<User>> {
    Ok(app.catalog.user(id).await?)
}

/// The user with this screen name, ignoring case.
pub async fn by_name(app: &App, screen_name: &str) -> Result<Option<User>> {
    Ok(app.catalog.user_by_name(screen_name).await?)
}

/// Those of the users with these ids that exist.
pub async fn by_ids(app: &App, ids: &[UserId]) -> Result<HashMap<UserId, User>> {
    let users = app.catalog.users(ids).await?;
    Ok(users.into_iter().map(|user| (user.id, user)).collect())
}

/// Those of the users with these screen names that exist, by their names in lower case.
pub async fn by_names(app: &App, screen_names: &[&str]) -> Result<HashMap<String, User>> {
    let users = app.catalog.users_by_name(screen_names).await?;
    Ok(users.into_iter().map(|user| (user.screen_name.to_ascii_lowercase(), user)).collect())
}

/// The newest Tweet of each of these users who has any.
pub async fn newest_tweets(app: &App, ids: &[UserId]) -> Result<HashMap<UserId, TweetId>> {
    Ok(app.catalog.newest_tweets_of(ids).await?.into_iter().collect())
}

/// Whether there is any user; a new installation has none.
pub async fn any_exist(app: &App) -> Result<bool> {
    Ok(app.catalog.has_users().await?)
}
