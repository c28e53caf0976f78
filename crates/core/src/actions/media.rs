//! Looking up media.

use crate::app::App;
use crate::error::Result;
pub use birdhouse_catalog::variants::Variant;
use birdhouse_domain::media::Media;
use birdhouse_domain::{Caller, Fault, Kind, MediaId, UserCaller};

/// A media with its variants.
#[derive(Clone, Debug)]
pub struct MediaWithVariants {
    /// The media.
    pub media: Media,
    /// The variants of a video; not loaded for other kinds.
    pub variants: Vec<Variant>,
}

/// The caller's own media, until it expires.
pub async fn own(app: &App, caller: &UserCaller, id: MediaId) -> Result<Media> {
    let media = app.catalog.media(id).await?.ok_or(Fault::MediaNotFound)?;
    if media.owner != caller.user || media.is_expired(app.now()) {
        return Err(Fault::MediaNotFound.into());
    }
    Ok(media)
}

/// The media with this `media_key`, if the caller may read it: otherwise indistinguishable from
/// one that does not exist.
pub async fn by_key(app: &App, caller: &Caller, key: &str) -> Result<Option<MediaWithVariants>> {
    let Some((_, id)) = key.split_once('_') else { return Ok(None) };
    let Some(id) = MediaId::parse(id) else { return Ok(None) };
    let Some(media) = app.catalog.media(id).await? else { return Ok(None) };
    // Without a category, the key reported before FINALIZE may have another prefix.
    let is_named = media.media_key() == key || media.category.is_none();
    if !is_named || !media.may_be_read_by(Some(caller), app.now()) {
        return Ok(None);
    }
    let variants = variants_of_video(app, &media).await?;
    Ok(Some(MediaWithVariants { media, variants }))
}

/// The variants of a video; none of any other kind.
async fn variants_of_video(app: &App, media: &Media) -> Result<Vec<Variant>> {
    match media.kind {
        Some(Kind::Video) => Ok(app.catalog.variants(media.id).await?),
        Some(Kind::Image | Kind::AnimatedGif | Kind::Subtitles) | None => Ok(Vec::new()),
    }
}
