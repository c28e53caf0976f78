//! Alt text and other metadata of media.

use super::announce;
use super::descriptions::CHANGE_TRIES;
use super::media::own;
use crate::app::App;
use crate::error::{Error, Result};
use birdhouse_catalog::alt_text::AltTextEdit;
use birdhouse_domain::{AltText, Fault, Kind, MediaId, UserCaller, WebhookEvent};

/// Sets the alt text of the caller's own media, in every Tweet that it is attached to. Durable when
/// this returns.
pub async fn set(app: &App, caller: &UserCaller, media: MediaId, text: &AltText) -> Result<()> {
    set_metadata(app, caller, media, Some(text), &[]).await
}

/// Sets the metadata of the caller's own media: its alt text, and other members as JSON values.
/// Durable when this returns.
pub async fn set_metadata(
    app: &App,
    caller: &UserCaller,
    media: MediaId,
    text: Option<&AltText>,
    members: &[(String, String)],
) -> Result<()> {
    let mut tries = CHANGE_TRIES;
    loop {
        let edit = edit(app, caller, media).await?;
        let is_set = match text {
            // Nearly every call sets the alt text alone, which costs less.
            Some(text) if members.is_empty() => app.catalog.set_alt_text(&edit, text).await?,
            _ => app.catalog.set_metadata(&edit, text, members).await?,
        };
        if is_set {
            announce::notify(app, &edit.deliveries);
            app.memory.notify.described();
            return Ok(());
        }
        tries -= 1;
        match refusal(app, caller, media).await {
            // Another change with a larger id was first.
            Error::Refused(Fault::DescriptionChanged) if tries > 0 => {}
            other => return Err(other),
        }
    }
}

async fn edit(app: &App, caller: &UserCaller, media: MediaId) -> Result<AltTextEdit> {
    let id = app.next_id();
    // The caller is the owner: any other is refused.
    let event = WebhookEvent::Described;
    let deliveries = announce::deliveries(app, caller.user, event, id).await?;
    Ok(AltTextEdit {
        id,
        media,
        user: caller.user,
        app: caller.app,
        now: app.now(),
        allows_videos: app.config.describe_videos,
        deliveries,
    })
}

/// Why the catalog refused.
async fn refusal(app: &App, caller: &UserCaller, media: MediaId) -> Error {
    match own(app, caller, media).await {
        Err(error) => error,
        Ok(refused) => match refused.kind {
            Some(Kind::Video) if app.config.describe_videos => Fault::DescriptionChanged.into(),
            Some(Kind::Video | Kind::Subtitles) => Fault::AltTextNotForVideo.into(),
            Some(Kind::Image | Kind::AnimatedGif) | None => Fault::DescriptionChanged.into(),
        },
    }
}
