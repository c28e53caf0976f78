//! What the bytes of an upload are; called on blocking threads.

use crate::error::{Error, Result};
use crate::store::media::Facts;
use birdhouse_domain::media::Failure;
use birdhouse_domain::{Fault, Kind};
use birdhouse_processing::tool::ToolLimits;
use birdhouse_processing::video::{self, ProbeError, Refusal};
use birdhouse_processing::{Format, Limits, Unreadable, inspect_image, sniff};
use std::fs::File;
use std::path::Path;

/// Looks at the bytes of a chunked upload. Pictures are checked whole. Films are checked whole
/// unless a job does that later (`is_async`).
pub fn look(path: &Path, first: &[u8], is_async: bool) -> Result<Facts> {
    let format = sniff::sniff(first).ok_or_else(|| unknown(first))?;
    if format.is_image() {
        return picture(path, format);
    }
    if format.is_video() {
        return film(path, format, is_async);
    }
    Ok(Facts { kind: Some(Kind::Subtitles), mime: format.mime(), ..Facts::default() })
}

/// Looks at the bytes of a simple upload, which takes pictures only (documented).
pub fn look_at_picture(path: &Path, first: &[u8]) -> Result<Facts> {
    let format = sniff::sniff(first).ok_or_else(|| unknown(first))?;
    if !format.is_image() {
        let why = format!("{} must be uploaded in chunks", format.mime());
        return Err(Fault::MediaUnrecognized(why).into());
    }
    picture(path, format)
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

fn picture(path: &Path, format: Format) -> Result<Facts> {
    match inspect_image(&mut File::open(path)?, &Limits::default()) {
        Ok(facts) => {
            let is_animated = facts.format == Format::Gif && facts.frames > 1;
            Ok(Facts {
                kind: Some(if is_animated { Kind::AnimatedGif } else { Kind::Image }),
                mime: format.mime(),
                width: facts.width,
                height: facts.height,
                duration_ms: 0,
            })
        }
        Err(Unreadable::Io(error)) => Err(error.into()),
        Err(refused) => {
            let why = format!("the {} file is not whole: {refused}", format.mime());
            Err(Fault::MediaUnrecognized(why).into())
        }
    }
}

fn film(path: &Path, format: Format, is_async: bool) -> Result<Facts> {
    if is_async {
        return Ok(Facts { kind: Some(Kind::Video), mime: format.mime(), ..Facts::default() });
    }
    // Without a category the length is judged when it is Tweeted (recorded).
    match probe(path, format)? {
        Ok(facts) => Ok(facts),
        Err(failure) => Err(Fault::MediaUnrecognized(failure.message).into()),
    }
}

/// A look at a film by ffprobe: what it is, or why it is refused.
pub fn probe(path: &Path, format: Format) -> Result<std::result::Result<Facts, Failure>> {
    let refuse = |refusal: Refusal| {
        let Refusal { code, name, message } = refusal;
        Ok(Err(Failure { code, name: name.to_owned(), message }))
    };
    let found = match video::probe(path, format, &ToolLimits::default()) {
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
    Ok(Ok(Facts { kind: Some(Kind::Video), mime: format.mime(), width, height, duration_ms }))
}

/// The same for a film whose format is known by its content type.
pub fn probe_film(path: &Path, mime: &str) -> Result<std::result::Result<Facts, Failure>> {
    let format = if mime == Format::Mp4.mime() { Format::Mp4 } else { Format::QuickTime };
    probe(path, format)
}
