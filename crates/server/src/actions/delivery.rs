//! Which bytes may be delivered to whom.

use super::films::{self, FRAGMENTS, MAIN, MP4, PLAYLIST};
use super::sizes::{self, Serving};
use super::subtitles::WEBVTT;
use crate::app::App;
use crate::auth::Caller;
use crate::error::Result;
use birdhouse_domain::media::{Media, State};
use birdhouse_domain::{Fault, Kind, PictureSize};

/// What a URL asks for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Asked<'a> {
    /// A picture, or the first picture of a film.
    Picture {
        /// In this size.
        size: PictureSize,
        /// In this format; `None` for the usual one.
        mime: Option<&'static str>,
        /// Whether WebP may be served where no format is asked for.
        accepts_webp: bool,
    },
    /// A form of a film: its pixels across and down, or its own size.
    Film(Option<(u32, u32)>),
    /// The playlist of one form.
    Playlist((u32, u32)),
    /// Subtitles in a language.
    Subtitles(&'a str),
    /// The fragments that such a playlist names.
    Fragments((u32, u32)),
}

/// A file to deliver.
#[derive(Clone, Debug)]
pub struct Deliverable {
    /// Name of the blob.
    pub blob: String,
    /// Content type.
    pub mime: String,
    /// Pixels across and down; 0 where nobody asks.
    pub size: (u32, u32),
    /// Tells this file from every other that this media ever has.
    pub tag: String,
}

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

/// The file that answers, made now if it is not there yet.
pub async fn file(app: &App, media: &Media, asked: Asked<'_>) -> Result<Deliverable> {
    match asked {
        Asked::Picture { size, mime, accepts_webp } => {
            picture(app, media, size, (mime, accepts_webp)).await
        }
        Asked::Film(size) => film(app, media, size, MP4).await,
        Asked::Playlist(size) => film(app, media, Some(size), PLAYLIST).await,
        Asked::Subtitles(language) => {
            let all = app.store.variants(media.id).await?;
            let found = all.into_iter().find(|v| v.mime == WEBVTT && v.name == language);
            let found = found.ok_or(Fault::MediaNotFound)?;
            // They may be replaced: the blob tells which they are, and only this media's owner
            // can have put them there.
            let version = blake3::hash(found.blob.as_bytes()).to_hex();
            let tag = format!("{}-{language}-{}", media.public_key, &version[..16]);
            Ok(Deliverable { blob: found.blob, mime: found.mime, size: (0, 0), tag })
        }
        Asked::Fragments(size) => film(app, media, Some(size), FRAGMENTS).await,
    }
}

async fn picture(
    app: &App,
    media: &Media,
    size: PictureSize,
    (mime, accepts_webp): (Option<&'static str>, bool),
) -> Result<Deliverable> {
    let usual = served_mime(media);
    let can_webp = accepts_webp && size != PictureSize::Original && sizes::CAN_WRITE_WEBP;
    let mime = mime.unwrap_or(if can_webp { "image/webp" } else { usual });
    let (blob, mime, pixels) = match sizes::serve(app, media, size, mime).await? {
        Serving::Original => (media.blob.clone(), media.mime.clone(), (media.width, media.height)),
        Serving::Derived(file) => (file.blob, file.mime, (file.width, file.height)),
    };
    let tag = format!("{}-{}-{mime}", media.public_key, size.name());
    Ok(Deliverable { blob, mime, size: pixels, tag })
}

/// Content type of a media's sizes where none is asked for.
pub fn served_mime(media: &Media) -> &str {
    match media.kind {
        Some(Kind::Image) if !media.served_mime.is_empty() => &media.served_mime,
        Some(Kind::Image) => &media.mime,
        _ => "image/jpeg",
    }
}

async fn film(
    app: &App,
    media: &Media,
    size: Option<(u32, u32)>,
    mime: &'static str,
) -> Result<Deliverable> {
    if !matches!(media.kind, Some(Kind::Video | Kind::AnimatedGif)) {
        return Err(Fault::MediaNotFound.into());
    }
    if films::ensure_published(app, media.id).await?.is_some() {
        return Err(Fault::MediaNotFound.into());
    }
    let all = app.store.variants(media.id).await?;
    let is_it = |width, height, name: &str| match size {
        Some(wanted) => wanted == (width, height),
        None => name == MAIN,
    };
    let found = all.into_iter().find(|v| v.mime == mime && is_it(v.width, v.height, &v.name));
    let found = found.ok_or(Fault::MediaNotFound)?;
    let tag = format!("{}-{}-{mime}", media.public_key, found.name);
    Ok(Deliverable { blob: found.blob, mime: found.mime, size: (0, 0), tag })
}
