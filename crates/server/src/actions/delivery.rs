//! Which bytes may be delivered to whom.

use crate::app::App;
use crate::auth::Caller;
use crate::error::Result;
use birdhouse_domain::Fault;
use birdhouse_domain::media::{Media, State};

/// The media with this name in its URL: anybody's to read once a Tweet shows it, its owner's
/// before.
pub async fn find(app: &App, caller: Option<&Caller>, public_key: &str) -> Result<Media> {
    let found = app.store.media_by_public_key(public_key).await?;
    let media = found.ok_or(Fault::MediaNotFound)?;
    if media.state != State::Succeeded || media.is_expired(app.now()) {
        return Err(Fault::MediaNotFound.into());
    }
    let is_owner = matches!(caller, Some(Caller::User(user)) if user.user == media.owner);
    if media.expires_at.is_some() && !is_owner {
        return Err(Fault::MediaNotFound.into());
    }
    Ok(media)
}
