//! Describing media.

use crate::app::App;
use crate::auth::UserCaller;
use crate::error::{Error, Result};
use crate::store::alt_text::Describing;
use birdhouse_domain::{AltText, Fault, Kind, MediaId};

/// Sets the alt text of the caller's own picture or GIF; the last one wins, and every Tweet that
/// shows the media shows it. Durable when this returns.
pub async fn set(app: &App, caller: &UserCaller, media: MediaId, text: &AltText) -> Result<()> {
    if app.store.set_alt_text(&describing(app, caller, media), text).await? {
        return Ok(());
    }
    Err(refusal(app, caller, media).await)
}

/// Keeps what is said of the caller's own media: its alt text, and other members of its metadata
/// as JSON values, each replacing the earlier one of its name. Durable when this returns.
pub async fn set_metadata(
    app: &App,
    caller: &UserCaller,
    media: MediaId,
    text: Option<&AltText>,
    members: &[(String, String)],
) -> Result<()> {
    match text {
        // What nearly every call says needs no more than v1.1's.
        Some(text) if members.is_empty() => return set(app, caller, media, text).await,
        _ => {}
    }
    let who = describing(app, caller, media);
    if app.store.set_metadata(&who, text, members).await? {
        return Ok(());
    }
    Err(refusal(app, caller, media).await)
}

fn describing(app: &App, caller: &UserCaller, media: MediaId) -> Describing {
    Describing {
        id: app.next_id(),
        media,
        user: caller.user,
        app: caller.app,
        now: app.now(),
        with_videos: app.config.describe_videos,
    }
}

/// Why the catalog refused.
async fn refusal(app: &App, caller: &UserCaller, media: MediaId) -> Error {
    match super::upload::own(app, caller, media).await {
        Err(error) => error,
        Ok(refused) => match refused.kind {
            Some(Kind::Video | Kind::Subtitles) => Fault::AltTextNotForVideo.into(),
            Some(Kind::Image | Kind::AnimatedGif) | None => Fault::MediaNotFound.into(),
        },
    }
}
