//! Looking up media.

use crate::app::App;
use crate::auth::Caller;
use crate::error::Result;
use crate::store::variants::Variant;
use birdhouse_domain::media::{Media, State};
use birdhouse_domain::{Kind, MediaId};

/// A media with what was made of it.
#[derive(Clone, Debug)]
pub struct Found {
    /// The media.
    pub media: Media,
    /// What was made of it; of a film only.
    pub variants: Vec<Variant>,
}

/// The media with this `media_key`, if the caller may see it: one that a Tweet shows, or an own
/// one that lives. Nobody can tell from the answer whether another has it.
pub async fn by_key(app: &App, caller: &Caller, key: &str) -> Result<Option<Found>> {
    let Some((_, id)) = key.split_once('_') else { return Ok(None) };
    let Some(id) = MediaId::parse(id) else { return Ok(None) };
    let Some(media) = app.store.media(id).await? else { return Ok(None) };
    let is_own = matches!(caller, Caller::User(user) if user.user == media.owner);
    let is_shown = media.expires_at.is_none();
    let is_there = media.state == State::Succeeded && !media.is_expired(app.now());
    // Without a category the key that was told before FINALIZE may begin otherwise.
    let is_named = media.media_key() == key || media.category.is_none();
    if !is_named || !is_there || !(is_own || is_shown) {
        return Ok(None);
    }
    let variants = match media.kind {
        Some(Kind::Video) => app.store.variants(id).await?,
        _ => Vec::new(),
    };
    Ok(Some(Found { media, variants }))
}
