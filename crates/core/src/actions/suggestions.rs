//! Suggested descriptions: another user or a captioning service proposes, and who may describe the media
//! decides. Nobody else sees a suggestion before it is accepted.

use super::announce;
use super::delegates::user;
use super::descriptions::{describable, edit};
use super::written::read_written;
use crate::app::App;
use crate::error::{Error, Result};
use birdhouse_catalog::descriptions::DescriptionEdit;
use birdhouse_catalog::suggestions::{
    MAX_OPEN_OF_MEDIA, MAX_OPEN_OF_USER, NewSuggestion, SuggestionAuthor,
};
pub use birdhouse_catalog::suggestions::{Suggestion, SuggestionBox, SuggestionPage};
use birdhouse_domain::media::Media;
use birdhouse_domain::{
    AltText, AltTextOrigin, Caller, Description, Fault, Kind, Language, MediaId, SuggestionState,
    UserCaller, UserId, WebhookEvent,
};

/// Suggests a description of another user's media that the caller may read. Durable when this returns.
pub async fn suggest(
    app: &App,
    caller: &UserCaller,
    id: MediaId,
    lang: &Language,
    text: &Description,
) -> Result<Suggestion> {
    let media = app.catalog.media(id).await?.ok_or(Fault::MediaNotFound)?;
    if !media.may_be_read_by(Some(&Caller::User(caller.clone())), app.now()) {
        return Err(Fault::MediaNotFound.into());
    }
    let Description::Text { alt_text, extended } = text else {
        return Err(Fault::AltTextMissing.into());
    };
    let (new_id, event) = (app.next_id(), WebhookEvent::Suggested);
    let deliveries = announce::deliveries(app, media.owner, event, new_id).await?;
    let new = NewSuggestion {
        id: new_id,
        media: id,
        lang,
        alt_text,
        extended: extended.as_deref(),
        author: SuggestionAuthor::User(caller.user, caller.app),
        now: app.now(),
        allows_videos: app.config.describe_videos,
        deliveries: &deliveries,
    };
    let is_own =
        media.owner == caller.user || app.catalog.is_delegate(media.owner, caller.user).await?;
    if is_own {
        return Err(Fault::SuggestionNeedless.into());
    }
    if !app.catalog.add_suggestion(&new).await? {
        return Err(refusal(app, caller.user, &media).await?.into());
    }
    announce::notify(app, &deliveries);
    let written = read_written(app, || async { Ok(app.catalog.suggestion(new.id).await?) });
    Ok(written.await?.ok_or(Fault::SuggestionNotFound)?)
}

/// Why the catalog refused a suggestion.
async fn refusal(app: &App, caller: UserId, media: &Media) -> Result<Fault> {
    if app.catalog.is_blocked(media.owner, caller).await? {
        return Ok(Fault::SuggestionsBlocked);
    }
    let page = SuggestionPage {
        which: SuggestionBox::Sent,
        state: SuggestionState::Open,
        before: i64::MAX,
        limit: MAX_OPEN_OF_USER,
    };
    let own = app.catalog.suggestions(caller, page).await?;
    if i64::try_from(own.len()).is_ok_and(|count| count >= MAX_OPEN_OF_USER) {
        return Ok(Fault::TooManySuggestions { of_user: true, limit: MAX_OPEN_OF_USER });
    }
    let readable = app.catalog.media(media.id).await?;
    if readable.is_none_or(|media| media.is_expired(app.now())) {
        return Ok(Fault::MediaNotFound);
    }
    if !app.config.describe_videos && !matches!(media.kind, Some(Kind::Image | Kind::AnimatedGif)) {
        return Ok(Fault::AltTextNotForVideo);
    }
    Ok(Fault::TooManySuggestions { of_user: false, limit: MAX_OPEN_OF_MEDIA })
}

/// Adds what a captioning service generated, unless the media is described already; whether it was
/// added. Durable when this returns.
pub async fn add_generated(
    app: &App,
    media: MediaId,
    lang: &Language,
    alt_text: &AltText,
    model: &str,
) -> Result<bool> {
    let Some(owner) = app.catalog.media(media).await?.map(|media| media.owner) else {
        return Ok(false);
    };
    let (id, event) = (app.next_id(), WebhookEvent::Suggested);
    let deliveries = announce::deliveries(app, owner, event, id).await?;
    let new = NewSuggestion {
        id,
        media,
        lang,
        alt_text,
        extended: None,
        author: SuggestionAuthor::Captioner(model),
        now: app.now(),
        allows_videos: app.config.describe_videos,
        deliveries: &deliveries,
    };
    let is_added = app.catalog.add_suggestion(&new).await?;
    if is_added {
        announce::notify(app, &deliveries);
    }
    Ok(is_added)
}

/// A page of the suggestions that the caller received or sent, newest first.
pub async fn list(app: &App, caller: &UserCaller, page: SuggestionPage) -> Result<Vec<Suggestion>> {
    Ok(app.catalog.suggestions(caller.user, page).await?)
}

/// Makes a suggestion the description of its language; `edited` replaces its words. Durable when this
/// returns.
pub async fn accept(
    app: &App,
    caller: &UserCaller,
    id: i64,
    edited: Option<&Description>,
) -> Result<Suggestion> {
    let suggestion = open(app, caller, id).await?;
    let lang = Language::parse(&suggestion.lang)?;
    let suggested =
        Description::parse(Some(&suggestion.alt_text), suggestion.extended.as_deref(), false)?;
    let new = edited.unwrap_or(&suggested);
    let mut edit = DescriptionEdit {
        author: match (&suggestion.author, edited) {
            (Some((author, _)), None) => *author,
            _ => caller.user,
        },
        origin: match suggestion.author {
            Some(_) => AltTextOrigin::Suggested,
            None => AltTextOrigin::Generated,
        },
        suggestion: Some(id),
        ..edit(app, caller, suggestion.media, &lang)
    };
    let event = WebhookEvent::Described;
    edit.deliveries = announce::deliveries(app, suggestion.owner.0, event, edit.id).await?;
    if !app.catalog.accept_suggestion(id, &edit, new).await? {
        let media = describable(app, caller, suggestion.media).await?;
        open(app, caller, id).await?;
        return Err(super::descriptions::refusal(app, &edit, &media).await?.into());
    }
    announce::notify(app, &edit.deliveries);
    app.memory.notify.described();
    decided(app, id).await
}

/// Declines a suggestion; with `block`, this and every other of its author. Durable when this returns.
pub async fn decline(app: &App, caller: &UserCaller, id: i64, block: bool) -> Result<Suggestion> {
    let suggestion = open(app, caller, id).await?;
    match (block, &suggestion.author) {
        (true, Some((author, _))) => {
            app.catalog.block_suggestions(suggestion.owner.0, *author, app.now()).await?;
        }
        _ => {
            if !app.catalog.decline_suggestion(id, app.now()).await? {
                return Err(Fault::SuggestionDecided.into());
            }
        }
    }
    decided(app, id).await
}

/// The users whose suggestions the caller refuses: id and screen name, by name.
pub async fn blocked(app: &App, caller: &UserCaller) -> Result<Vec<(UserId, String)>> {
    Ok(app.catalog.blocked_users(caller.user).await?)
}

/// Accepts a user's suggestions again; [`Fault::UserNotFound`] if they were not refused.
pub async fn unblock(app: &App, caller: &UserCaller, screen_name: &str) -> Result<()> {
    let blocked = user(app, screen_name).await?;
    let was_blocked = app.catalog.unblock_suggestions(caller.user, blocked).await?;
    if was_blocked { Ok(()) } else { Err(Fault::UserNotFound.into()) }
}

/// An open suggestion that the caller may decide.
async fn open(app: &App, caller: &UserCaller, id: i64) -> Result<Suggestion> {
    let found = app.catalog.suggestion(id).await?.ok_or(Fault::SuggestionNotFound)?;
    match describable(app, caller, found.media).await {
        Err(Error::Refused(Fault::MediaNotFound)) => return Err(Fault::SuggestionNotFound.into()),
        other => other?,
    };
    match found.state {
        SuggestionState::Open => Ok(found),
        SuggestionState::Accepted | SuggestionState::Declined => {
            Err(Fault::SuggestionDecided.into())
        }
    }
}

async fn decided(app: &App, id: i64) -> Result<Suggestion> {
    let read = read_written(app, || async { Ok(app.catalog.suggestion(id).await?) });
    Ok(read.await?.ok_or(Fault::SuggestionNotFound)?)
}
