//! Descriptions of media in several languages, their history, and undoing a change.

use super::announce;
use crate::app::App;
use crate::error::{Error, Result};
pub use birdhouse_catalog::descriptions::{DescriptionEdit, DescriptionEntry};
use birdhouse_domain::description::MAX_LANGUAGES;
use birdhouse_domain::media::Media;
use birdhouse_domain::{
    AltTextOrigin, Caller, Description, Fault, Kind, Language, MediaId, UserCaller, WebhookEvent,
};

/// How often a change is made again because another one was first.
pub(super) const CHANGE_TRIES: u32 = 20;
/// How many earlier alt texts of the same file are offered.
const EARLIER: i64 = 3;

/// What a caller may see of a media's descriptions.
#[derive(Clone, Debug)]
pub struct Descriptions {
    /// The media.
    pub media: Media,
    /// The descriptions, by language.
    pub current: Vec<DescriptionEntry>,
    /// The history, newest first; empty unless the caller may describe the media.
    pub history: Vec<DescriptionEntry>,
    /// Alt texts that the owner gave to the same file before: of which media, and the text. Empty
    /// unless the caller may describe the media, and it has no description.
    pub earlier: Vec<(MediaId, String)>,
}

/// A media that the caller may describe: their own, or that of a user whose delegate they are.
/// Otherwise [`Fault::MediaNotFound`].
pub async fn describable(app: &App, caller: &UserCaller, id: MediaId) -> Result<Media> {
    let media = app.catalog.media(id).await?.ok_or(Fault::MediaNotFound)?;
    let may_describe =
        media.owner == caller.user || app.catalog.is_delegate(media.owner, caller.user).await?;
    if !may_describe || media.is_expired(app.now()) {
        return Err(Fault::MediaNotFound.into());
    }
    Ok(media)
}

/// Reads the descriptions of a media that the caller may read or describe, with at most `limit` entries
/// of the history older than `before`.
pub async fn read(
    app: &App,
    caller: &Caller,
    id: MediaId,
    before: i64,
    limit: i64,
) -> Result<Descriptions> {
    let describable = match caller {
        Caller::User(user) => describable(app, user, id).await.map(Some).or_else(absent)?,
        Caller::App(_) => None,
    };
    let Some(media) = describable else {
        let media = app.catalog.media(id).await?.ok_or(Fault::MediaNotFound)?;
        if !media.may_be_read_by(Some(caller), app.now()) {
            return Err(Fault::MediaNotFound.into());
        }
        let current = current(app, id).await?;
        return Ok(Descriptions { media, current, history: Vec::new(), earlier: Vec::new() });
    };
    let current = current(app, id).await?;
    let history = app.catalog.description_history(id, before, limit).await?;
    let earlier = if current.is_empty() {
        app.catalog.earlier_alt_texts(id, EARLIER).await?
    } else {
        Vec::new()
    };
    Ok(Descriptions { media, current, history, earlier })
}

fn absent(error: Error) -> Result<Option<Media>> {
    match error {
        Error::Refused(Fault::MediaNotFound) => Ok(None),
        other => Err(other),
    }
}

/// The descriptions of a media, by language. Who may read the media may read them.
pub async fn current(app: &App, id: MediaId) -> Result<Vec<DescriptionEntry>> {
    let newest = app.catalog.descriptions(id).await?;
    Ok(newest.into_iter().filter(|entry| !entry.is_removed()).collect())
}

/// Sets a description. Durable when this returns.
pub async fn set(
    app: &App,
    caller: &UserCaller,
    id: MediaId,
    lang: &Language,
    new: &Description,
) -> Result<DescriptionEntry> {
    let media = describable(app, caller, id).await?;
    change(app, edit(app, caller, id, lang), Some(new), &media).await
}

/// Removes a description. Durable when this returns; [`Fault::DescriptionNotFound`] if there is none.
pub async fn remove(app: &App, caller: &UserCaller, id: MediaId, lang: &Language) -> Result<()> {
    let media = describable(app, caller, id).await?;
    let newest = app.catalog.description_before(id, lang, i64::MAX).await?;
    let newest = newest.filter(|entry| !entry.is_removed()).ok_or(Fault::DescriptionNotFound)?;
    let edit = DescriptionEdit { replaces: Some(newest.id), ..edit(app, caller, id, lang) };
    change(app, edit, None, &media).await.map(drop)
}

/// Returns to the description before the newest change, or to none; again, to the one before that.
/// The history keeps all of them. [`Fault::NothingToUndo`] if nothing is left.
pub async fn undo(
    app: &App,
    caller: &UserCaller,
    id: MediaId,
    lang: &Language,
) -> Result<DescriptionEntry> {
    let media = describable(app, caller, id).await?;
    let newest = app.catalog.description_before(id, lang, i64::MAX).await?;
    let newest = newest.ok_or(Fault::NothingToUndo)?;
    let undone = newest.restores.unwrap_or(newest.id);
    if undone == 0 {
        return Err(Fault::NothingToUndo.into());
    }
    let target = app.catalog.description_before(id, lang, undone).await?;
    let mut edit = edit(app, caller, id, lang);
    edit.replaces = Some(newest.id);
    // An entry that is itself an undo stands for the one that it returned to.
    let base = |entry: &DescriptionEntry| entry.restores.unwrap_or(entry.id);
    edit.restores = Some(target.as_ref().map_or(0, base));
    if let Some(target) = &target {
        (edit.origin, edit.author, edit.suggestion) =
            (target.origin, target.author.0, target.suggestion);
    }
    let restored = target.as_ref().filter(|entry| !entry.is_removed()).map(description);
    change(app, edit, restored.transpose()?.as_ref(), &media).await
}

/// The description that an entry holds.
pub(super) fn description(entry: &DescriptionEntry) -> Result<Description> {
    let alt_text = Some(entry.alt_text.as_str()).filter(|text| !text.is_empty());
    Ok(Description::parse(alt_text, entry.extended.as_deref(), entry.is_decorative)?)
}

/// A change by the caller, who is the author.
pub(super) fn edit(
    app: &App,
    caller: &UserCaller,
    media: MediaId,
    lang: &Language,
) -> DescriptionEdit {
    DescriptionEdit {
        id: app.next_id(),
        media,
        lang: lang.clone(),
        user: caller.user,
        author: caller.user,
        app: caller.app,
        origin: AltTextOrigin::Author,
        now: app.now(),
        allows_videos: app.config.describe_videos,
        restores: None,
        suggestion: None,
        replaces: None,
        deliveries: Vec::new(),
    }
}

/// Makes the change, and returns the entry.
async fn change(
    app: &App,
    mut edit: DescriptionEdit,
    new: Option<&Description>,
    media: &Media,
) -> Result<DescriptionEntry> {
    let mut tries = CHANGE_TRIES;
    loop {
        let event = WebhookEvent::Described;
        edit.deliveries = announce::deliveries(app, media.owner, event, edit.id).await?;
        if app.catalog.set_description(&edit, new).await? {
            break;
        }
        tries -= 1;
        match refusal(app, &edit, media).await? {
            Fault::DescriptionChanged if edit.replaces.is_none() && tries > 0 => {
                edit.id = app.next_id();
            }
            fault => return Err(fault.into()),
        }
    }
    announce::notify(app, &edit.deliveries);
    app.memory.notify.described();
    let written = super::written::read_written(app, || async {
        Ok(app.catalog.description_before(edit.media, &edit.lang, i64::MAX).await?)
    });
    Ok(written.await?.ok_or(Fault::MediaNotFound)?)
}

/// Why the catalog refused a change of a media that was the caller's to describe.
pub(super) async fn refusal(app: &App, edit: &DescriptionEdit, media: &Media) -> Result<Fault> {
    let is_video = matches!(media.kind, Some(Kind::Video)) && !app.config.describe_videos;
    if is_video || matches!(media.kind, Some(Kind::Subtitles)) {
        return Ok(Fault::AltTextNotForVideo);
    }
    if app.catalog.media(edit.media).await?.is_none_or(|media| media.is_expired(edit.now)) {
        return Ok(Fault::MediaNotFound);
    }
    let newest = app.catalog.description_before(edit.media, &edit.lang, i64::MAX).await?;
    if edit.replaces.is_some() || newest.is_some_and(|newest| newest.id > edit.id) {
        return Ok(Fault::DescriptionChanged);
    }
    Ok(Fault::TooManyLanguages { limit: MAX_LANGUAGES })
}
