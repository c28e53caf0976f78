//! Looking up users.

use crate::app::App;
use crate::error::Result;
pub use birdhouse_catalog::users::User;
use birdhouse_domain::{TweetId, UserId};

/// The user with this id.
pub async fn by_id(app: &App, id: UserId) -> Result<Option<User>> {
    Ok(app.catalog.user(id).await?)
}

/// The user with this screen name, ignoring case.
pub async fn by_name(app: &App, screen_name: &str) -> Result<Option<User>> {
    Ok(app.catalog.user_by_name(screen_name).await?)
}

/// The newest Tweet of a user.
pub async fn newest_tweet(app: &App, id: UserId) -> Result<Option<TweetId>> {
    Ok(app.catalog.newest_tweet_of(id).await?)
}

/// Whether there is any user; a new installation has none.
pub async fn any_exist(app: &App) -> Result<bool> {
    Ok(app.catalog.has_users().await?)
}
