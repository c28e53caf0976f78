//! Derives and serves the sizes of images.
//!
//! A job derives the listed ones after the upload. An earlier request, or one for another size,
//! derives it at once; concurrent requests wait for the same work.

use super::derived_variants::DerivedVariants;
use super::on_demand;
use super::videos::POSTER;
use crate::app::{App, Shared};
use crate::blobs::blob_name;
use crate::error::{Result, input_unavailable};
use crate::host::telemetry::IMAGES_UNDECODABLE;
use crate::memory::attempts::ReaderWork;
use crate::memory::permits::DecoderPermit;
use crate::memory::shares::Holder;
use birdhouse_catalog::jobs::Job;
use birdhouse_catalog::variants::{Placeholders, Variant};
use birdhouse_domain::media::Media;
use birdhouse_domain::{Fault, ImageSize, Kind, MediaId, Timestamp};
use birdhouse_processing::derive::{self, DerivedImage, SizeSpec};
use birdhouse_processing::worker::{ImageInput, decoder_memory};
use birdhouse_processing::{Encoding, Format, Orientation, ProcessError, twice};
use std::io::{self, Read};
use tokio::task::spawn_blocking;

/// Whether this build can encode WebP.
pub fn can_write_webp() -> bool {
    Encoding::try_from(Format::WebP).is_ok()
}

/// The file to serve for a size of an image.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum ServedFile {
    /// The original, which has this size and content type and is upright.
    Original,
    /// A derived file.
    Variant(Variant),
}

/// The file for a size of an image, of the poster of a video, or of the first frame of a GIF; derived
/// now if it does not exist yet.
pub async fn serve(
    app: &Shared,
    media: &Media,
    (size, mime): (ImageSize, &str),
    reader: Holder,
) -> Result<ServedFile> {
    let original = OriginalImage::of(app, media).await?;
    let Some(spec) = original.spec(size, mime)? else {
        return Ok(original.poster.map_or(ServedFile::Original, ServedFile::Variant));
    };
    if let Some(found) = find(app, media.id, &spec).await? {
        return Ok(ServedFile::Variant(found));
    }
    // Deriving all listed sizes costs little more than one.
    let mut all = original.listed_specs();
    if !all.contains(&spec) {
        all = vec![spec.clone()];
    }
    let (id, key) = (media.id, ReaderWork::Size(spec.name.clone(), spec.encoding.mime()));
    let worker = app.clone();
    let work = async move { derive(&worker, id, &original, all, WaitingFor::Reader(reader)).await };
    on_demand::attempt(app, reader, (id, key), Box::pin(work)).await?;
    let found = find(app, media.id, &spec).await?;
    Ok(ServedFile::Variant(found.ok_or(Fault::MediaNotFound)?))
}

async fn find(app: &App, media: MediaId, spec: &SizeSpec) -> Result<Option<Variant>> {
    let all = app.catalog.variants(media).await?;
    Ok(all.into_iter().find(|v| v.name == spec.name && v.mime == spec.encoding.mime()))
}

/// Derives the listed sizes that do not exist yet; the job is deleted in the write that adds them.
pub async fn derive_listed(app: &App, media: &Media, job: &Job) -> Result<()> {
    let original = OriginalImage::of(app, media).await?;
    derive(app, media.id, &original, original.listed_specs(), WaitingFor::Job(job)).await
}

/// The image that sizes are derived from.
struct OriginalImage {
    blob: String,
    mime: String,
    served_mime: String,
    size: (u32, u32),
    orientation: u8,
    /// The poster of a video, which is a variant itself.
    poster: Option<Variant>,
}

impl OriginalImage {
    async fn of(app: &App, media: &Media) -> Result<Self> {
        let mut original = Self {
            blob: media.blob.clone(),
            mime: media.mime.clone(),
            served_mime: media.served_mime.clone(),
            size: (media.width, media.height),
            orientation: media.orientation,
            poster: None,
        };
        match media.kind {
            Some(Kind::Image) => {}
            Some(Kind::AnimatedGif) => Format::Jpeg.mime().clone_into(&mut original.served_mime),
            Some(Kind::Video) => {
                let variants = app.catalog.variants(media.id).await?;
                let poster = variants.into_iter().find(|v| v.name == POSTER);
                let poster = poster.ok_or(Fault::MediaNotFound)?;
                original.blob.clone_from(&poster.blob);
                original.mime.clone_from(&poster.mime);
                original.served_mime.clone_from(&poster.mime);
                original.size = (poster.width, poster.height);
                original.orientation = 1;
                original.poster = Some(poster);
            }
            Some(Kind::Subtitles) | None => return Err(Fault::MediaNotFound.into()),
        }
        Ok(original)
    }

    fn listed_specs(&self) -> Vec<SizeSpec> {
        let all = ImageSize::LISTED.into_iter();
        let mut all: Vec<SizeSpec> =
            all.filter_map(|size| self.spec(size, &self.served_mime).ok().flatten()).collect();
        all.dedup();
        all
    }

    /// Whether a size is derived only because a reader asks for it, and not for most who see the image.
    fn is_extra(&self, spec: &SizeSpec) -> bool {
        let is_listed = ImageSize::LISTED.iter().any(|size| size.name() == spec.name);
        let mime = spec.encoding.mime();
        !is_listed || (mime != self.served_mime && mime != Format::WebP.mime())
    }

    /// What to derive for a size; `None` if the original is served.
    fn spec(&self, size: ImageSize, mime: &str) -> Result<Option<SizeSpec>> {
        let (width, height) = size.dimensions(self.size);
        let is_original = size == ImageSize::Original;
        let fits = (width, height) == self.size && mime == self.mime && self.orientation == 1;
        if fits || is_original && (mime == self.mime || mime == self.served_mime) {
            return Ok(None);
        }
        let encoding = Encoding::from_mime(mime).filter(|_| !is_original);
        let encoding = encoding.ok_or(Fault::MediaNotFound)?;
        // Sizes that are larger than this image share one file.
        let same = ImageSize::LISTED.into_iter().find(|one| {
            one.dimensions(self.size) == (width, height) && one.is_crop() == size.is_crop()
        });
        let (name, crop) = (same.unwrap_or(size).name().to_owned(), size.is_crop());
        Ok(Some(SizeSpec { name, width, height, crop, encoding }))
    }
}

/// Who waits for sizes.
#[derive(Clone, Copy, Debug)]
enum WaitingFor<'a> {
    /// A reader.
    Reader(Holder),
    /// Nobody: a job, which then has nothing left to do.
    Job(&'a Job),
}

impl WaitingFor<'_> {
    async fn decoder(self, app: &App, (width, height): (u32, u32)) -> Result<DecoderPermit> {
        let (permits, bytes) = (&app.memory.permits, decoder_memory(width, height));
        match self {
            Self::Reader(reader) => permits.decoder(reader, bytes).await,
            Self::Job(job) => permits.background_decoder(&app.clock, job.user, bytes).await,
        }
    }

    /// The job that is done with the sizes.
    fn done(&self) -> Option<&Job> {
        match self {
            Self::Reader(_) => None,
            Self::Job(job) => Some(job),
        }
    }
}

async fn derive(
    app: &App,
    media: MediaId,
    original: &OriginalImage,
    mut specs: Vec<SizeSpec>,
    waiting: WaitingFor<'_>,
) -> Result<()> {
    let lock = app.memory.media_locks.lock_of(media);
    let _only = lock.lock().await;
    let known = app.catalog.variants(media).await?;
    specs.retain(|s| !known.iter().any(|v| v.name == s.name && v.mime == s.encoding.mime()));
    if specs.is_empty() && app.catalog.placeholders(media).await?.is_some() {
        return Ok(());
    }
    let is_extra = specs.iter().any(|spec| original.is_extra(spec));
    let extra_since = is_extra.then(|| app.now());
    let permit = waiting.decoder(app, original.size).await?;
    // Two attempts are made, and a name is used once.
    let names: Vec<String> = specs.iter().chain(&specs).map(|_| blob_name(app.next_id())).collect();
    let (worker, blobs) = (app.config.worker.clone(), app.blobs.clone());
    let blob = original.blob.clone();
    let bytes = app.blob_bytes(&blob).await?;
    let format = Format::from_mime(&original.mime).ok_or(Fault::MediaNotFound)?;
    let orientation = Orientation::new(original.orientation.into());
    let work = move || {
        let mut names = names.iter();
        let derived = twice(|| {
            let file = blobs.open_blob(&blob, bytes);
            let file = file.map_err(|error| input_unavailable(&error))?.into_file();
            let image = ImageInput { file, format, orientation };
            let (mut variants, mut written) = (Vec::new(), Vec::new());
            let write = |derived: DerivedImage, bytes: &mut dyn Read| -> io::Result<()> {
                let name = names.next().ok_or_else(|| io::Error::other("one size too many"))?;
                written.push(blobs.write(name, bytes)?);
                variants.push(variant(derived, extra_since));
                Ok(())
            };
            let placeholders = worker.derive(image, &specs, write)?;
            Ok((variants, written, placeholders))
        });
        // Held until the worker is done, even if the request was dropped; the disk needs no processor.
        drop(permit);
        let (variants, written, placeholders) = derived?;
        Ok((DerivedVariants::of(variants, blobs.place(written)?), placeholders))
    };
    let derived = spawn_blocking(work).await?;
    add_to_catalog(app, media, derived, waiting.done()).await
}

async fn add_to_catalog(
    app: &App,
    media: MediaId,
    derived: std::result::Result<(DerivedVariants, derive::Placeholders), ProcessError>,
    done: Option<&Job>,
) -> Result<()> {
    match derived {
        Ok((derived, derive::Placeholders { blurhash, thumbhash })) => {
            let placeholders = Placeholders { blurhash, thumbhash };
            derived
                .add(app, async |new| {
                    Ok(app.catalog.add_sizes(media, new, &placeholders, done).await?)
                })
                .await
        }
        Err(ProcessError::Invalid(why)) => {
            tracing::warn!(media.id = %media, why, "image of media {media} cannot be decoded");
            metrics::counter!(IMAGES_UNDECODABLE).increment(1);
            Err(Fault::MediaNotFound.into())
        }
        Err(other) => Err(other.into()),
    }
}

fn variant(derived: DerivedImage, extra_since: Option<Timestamp>) -> Variant {
    let DerivedImage { name, encoding, width, height, .. } = derived;
    let mime = encoding.mime().to_owned();
    Variant { name, mime, width, height, extra_since, ..Variant::default() }
}

/// Content type of the image format that has this extension in URLs.
pub fn mime_of_extension(extension: &str) -> Option<&'static str> {
    Format::from_extension(extension).filter(|format| format.is_image()).map(Format::mime)
}

/// The extension in URLs of an image with this content type.
pub fn extension_of_mime(mime: &str) -> &'static str {
    let format = Format::from_mime(mime).filter(|format| format.is_image());
    format.map_or("jpg", Format::extension)
}
