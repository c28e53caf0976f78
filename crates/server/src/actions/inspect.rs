//! What the bytes of an upload are; called on blocking threads.

use crate::error::{Error, Result};
use crate::store::media::Facts;
use birdhouse_domain::media::Failure;
use birdhouse_domain::media_limits::max_bytes;
use birdhouse_domain::{AltText, Category, Fault, Kind};
use birdhouse_processing::video::{self, ProbeError, Refusal};
use birdhouse_processing::worker::Worker;
use birdhouse_processing::{
    Format, ImageFacts, Inspected, Limits, Unreadable, inspect_image, sniff, xmp,
};
use std::fs::File;
use std::path::Path;

/// The bytes of an upload, looked at: pictures are whole, and without anything that their owner
/// did not mean to publish.
#[derive(Debug)]
pub struct Looked {
    /// What they are.
    pub facts: Facts,
    /// BLAKE3 of what is kept.
    pub hash: [u8; 32],
    /// Bytes that are kept.
    pub bytes: u64,
}

/// Looks at the bytes of a chunked upload, at most those that its category allows. Pictures are
/// checked whole and cleaned. Films are checked whole unless a job does that later (`is_async`).
pub fn look(
    worker: &Worker,
    path: &Path,
    first: &[u8],
    (category, is_async): (Option<Category>, bool),
) -> Result<Looked> {
    let format = sniff::sniff(first).ok_or_else(|| unknown(first))?;
    if format.is_image() {
        return picture(path, format, category);
    }
    if !format.is_video() {
        return subtitles(path, category);
    }
    let facts = film(worker, path, format, is_async)?;
    check_size(path, category, &facts)?;
    looked(path, facts)
}

/// Looks at the bytes of a simple upload, which takes pictures only (documented).
pub fn look_at_picture(path: &Path, first: &[u8], category: Option<Category>) -> Result<Looked> {
    let format = sniff::sniff(first).ok_or_else(|| unknown(first))?;
    if !format.is_image() {
        let why = format!("{} must be uploaded in chunks", format.mime());
        return Err(Fault::MediaUnrecognized(why).into());
    }
    picture(path, format, category)
}

/// Subtitles are kept as WebVTT, whatever they came as.
fn subtitles(path: &Path, category: Option<Category>) -> Result<Looked> {
    let (kind, mime) = (Some(Kind::Subtitles), Format::WebVtt.mime());
    let facts = Facts { kind, mime, ..Facts::default() };
    check_size(path, category.or(Some(Category::Subtitles)), &facts)?;
    let cues = birdhouse_processing::subtitles::parse(&std::fs::read(path)?);
    let cues = cues.map_err(|why| Fault::MediaUnrecognized(format!("as subtitles, {why}")))?;
    let draft = path.with_extension("clean");
    std::fs::write(&draft, birdhouse_processing::subtitles::to_webvtt(&cues))?;
    std::fs::rename(&draft, path)?;
    looked(path, facts)
}

fn check_size(path: &Path, category: Option<Category>, facts: &Facts) -> Result<()> {
    let limit = max_bytes(category, facts.kind.unwrap_or(Kind::Image));
    let bytes = std::fs::metadata(path)?.len();
    if bytes > limit { Err(Fault::FileTooLarge { limit }.into()) } else { Ok(()) }
}

fn looked(path: &Path, facts: Facts) -> Result<Looked> {
    let (hash, bytes) = crate::blobs::hash(path)?;
    Ok(Looked { facts, hash, bytes })
}

fn unknown(first: &[u8]) -> Error {
    let hint = match first {
        [] => "the file is empty".to_owned(),
        _ if first.starts_with(b"data:") => {
            "the bytes start with `data:`; send the bytes alone, without a data: prefix".to_owned()
        }
        _ => "the bytes are no JPEG, PNG, GIF, WebP, MP4 or QuickTime file".to_owned(),
    };
    Fault::MediaUnrecognized(hint).into()
}

fn picture(path: &Path, format: Format, category: Option<Category>) -> Result<Looked> {
    let mut file = File::open(path)?;
    let inspected = match inspect_image(&mut file, &Limits::default()) {
        Ok(inspected) => inspected,
        Err(Unreadable::Io(error)) => return Err(error.into()),
        Err(refused) => {
            let why = format!("the {} file is not whole: {refused}", format.mime());
            return Err(Fault::MediaUnrecognized(why).into());
        }
    };
    let facts = picture_facts(&inspected);
    check_size(path, category, &facts)?;
    if !inspected.metadata.is_clean() {
        let draft = path.with_extension("clean");
        inspected.metadata.clean(&mut file, &mut File::create(&draft)?)?;
        std::fs::rename(&draft, path)?;
    }
    looked(path, facts)
}

fn picture_facts(inspected: &Inspected) -> Facts {
    let (facts, metadata) = (inspected.facts, &inspected.metadata);
    let is_animated = facts.format == Format::Gif && facts.frames > 1;
    let (width, height) = if metadata.orientation.is_sideways() {
        (facts.height, facts.width)
    } else {
        (facts.width, facts.height)
    };
    let embedded = xmp::read(&metadata.xmp);
    Facts {
        kind: Some(if is_animated { Kind::AnimatedGif } else { Kind::Image }),
        mime: facts.format.mime(),
        width,
        height,
        duration_ms: if is_animated { facts.duration_ms } else { 0 },
        orientation: metadata.orientation.value(),
        served_mime: served_mime(facts),
        embedded: embedded.alt_text.or(embedded.extended).and_then(|t| AltText::from_embedded(&t)),
    }
}

/// Content type of derived sizes: PNG keeps sharp edges and transparency, all else is a
/// photograph (documented for the real service: WebP is always served as something else).
fn served_mime(facts: ImageFacts) -> &'static str {
    match facts.format {
        Format::Png | Format::Gif => Format::Png.mime(),
        Format::WebP if facts.has_alpha => Format::Png.mime(),
        _ => Format::Jpeg.mime(),
    }
}

fn film(worker: &Worker, path: &Path, format: Format, is_async: bool) -> Result<Facts> {
    if is_async {
        return Ok(Facts { kind: Some(Kind::Video), mime: format.mime(), ..Facts::default() });
    }
    // Without a category the length is judged when it is Tweeted (recorded).
    match probe(worker, path, format)? {
        Ok(facts) => Ok(facts),
        Err(failure) => Err(Fault::MediaUnrecognized(failure.message).into()),
    }
}

/// A look at a film by ffprobe: what it is, or why it is refused.
pub fn probe(
    worker: &Worker,
    path: &Path,
    format: Format,
) -> Result<std::result::Result<Facts, Failure>> {
    let refuse = |refusal: Refusal| {
        let Refusal { code, name, message } = refusal;
        Ok(Err(Failure { code, name: name.to_owned(), message }))
    };
    let found = match video::probe(worker, path, format) {
        Ok(found) => found,
        Err(ProbeError::Unreadable(why)) => {
            return refuse(Refusal::invalid(format!("file is invalid: {why}")));
        }
        Err(ProbeError::Tool(error)) => return Err(Error::Broken(error.into())),
    };
    if let Err(refusal) = video::check(&found) {
        return refuse(refusal);
    }
    let (width, height, duration_ms) = (found.width, found.height, found.duration_ms);
    let kind = Some(Kind::Video);
    Ok(Ok(Facts { kind, mime: format.mime(), width, height, duration_ms, ..Facts::default() }))
}

/// A second look at an animated GIF: whether it is within the limits that its category has.
pub fn judge_gif(path: &Path) -> Result<std::result::Result<Facts, Failure>> {
    let inspected = match inspect_image(&mut File::open(path)?, &Limits::default()) {
        Ok(inspected) => inspected,
        Err(Unreadable::Io(error)) => return Err(error.into()),
        // FINALIZE has read it to its end.
        Err(other) => return Err(Error::Broken(other.into())),
    };
    match video::check_gif(&inspected.facts) {
        Ok(()) => Ok(Ok(picture_facts(&inspected))),
        Err(Refusal { code, name, message }) => {
            Ok(Err(Failure { code, name: name.to_owned(), message }))
        }
    }
}

/// The same for a film whose format is known by its content type.
pub fn probe_film(
    worker: &Worker,
    path: &Path,
    mime: &str,
) -> Result<std::result::Result<Facts, Failure>> {
    let format = if mime == Format::Mp4.mime() { Format::Mp4 } else { Format::QuickTime };
    probe(worker, path, format)
}
