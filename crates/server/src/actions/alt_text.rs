//! Describing media.

use crate::app::App;
use crate::auth::UserCaller;
use crate::error::Result;
use crate::store::alt_text::Describing;
use birdhouse_domain::{AltText, Fault, Kind, MediaId};

/// Sets the alt text of the caller's own picture or GIF; the last one wins, and every Tweet that
/// shows the media shows it. Durable when this returns.
pub async fn set(app: &App, caller: &UserCaller, media: MediaId, text: &AltText) -> Result<()> {
    let who = Describing {
        id: app.next_id(),
        media,
        user: caller.user,
        app: caller.app,
        now: app.now(),
        with_videos: app.config.describe_videos,
    };
    if app.store.set_alt_text(&who, text).await? {
        return Ok(());
    }
    let refused = super::upload::own(app, caller, media).await?;
    match refused.kind {
        Some(Kind::Video | Kind::Subtitles) => Err(Fault::AltTextNotForVideo.into()),
        Some(Kind::Image | Kind::AnimatedGif) | None => Err(Fault::MediaNotFound.into()),
    }
}
