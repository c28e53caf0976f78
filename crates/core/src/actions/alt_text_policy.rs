//! The policy that applies to a caller's Tweets: the strictest of the server's, the app's and the
//! user's own.

use crate::app::App;
use crate::error::Result;
use birdhouse_domain::UserCaller;
use birdhouse_domain::alt_text_policy::{AltTextPolicy, Described, Lack};
use birdhouse_domain::media::Media;
use birdhouse_domain::{Fault, Kind, MediaId};

/// The user's own policy.
pub async fn own(app: &App, caller: &UserCaller) -> Result<AltTextPolicy> {
    Ok(app.catalog.alt_text_policy(caller.user).await?)
}

/// Sets the user's own policy. Durable when this returns.
pub async fn set_own(app: &App, caller: &UserCaller, policy: &AltTextPolicy) -> Result<()> {
    Ok(app.catalog.set_alt_text_policy(caller.user, policy).await?)
}

/// The policy that applies.
pub async fn effective(app: &App, caller: &UserCaller) -> Result<AltTextPolicy> {
    Ok(app.config.alt_text_policy.of_app(&caller.app_name).and(own(app, caller).await?))
}

/// What the media of a Tweet lack; refused with [`Fault::AltTextRequired`] if the
/// policy requires a description.
pub(super) async fn check(
    app: &App,
    caller: &UserCaller,
    media: &[Media],
    tweet_text: &str,
) -> Result<Vec<(MediaId, Lack)>> {
    let describable = |media: &&Media| match media.kind {
        Some(Kind::Image | Kind::AnimatedGif) => true,
        Some(Kind::Video) => app.config.describe_videos,
        Some(Kind::Subtitles) | None => false,
    };
    let described = media.iter().filter(describable).map(|media| Described {
        media: media.id,
        alt_text: media.alt_text.as_deref(),
        is_decorative: media.is_decorative,
    });
    let all: Vec<Described<'_>> = described.collect();
    if all.is_empty() {
        return Ok(Vec::new());
    }
    let policy = effective(app, caller).await?;
    let lacks = policy.lacks(&all, tweet_text);
    match policy.refuses(&lacks) {
        Some((id, lack)) => Err(Fault::AltTextRequired { id: *id, lack: lack.clone() }.into()),
        None => Ok(lacks),
    }
}
