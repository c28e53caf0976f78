//! The sizes of pictures: which there are, and how they come about.
//!
//! A job makes the usual ones after the upload was acknowledged. Whoever asks sooner, or for an
//! unusual one, has it made then; all who ask at the same time wait for the same work.

use super::films::POSTER;
use crate::app::App;
use crate::blobs::Blobs;
use crate::error::{Error, Result};
use crate::store::variants::{NewVariant, Variant};
use birdhouse_domain::media::Media;
use birdhouse_domain::{Fault, Kind, MediaId, PictureSize};
use birdhouse_processing::picture::{Encoding, Made, Placeholders, Wanted};
use birdhouse_processing::worker::{DeriveError, Picture};
use birdhouse_processing::{Format, Orientation};
use std::collections::HashMap;
use std::io::{self, Read};
use std::sync::{Arc, Mutex, PoisonError, Weak};
use tokio::task::spawn_blocking;

/// Whether this build writes WebP.
pub const CAN_WRITE_WEBP: bool = cfg!(feature = "native");

/// Pictures whose sizes are being made, each with the lock that those who wait hold.
#[derive(Debug, Default)]
pub struct Making {
    locks: Mutex<HashMap<MediaId, Weak<tokio::sync::Mutex<()>>>>,
}

impl Making {
    /// The lock that all who need the same media hold in turn.
    pub fn lock_of(&self, media: MediaId) -> Arc<tokio::sync::Mutex<()>> {
        let mut locks = self.locks.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(lock) = locks.get(&media).and_then(Weak::upgrade) {
            return lock;
        }
        locks.retain(|_, lock| lock.strong_count() > 0);
        let lock = Arc::new(tokio::sync::Mutex::new(()));
        locks.insert(media, Arc::downgrade(&lock));
        lock
    }
}

/// What is served for a size of a picture.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Serving {
    /// The original: it is no larger, upright, and of the right type.
    Original,
    /// A derived file.
    Derived(Variant),
}

/// The file for a size of a picture, made now if it is not there yet. A film and an animated GIF
/// are shown by their first picture.
pub async fn serve(app: &App, media: &Media, size: PictureSize, mime: &str) -> Result<Serving> {
    let source = Source::of(app, media).await?;
    let Some(wanted) = source.wanted(size, mime)? else {
        return Ok(source.poster.map_or(Serving::Original, Serving::Derived));
    };
    if let Some(found) = find(app, media.id, &wanted).await? {
        return Ok(Serving::Derived(found));
    }
    // The usual ones come together: they cost little more than one.
    let mut all = source.usual();
    if !all.contains(&wanted) {
        all = vec![wanted.clone()];
    }
    make(app, media.id, &source, all).await?;
    let found = find(app, media.id, &wanted).await?;
    Ok(Serving::Derived(found.ok_or(Fault::MediaNotFound)?))
}

async fn find(app: &App, media: MediaId, wanted: &Wanted) -> Result<Option<Variant>> {
    let all = app.store.variants(media).await?;
    Ok(all.into_iter().find(|v| v.name == wanted.name && v.mime == wanted.encoding.mime()))
}

/// Makes the sizes that every picture has, as far as they are not there yet.
pub async fn make_usual(app: &App, media: &Media) -> Result<()> {
    let source = Source::of(app, media).await?;
    make(app, media.id, &source, source.usual()).await
}

/// The picture that sizes are made of.
struct Source {
    blob: String,
    mime: String,
    served_mime: String,
    size: (u32, u32),
    orientation: u8,
    /// The first picture of a film, which is a variant itself.
    poster: Option<Variant>,
}

impl Source {
    async fn of(app: &App, media: &Media) -> Result<Self> {
        let mut source = Self {
            blob: media.blob.clone(),
            mime: media.mime.clone(),
            served_mime: media.served_mime.clone(),
            size: (media.width, media.height),
            orientation: media.orientation,
            poster: None,
        };
        match media.kind {
            Some(Kind::Image) => {}
            Some(Kind::AnimatedGif) => Format::Jpeg.mime().clone_into(&mut source.served_mime),
            Some(Kind::Video) => {
                let variants = app.store.variants(media.id).await?;
                let poster = variants.into_iter().find(|v| v.name == POSTER);
                let poster = poster.ok_or(Fault::MediaNotFound)?;
                source.blob.clone_from(&poster.blob);
                source.mime.clone_from(&poster.mime);
                source.served_mime.clone_from(&poster.mime);
                source.size = (poster.width, poster.height);
                source.orientation = 1;
                source.poster = Some(poster);
            }
            Some(Kind::Subtitles) | None => return Err(Fault::MediaNotFound.into()),
        }
        Ok(source)
    }

    fn usual(&self) -> Vec<Wanted> {
        let all = PictureSize::LISTED.into_iter();
        let mut all: Vec<Wanted> =
            all.filter_map(|size| self.wanted(size, &self.served_mime).ok().flatten()).collect();
        all.dedup();
        all
    }

    /// What has to be made for a size; `None` if the source itself serves.
    fn wanted(&self, size: PictureSize, mime: &str) -> Result<Option<Wanted>> {
        let (width, height) = size.of(self.size);
        let is_original = size == PictureSize::Original;
        let fits = (width, height) == self.size && mime == self.mime && self.orientation == 1;
        if fits || is_original && (mime == self.mime || mime == self.served_mime) {
            return Ok(None);
        }
        let encoding = [Encoding::Jpeg, Encoding::Png, Encoding::WebP]
            .into_iter()
            .find(|encoding| encoding.mime() == mime && encoding.is_supported())
            .filter(|_| !is_original)
            .ok_or(Fault::MediaNotFound)?;
        // Names of sizes that this picture does not reach mean the same file.
        let same = PictureSize::LISTED
            .into_iter()
            .find(|one| one.of(self.size) == (width, height) && one.is_crop() == size.is_crop());
        let (name, crop) = (same.unwrap_or(size).name().to_owned(), size.is_crop());
        Ok(Some(Wanted { name, width, height, crop, encoding }))
    }
}

async fn make(app: &App, media: MediaId, source: &Source, mut wanted: Vec<Wanted>) -> Result<()> {
    let lock = app.making.lock_of(media);
    let _only = lock.lock().await;
    let there = app.store.variants(media).await?;
    wanted.retain(|w| !there.iter().any(|v| v.name == w.name && v.mime == w.encoding.mime()));
    if wanted.is_empty() && app.store.placeholders(media).await?.is_some() {
        return Ok(());
    }
    let permit = app.decoders.clone().acquire_owned().await;
    let permit = permit.map_err(|e| Error::Broken(e.into()))?;
    let names: Vec<String> = wanted.iter().map(|_| Blobs::name(app.next_id())).collect();
    let (worker, blobs) = (app.config.worker.clone(), app.blobs.clone());
    let (blob, mime, doomed) = (source.blob.clone(), source.mime.clone(), names.clone());
    let orientation = Orientation::new(source.orientation.into());
    let work = move || {
        // Held until the worker is done, even if nobody waits for it any more.
        let _permit = permit;
        let picture = Picture { file: blobs.open_file(&blob)?, mime, orientation };
        let (mut names, mut kept) = (names.into_iter(), Vec::new());
        let keep = |made: Made, _: u64, bytes: &mut dyn Read| -> io::Result<()> {
            let name = names.next().ok_or_else(|| io::Error::other("one size too many"))?;
            kept.push(NewVariant { blob: blobs.store(name, bytes)?, variant: variant(made) });
            Ok(())
        };
        let placeholders = worker.derive(picture, &wanted, keep)?;
        Ok::<_, DeriveError>((kept, placeholders))
    };
    let made = spawn_blocking(work).await.map_err(|e| Error::Broken(e.into()))?;
    let outcome = keep(app, media, made).await;
    if !matches!(outcome, Ok(true)) {
        for name in &doomed {
            app.store.add_garbage(name).await?;
        }
    }
    outcome.map(drop)
}

async fn keep(
    app: &App,
    media: MediaId,
    made: std::result::Result<(Vec<NewVariant>, Placeholders), DeriveError>,
) -> Result<bool> {
    match made {
        Ok((kept, placeholders)) => {
            let hashes = (placeholders.blurhash.as_str(), &placeholders.thumbhash[..]);
            Ok(app.store.add_sizes(media, &kept, hashes).await?)
        }
        Err(DeriveError::Undecodable(why)) => {
            tracing::warn!(media.id = %media, why, "a picture cannot be decoded");
            metrics::counter!("birdhouse_pictures_undecodable_total").increment(1);
            Err(Fault::MediaNotFound.into())
        }
        Err(other) => Err(Error::Broken(other.into())),
    }
}

fn variant(made: Made) -> Variant {
    let Made { name, mime, width, height, .. } = made;
    Variant { name, mime, width, height, ..Variant::default() }
}

/// Content type that an extension in a URL asks for.
pub fn mime_of_extension(extension: &str) -> Option<&'static str> {
    let format = match extension {
        "jpg" | "jpeg" => Format::Jpeg,
        "png" => Format::Png,
        "webp" => Format::WebP,
        "gif" => Format::Gif,
        _ => return None,
    };
    Some(format.mime())
}
