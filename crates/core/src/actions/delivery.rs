//! Delivery of media files.

mod content;

pub use content::Content;

use super::sizes::{self, ServedFile};
use super::videos::{self, MAIN};
use crate::app::{App, Shared};
use crate::error::Result;
use crate::memory::shares::Holder;
use birdhouse_catalog::variants::Variant;
use birdhouse_domain::delivery::{
    Deliverable, Delivery, FileRequest, LANGUAGE_MAX, PUBLIC_KEY_MAX, Size,
};
use birdhouse_domain::description::LocalizedDescription;
use birdhouse_domain::media::Media;
use birdhouse_domain::{Caller, Fault, ImageSize, Kind, Language};
use birdhouse_processing::Format;
use birdhouse_processing::formats::{HLS_PLAYLIST, HLS_SEGMENT};
use std::sync::Arc;

/// Who requests a file.
#[derive(Clone, Copy, Debug)]
pub struct Reader<'a> {
    /// `None` for an anonymous request.
    pub caller: Option<&'a Caller>,
    /// Whose places it takes if the file must be derived.
    pub holder: Holder,
}

/// The file that a URL requests, derived now if it does not exist yet.
pub async fn deliver(
    app: &Shared,
    reader: Reader<'_>,
    public_key: &str,
    request: FileRequest,
) -> Result<Arc<Delivery>> {
    let caller = reader.caller;
    let is_too_long = matches!(&request, FileRequest::Subtitles(code) if code.len() > LANGUAGE_MAX);
    if public_key.len() > PUBLIC_KEY_MAX || is_too_long {
        return Err(Fault::MediaNotFound.into());
    }
    let (key, since) = ((public_key.to_owned(), request), app.now());
    if caller.is_none()
        && let Some(known) = app.memory.delivered.delivery(&key, since)
    {
        count_view(app, caller, &known.media);
        return Ok(known);
    }
    let media = find(app, caller, public_key).await?;
    let file = file(app, &media, &key.1, reader.holder).await?;
    count_view(app, caller, &media);
    let embedded = embedded(app, &media).await?;
    let delivery = Arc::new(Delivery { media, file, embedded, since });
    if caller.is_none() {
        app.memory.delivered.keep_delivery(key, delivery.clone());
    }
    Ok(delivery)
}

/// Counts how often others see what its owner has not described.
fn count_view(app: &App, caller: Option<&Caller>, media: &Media) {
    let is_owner = matches!(caller, Some(Caller::User(user)) if user.user == media.owner);
    if media.alt_text.is_none() && !is_owner {
        app.memory.views.count(media.id);
    }
}

/// The descriptions to embed in an image, if the server embeds them.
async fn embedded(app: &App, media: &Media) -> Result<Vec<LocalizedDescription>> {
    if !app.config.write_embedded_alt_text || media.kind != Some(Kind::Image) {
        return Ok(Vec::new());
    }
    let all = super::descriptions::current(app, media.id).await?;
    let localized = all.iter().map(|entry| {
        let lang = Language::parse(&entry.lang)?;
        Ok(LocalizedDescription { lang, description: super::descriptions::description(entry)? })
    });
    localized.collect()
}

/// The media with this key in its URL, if the caller may read it.
pub async fn find(app: &App, caller: Option<&Caller>, public_key: &str) -> Result<Media> {
    let found = app.catalog.media_by_public_key(public_key).await?;
    let media = found.ok_or(Fault::MediaNotFound)?;
    if media.may_be_read_by(caller, app.now()) {
        Ok(media)
    } else {
        Err(Fault::MediaNotFound.into())
    }
}

/// The variants of a media, the largest first.
pub async fn variants(app: &App, media: &Media) -> Result<Vec<Variant>> {
    Ok(app.catalog.variants(media.id).await?)
}

async fn file(
    app: &Shared,
    media: &Media,
    request: &FileRequest,
    reader: Holder,
) -> Result<Deliverable> {
    match request {
        FileRequest::Image { size, mime, accepts_webp } => {
            let usual = served_mime(media);
            let can_webp = *accepts_webp && *size != ImageSize::Original && sizes::can_write_webp();
            let mime = mime.unwrap_or(if can_webp { Format::WebP.mime() } else { usual });
            image(app, media, (*size, mime), reader).await
        }
        FileRequest::Video(size) => video(app, media, (*size, Format::Mp4.mime()), reader).await,
        FileRequest::Playlist(size) => video(app, media, (Some(*size), HLS_PLAYLIST), reader).await,
        FileRequest::Fragments(size) => video(app, media, (Some(*size), HLS_SEGMENT), reader).await,
        FileRequest::Subtitles(language) => subtitles(app, media, language).await,
    }
}

async fn image(
    app: &Shared,
    media: &Media,
    (size, mime): (ImageSize, &str),
    reader: Holder,
) -> Result<Deliverable> {
    let name = size.name();
    let (blob, mime, size) = match sizes::serve(app, media, (size, mime), reader).await? {
        ServedFile::Original => {
            (media.blob.clone(), media.mime.clone(), (media.width, media.height))
        }
        ServedFile::Variant(file) => (file.blob, file.mime, (file.width, file.height)),
    };
    let tag = tag(media, &[name, &mime], &blob);
    Ok(Deliverable { bytes: app.blob_bytes(&blob).await?, blob, mime, size, tag })
}

async fn subtitles(app: &App, media: &Media, language: &str) -> Result<Deliverable> {
    let all = app.catalog.variants(media.id).await?;
    let found = all.into_iter().find(|v| v.mime == Format::WebVtt.mime() && v.name == language);
    let found = found.ok_or(Fault::MediaNotFound)?;
    let tag = tag(media, &[language], &found.blob);
    let bytes = app.blob_bytes(&found.blob).await?;
    Ok(Deliverable { blob: found.blob, bytes, mime: found.mime, size: (0, 0), tag })
}

/// Identifies a file of a media and its bytes: subtitles may be replaced, and what is lost is derived
/// again, not always to the same bytes.
fn tag(media: &Media, file: &[&str], blob: &str) -> String {
    let version = blake3::hash(blob.as_bytes()).to_hex();
    format!("{}-{}-{}", media.public_key, file.join("-"), &version[..16])
}

/// The default content type of a media's sizes.
pub fn served_mime(media: &Media) -> &str {
    match media.kind {
        Some(Kind::Image) if !media.served_mime.is_empty() => &media.served_mime,
        Some(Kind::Image) => &media.mime,
        _ => Format::Jpeg.mime(),
    }
}

async fn video(
    app: &Shared,
    media: &Media,
    (size, mime): (Option<Size>, &'static str),
    reader: Holder,
) -> Result<Deliverable> {
    if !matches!(media.kind, Some(Kind::Video | Kind::AnimatedGif)) {
        return Err(Fault::MediaNotFound.into());
    }
    videos::publish_for_reader(app, media, reader).await?;
    let all = app.catalog.variants(media.id).await?;
    let matches = |width, height, name: &str| match size {
        Some(size) => size == (width, height),
        None => name == MAIN,
    };
    let found = all.into_iter().find(|v| v.mime == mime && matches(v.width, v.height, &v.name));
    let found = found.ok_or(Fault::MediaNotFound)?;
    let tag = tag(media, &[&found.name, mime], &found.blob);
    let bytes = app.blob_bytes(&found.blob).await?;
    Ok(Deliverable { blob: found.blob, bytes, mime: found.mime, size: (0, 0), tag })
}
