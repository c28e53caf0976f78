//! Inspects the bytes of uploads. All functions block.

use crate::blobs::Unfinished;
use crate::error::{Error, Result};
use birdhouse_catalog::media::MediaFacts;
use birdhouse_domain::description::LocalizedDescription;
use birdhouse_domain::media_limits::max_bytes;
use birdhouse_domain::{Category, Description, Failure, Fault, Kind, Language, StoredBlob};
use birdhouse_processing::formats::sniff;
use birdhouse_processing::video::{self, Refusal, VideoFacts};
use birdhouse_processing::worker::Worker;
use birdhouse_processing::{
    Format, ImageLimits, Inspected, ProcessError, Unreadable, confirmed, inspect_image, twice, xmp,
};
use std::fs::File;
use std::io::{Read, Seek, Write};
use std::path::Path;

/// An inspected upload; an image is complete and without metadata.
#[derive(Debug)]
pub(crate) struct InspectedUpload {
    /// The result of the inspection.
    pub facts: MediaFacts,
    /// BLAKE3 of the stored bytes.
    pub hash: [u8; 32],
    /// Number of stored bytes.
    pub bytes: u64,
}

impl InspectedUpload {
    /// The facts, and the blob with this name.
    pub(crate) fn into_blob(self, name: &str) -> (MediaFacts, StoredBlob) {
        let name = name.to_owned();
        (self.facts, StoredBlob { name, hash: self.hash, bytes: self.bytes })
    }
}

/// What the client declared about its upload.
#[derive(Clone, Copy, Debug)]
pub(crate) struct UploadHints {
    /// `media_category`.
    pub category: Option<Category>,
    /// Whether a job validates a video after FINALIZE.
    pub is_async: bool,
}

/// Inspects a chunked upload. Images are validated and cleaned of metadata. Videos are validated,
/// unless a job does that later.
pub(crate) fn inspect(
    worker: &Worker,
    file: &mut Unfinished,
    first: &[u8],
    hints: UploadHints,
) -> Result<InspectedUpload> {
    let format = sniff(first).ok_or_else(|| unknown(first))?;
    if format.is_image() {
        let image = image(file, format, hints.category)?;
        // A job validates it later, and reports the failure by STATUS.
        return if hints.is_async { Ok(image.upload) } else { image.within_limits() };
    }
    if !format.is_video() {
        return subtitles(file, hints.category);
    }
    let facts = video(worker, &file.path(), format, hints.is_async)?;
    validate_size(file, hints.category, &facts)?;
    inspected(file, facts)
}

/// Inspects a simple upload, which accepts images only (documented).
pub(crate) fn inspect_image_only(
    file: &mut Unfinished,
    first: &[u8],
    category: Option<Category>,
) -> Result<InspectedUpload> {
    let format = sniff(first).ok_or_else(|| unknown(first))?;
    if !format.is_image() {
        let why = format!("{} must be uploaded in chunks", format.mime());
        return Err(Fault::MediaUnrecognized(why).into());
    }
    image(file, format, category)?.within_limits()
}

/// Subtitles are always stored as WebVTT.
fn subtitles(file: &mut Unfinished, category: Option<Category>) -> Result<InspectedUpload> {
    let (kind, mime) = (Some(Kind::Subtitles), Format::WebVtt.mime());
    let facts = MediaFacts { kind, mime, ..MediaFacts::default() };
    validate_size(file, category.or(Some(Category::Subtitles)), &facts)?;
    let mut text = Vec::new();
    file.file().rewind()?;
    file.file().read_to_end(&mut text)?;
    let cues = birdhouse_processing::subtitles::parse(&text);
    let cues = cues.map_err(|why| Fault::MediaUnrecognized(format!("as subtitles, {why}")))?;
    let text = birdhouse_processing::subtitles::to_webvtt(&cues);
    file.rewrite(|_, new| new.write_all(text.as_bytes()))?;
    inspected(file, facts)
}

fn validate_size(file: &Unfinished, category: Option<Category>, facts: &MediaFacts) -> Result<()> {
    let limit = max_bytes(category, facts.kind.unwrap_or(Kind::Image));
    if file.length()? > limit { Err(Fault::FileTooLarge { limit }.into()) } else { Ok(()) }
}

fn inspected(file: &Unfinished, facts: MediaFacts) -> Result<InspectedUpload> {
    let (hash, bytes) = file.hash()?;
    Ok(InspectedUpload { facts, hash, bytes })
}

fn unknown(first: &[u8]) -> Error {
    let hint = match first {
        [] => "the file is empty".to_owned(),
        _ if first.starts_with(b"data:") => {
            "the bytes start with `data:`; send the bytes alone, without a data: prefix".to_owned()
        }
        _ => "the bytes are not a JPEG, PNG, GIF, WebP, MP4 or QuickTime file".to_owned(),
    };
    Fault::MediaUnrecognized(hint).into()
}

/// An inspected image, and what an animated GIF would be refused for.
struct InspectedImage {
    upload: InspectedUpload,
    excess: Option<Refusal>,
}

impl InspectedImage {
    /// Refuses a GIF that is too large to be transcoded.
    fn within_limits(self) -> Result<InspectedUpload> {
        match self.excess {
            None => Ok(self.upload),
            Some(refusal) => Err(Fault::MediaUnrecognized(refusal.message).into()),
        }
    }
}

fn image(
    file: &mut Unfinished,
    format: Format,
    category: Option<Category>,
) -> Result<InspectedImage> {
    let image = match inspect_image(file.file(), &ImageLimits::default()) {
        Ok(image) => image,
        Err(Unreadable::Io(error)) => return Err(error.into()),
        Err(refused) => {
            let why = format!("the {} file is not complete: {refused}", format.mime());
            return Err(Fault::MediaUnrecognized(why).into());
        }
    };
    let facts = image_facts(&image);
    let is_animated = facts.kind == Some(Kind::AnimatedGif);
    let excess = if is_animated { video::validate_gif(&image.facts).err() } else { None };
    validate_size(file, category, &facts)?;
    if !image.metadata.is_clean() {
        file.rewrite(|old, new| image.metadata.write_cleaned(old, new))?;
    }
    Ok(InspectedImage { upload: inspected(file, facts)?, excess })
}

fn image_facts(image: &Inspected) -> MediaFacts {
    let (facts, metadata) = (image.facts, &image.metadata);
    let is_animated = image.format == Format::Gif && facts.frames > 1;
    let (width, height) = if metadata.orientation.is_sideways() {
        (facts.height, facts.width)
    } else {
        (facts.width, facts.height)
    };
    MediaFacts {
        kind: Some(if is_animated { Kind::AnimatedGif } else { Kind::Image }),
        mime: image.format.mime(),
        width,
        height,
        duration_ms: if is_animated { facts.duration_ms } else { 0 },
        orientation: metadata.orientation.value(),
        served_mime: image.derived_format().mime(),
        embedded: embedded_descriptions(&metadata.xmp),
    }
}

/// The descriptions that an XMP packet holds, each in another language. If none is in the default
/// language, the first one is.
fn embedded_descriptions(packet: &[u8]) -> Vec<LocalizedDescription> {
    let mut all: Vec<LocalizedDescription> = Vec::new();
    for one in xmp::read(packet) {
        let lang = match one.lang.as_deref().map(Language::parse) {
            None => Language::default_language(),
            Some(Ok(lang)) => lang,
            Some(Err(_)) => continue,
        };
        let text = Description::from_embedded(one.alt_text.as_deref(), one.extended.as_deref());
        let is_new = all.iter().all(|other| other.lang != lang);
        all.extend(
            text.filter(|_| is_new).map(|description| LocalizedDescription { lang, description }),
        );
    }
    if let Some(first) = all.first().filter(|_| all.iter().all(|one| !one.lang.is_default())) {
        let description = first.description.clone();
        all.push(LocalizedDescription { lang: Language::default_language(), description });
    }
    all
}

fn video(worker: &Worker, path: &Path, format: Format, is_async: bool) -> Result<MediaFacts> {
    if is_async {
        return Ok(MediaFacts {
            kind: Some(Kind::Video),
            mime: format.mime(),
            ..MediaFacts::default()
        });
    }
    // Without a category the duration is validated when it is Tweeted (recorded).
    match from_probe(twice(|| video::probe(worker, path, format)), format)? {
        Ok(facts) => Ok(facts),
        Err(failure) => Err(Fault::MediaUnrecognized(failure.message).into()),
    }
}

/// What ffprobe found: what a video is, or why it is refused.
fn from_probe(
    probed: std::result::Result<VideoFacts, ProcessError>,
    format: Format,
) -> Result<std::result::Result<MediaFacts, Failure>> {
    let refuse = |refusal: Refusal| Ok(Err(failure(refusal)));
    let found = match probed {
        Ok(found) => found,
        Err(ProcessError::Invalid(why)) => {
            return refuse(Refusal::invalid(format!("file is invalid: {why}")));
        }
        Err(other) => return Err(other.into()),
    };
    if let Err(refusal) = video::validate(&found) {
        return refuse(refusal);
    }
    let (width, height, duration_ms) = (found.width, found.height, found.duration_ms);
    let kind = Some(Kind::Video);
    Ok(Ok(MediaFacts {
        kind,
        mime: format.mime(),
        width,
        height,
        duration_ms,
        ..MediaFacts::default()
    }))
}

/// Validates that an animated GIF is within the limits of its category.
pub fn validate_gif(path: &Path) -> Result<std::result::Result<MediaFacts, Failure>> {
    let image = match inspect_image(&mut File::open(path)?, &ImageLimits::default()) {
        Ok(image) => image,
        Err(Unreadable::Io(error)) => return Err(error.into()),
        // FINALIZE has validated it.
        Err(other) => return Err(Error::Broken(other.into())),
    };
    match video::validate_gif(&image.facts) {
        Ok(()) => Ok(Ok(image_facts(&image))),
        Err(refusal) => Ok(Err(failure(refusal))),
    }
}

/// Probes and validates a video with this content type.
pub fn probe(
    worker: &Worker,
    path: &Path,
    mime: &str,
) -> Result<std::result::Result<MediaFacts, Failure>> {
    let format = Format::from_mime(mime).unwrap_or(Format::QuickTime);
    from_probe(confirmed(|| video::probe(worker, path, format)), format)
}

fn failure(refusal: Refusal) -> Failure {
    let Refusal { kind, message } = refusal;
    Failure { code: kind.code(), name: kind.name().to_owned(), message }
}
