//! Videos and animated GIFs: published with one rendition, to which the smaller ones are added later.

mod transcode;

use super::derived_variants::DerivedVariants;
use super::{inspect, on_demand};
use crate::app::{App, Shared};
use crate::blobs::{Blobs, blob_name};
use crate::error::Result;
use crate::memory::attempts::ReaderWork;
use crate::memory::shares::Holder;
use birdhouse_catalog::jobs::Job;
use birdhouse_catalog::variants::Variant;
use birdhouse_domain::delivery::Size;
use birdhouse_domain::media::Media;
use birdhouse_domain::{Failure, Fault, Kind, MediaId, State};
use birdhouse_processing::formats::{HLS_PLAYLIST, HLS_SEGMENT};
use birdhouse_processing::video::{self, Transcoder, ladder};
use birdhouse_processing::{Format, ImageLimits, ProcessError, Unreadable, inspect_image};
use std::fs::File;
use std::path::Path;
pub use transcode::OnProgress;
use transcode::{TranscodeRun, transcode};

/// Name of the variant that holds the first frame of a video.
pub const POSTER: &str = "poster";
/// Name of the rendition in the video's own size.
pub const MAIN: &str = "main";

/// What a video is published with.
#[derive(Debug)]
pub struct Published {
    /// The rendition in its own size, and its poster.
    pub variants: DerivedVariants,
    /// How long the rendition plays, in milliseconds, whatever the headers of the original said.
    pub duration_ms: u64,
}

/// Derives the rendition in the video's own size, and its poster. If ffmpeg refuses the file, or it
/// plays for longer than its headers promised and is allowed, returns the failure.
pub async fn publish(
    app: &App,
    media: &Media,
    on_progress: OnProgress<'_>,
) -> Result<std::result::Result<Published, Failure>> {
    let is_gif = media.kind == Some(Kind::AnimatedGif);
    let names = BlobNames::new(app, 2);
    let size = (media.width, media.height);
    let run = TranscodeRun { media, blob: &media.blob, on_progress };
    let derived = transcode(app, run, move |transcoder, blobs| {
        let main = transcoder.directory.join("main.mp4");
        let mut variants = DerivedVariants::default();
        let mut duration_ms = transcoder.duration_ms;
        if is_gif {
            validate_gif(transcoder.input)?;
            transcoder.gif_to_mp4("main.mp4")?;
        } else {
            duration_ms = transcoder.remux("main.mp4")?;
            transcoder.poster("poster.jpg")?;
            poster(blobs, &transcoder.directory.join("poster.jpg"), names.at(1), &mut variants)?;
        }
        let file = RenditionFile { name: MAIN, mime: Format::Mp4.mime(), size, duration_ms };
        file.store(blobs, &main, names.at(0), &mut variants)?;
        Ok(Published { variants, duration_ms })
    })
    .await;
    match derived {
        Ok(published) => Ok(Ok(published)),
        Err(ProcessError::Invalid(why)) => Ok(Err(Failure {
            code: 1,
            name: "InvalidMedia".to_owned(),
            message: format!("file is invalid: {why}"),
        })),
        Err(other) => Err(other.into()),
    }
}

/// Derives the smaller renditions of a video, and the playlists of all.
pub async fn derive_renditions(
    app: &App,
    media: &Media,
    on_progress: OnProgress<'_>,
) -> Result<DerivedVariants> {
    let known = app.catalog.variants(media.id).await?;
    let Some(main) = known.iter().find(|v| v.name == MAIN) else {
        return Ok(DerivedVariants::default());
    };
    // All are added in one write; a job that was cut off after it has nothing left to do.
    if known.iter().any(|v| v.mime == HLS_PLAYLIST) {
        return Ok(DerivedVariants::default());
    }
    let renditions = ladder(media.width, media.height);
    let names = BlobNames::new(app, 3 * renditions.len() + 2);
    let own = video::Rendition { width: media.width, height: media.height, bitrate: 0 };
    let key = media.public_key.clone();
    let run = TranscodeRun { media, blob: &main.blob, on_progress };
    let derived = transcode(app, run, move |transcoder, blobs| {
        let outs: Vec<String> = (0..renditions.len()).map(|n| format!("{n}.mp4")).collect();
        if !renditions.is_empty() {
            transcoder.renditions(&renditions, &outs)?;
        }
        let smaller = renditions
            .iter()
            .zip(&outs)
            .map(|(rendition, out)| (*rendition, transcoder.directory.join(out)));
        let mut all = DerivedVariants::default();
        for (n, (rendition, path)) in
            smaller.chain([(own, transcoder.input.to_owned())]).enumerate()
        {
            let (name, size) =
                (rendition_name(rendition, own), (rendition.width, rendition.height));
            let of = |mime| RenditionFile {
                name: &name,
                mime,
                size,
                duration_ms: transcoder.duration_ms,
            };
            let file =
                Transcoder { input: &path, format: Format::Mp4, progress: &|_| {}, ..*transcoder };
            file.hls(&format!("{key}.m3u8"), &format!("{key}.m4s"))?;
            let playlist = transcoder.directory.join(format!("{key}.m3u8"));
            of(HLS_PLAYLIST).store(blobs, &playlist, names.at(3 * n), &mut all)?;
            let fragments = transcoder.directory.join(format!("{key}.m4s"));
            of(HLS_SEGMENT).store(blobs, &fragments, names.at(3 * n + 1), &mut all)?;
            if rendition != own {
                of(Format::Mp4.mime()).store(blobs, &path, names.at(3 * n + 2), &mut all)?;
            }
        }
        Ok(all)
    })
    .await;
    match derived {
        Ok(variants) => Ok(variants),
        Err(ProcessError::Invalid(why)) => {
            tracing::warn!(media.id = %media.id, why, "video {} keeps only its own size", media.id);
            Ok(DerivedVariants::default())
        }
        Err(other) => Err(other.into()),
    }
}

/// Refuses a GIF beyond the limits, which bound what ffmpeg needs for it: an older one may have been
/// accepted without them.
fn validate_gif(path: &Path) -> std::result::Result<(), ProcessError> {
    match inspect::validate_gif(path) {
        Ok(Ok(_)) => Ok(()),
        Ok(Err(failure)) => Err(ProcessError::Invalid(failure.message)),
        Err(error) => Err(ProcessError::Accident(error.into_anyhow().to_string())),
    }
}

fn rendition_name(rendition: video::Rendition, own: video::Rendition) -> String {
    if rendition == own {
        MAIN.to_owned()
    } else {
        format!("{}x{}", rendition.width, rendition.height)
    }
}

/// Names for new blobs, reserved before the work begins.
struct BlobNames(Vec<String>);

impl BlobNames {
    fn new(app: &App, count: usize) -> Self {
        Self((0..count).map(|_| blob_name(app.next_id())).collect())
    }

    fn at(&self, index: usize) -> &str {
        self.0.get(index).map_or("", String::as_str)
    }
}

/// A file of a rendition, before it is stored.
struct RenditionFile<'a> {
    name: &'a str,
    mime: &'a str,
    size: Size,
    duration_ms: u64,
}

impl RenditionFile<'_> {
    /// Stores it as a blob with this name.
    fn store(
        &self,
        blobs: &Blobs,
        path: &Path,
        blob: &str,
        all: &mut DerivedVariants,
    ) -> std::io::Result<()> {
        let stored = blobs.publish(path, blob)?;
        let bitrate = (stored.0.bytes * 8000).checked_div(self.duration_ms).unwrap_or(0);
        let (width, height) = self.size;
        let (name, mime) = (self.name.to_owned(), self.mime.to_owned());
        let variant = Variant { name, mime, width, height, bitrate, ..Variant::default() };
        all.push(variant, stored);
        Ok(())
    }
}

fn poster(
    blobs: &Blobs,
    path: &Path,
    blob: &str,
    all: &mut DerivedVariants,
) -> std::result::Result<(), ProcessError> {
    let inspected = inspect_image(&mut File::open(path)?, &ImageLimits::default());
    let image = inspected.map_err(|error| match error {
        Unreadable::Io(error) => error.into(),
        other => ProcessError::Invalid(format!("its first frame is broken: {other}")),
    })?;
    let (mime, size) = (Format::Jpeg.mime(), (image.facts.width, image.facts.height));
    Ok(RenditionFile { name: POSTER, mime, size, duration_ms: 0 }.store(blobs, path, blob, all)?)
}

/// Publishes a video for a reader if that was not done yet.
pub(super) async fn publish_for_reader(app: &Shared, media: &Media, reader: Holder) -> Result<()> {
    // Of any other state it is not known what ffmpeg would need for it.
    if media.state != State::Succeeded {
        return Err(Fault::MediaNotFound.into());
    }
    if is_published(app, media).await? {
        return Ok(());
    }
    let (id, worker) = (media.id, app.clone());
    let work = async move {
        match ensure_published(&worker, id).await? {
            None => Ok(()),
            Some(_) => Err(Fault::MediaNotFound.into()),
        }
    };
    on_demand::attempt(app, reader, (id, ReaderWork::Video), Box::pin(work)).await
}

/// Whether a video has a file in its own size, and a poster.
async fn is_published(app: &App, media: &Media) -> Result<bool> {
    Ok(is_complete(media, &app.catalog.variants(media.id).await?))
}

fn is_complete(media: &Media, known: &[Variant]) -> bool {
    let has_poster = media.kind != Some(Kind::Video) || has(known, POSTER, Format::Jpeg.mime());
    has_poster && has(known, MAIN, Format::Mp4.mime())
}

fn has(known: &[Variant], name: &str, mime: &str) -> bool {
    known.iter().any(|v| v.name == name && v.mime == mime)
}

/// Publishes a succeeded video if that was not done yet, or what was published was lost; concurrent
/// requests wait for the same work.
pub async fn ensure_published(app: &App, id: MediaId) -> Result<Option<Failure>> {
    let lock = app.memory.media_locks.lock_of(id);
    let _only = lock.lock().await;
    let Some(media) = app.catalog.media(id).await? else { return Ok(None) };
    let known = app.catalog.variants(id).await?;
    if is_complete(&media, &known) {
        return Ok(None);
    }
    match publish(app, &media, &transcode::ignore_progress).await? {
        Ok(Published { variants, duration_ms }) => {
            // Of main rendition and poster one may still be there.
            let lost = variants.retain(|v| !has(&known, &v.name, &v.mime));
            add(app, id, lost, None).await?;
            if duration_ms != media.duration_ms {
                app.catalog.correct_duration(id, duration_ms).await?;
            }
            Ok(None)
        }
        Err(failure) => Ok(Some(failure)),
    }
}

/// Adds variants, unless the media was deleted meanwhile. In the same write the job is deleted that has
/// nothing left to do.
pub async fn add(
    app: &App,
    id: MediaId,
    variants: DerivedVariants,
    done: Option<&Job>,
) -> Result<()> {
    variants.add(app, async |new| Ok(app.catalog.add_variants(id, new, done).await?)).await
}
