//! Subtitles: uploaded like media, and linked to a video by language, before or after it is attached
//! to a Tweet (documented).

use super::media::own;
use crate::app::App;
use crate::error::Result;
use birdhouse_catalog::subtitles::SubtitleLink;
use birdhouse_domain::delivery::LANGUAGE_MAX;
use birdhouse_domain::{Fault, Kind, MediaId, State, UserCaller};

/// Maximum number of languages in one request.
const LANGUAGES_MAX: usize = 100;
/// Maximum length of a display name in characters.
const NAME_MAX: usize = 100;

/// Subtitles to link.
#[derive(Clone, Debug)]
pub struct LinkRequest {
    /// The uploaded subtitles.
    pub media: MediaId,
    /// BCP 47 code, such as `en` or `pt-BR`.
    pub language_code: String,
    /// The name that players display.
    pub display_name: String,
}

/// Links subtitles to the caller's own video, replacing those of the same language; all or none. Durable when this returns.
pub async fn link(
    app: &App,
    caller: &UserCaller,
    video: MediaId,
    links: &[LinkRequest],
) -> Result<()> {
    require_own_video(app, caller, video).await?;
    validate_count(links.len())?;
    let mut valid = Vec::with_capacity(links.len());
    for one in links {
        let subtitles = own(app, caller, one.media).await?;
        if subtitles.kind != Some(Kind::Subtitles) || subtitles.state != State::Succeeded {
            let why = format!("media {} does not hold subtitles", one.media);
            return Err(Fault::SubtitlesInvalid(why).into());
        }
        if one.display_name.chars().count() > NAME_MAX {
            let why = format!("display_name has more than {NAME_MAX} characters");
            return Err(Fault::SubtitlesInvalid(why).into());
        }
        let language_code = parse_language(&one.language_code)?;
        let name = one.display_name.trim();
        let display_name = if name.is_empty() { &one.language_code } else { name }.to_owned();
        valid.push(SubtitleLink { subtitles: one.media, language_code, display_name });
    }
    if app.catalog.link_subtitles(video, &valid).await? {
        Ok(())
    } else {
        Err(Fault::MediaNotFound.into())
    }
}

/// Unlinks subtitles of these languages from the caller's own video. Durable when this returns.
pub async fn unlink(
    app: &App,
    caller: &UserCaller,
    video: MediaId,
    languages: &[String],
) -> Result<()> {
    require_own_video(app, caller, video).await?;
    validate_count(languages.len())?;
    let codes = languages.iter().map(|one| parse_language(one)).collect::<Result<Vec<_>>>()?;
    if app.catalog.unlink_subtitles(video, &codes).await? {
        Ok(())
    } else {
        Err(Fault::SubtitlesInvalid("there are no subtitles in that language".to_owned()).into())
    }
}

async fn require_own_video(app: &App, caller: &UserCaller, id: MediaId) -> Result<()> {
    if own(app, caller, id).await?.kind == Some(Kind::Video) {
        return Ok(());
    }
    Err(Fault::SubtitlesInvalid("only a video has subtitles".to_owned()).into())
}

fn validate_count(count: usize) -> Result<()> {
    if (1..=LANGUAGES_MAX).contains(&count) {
        return Ok(());
    }
    let why = format!("subtitles must name 1 to {LANGUAGES_MAX} languages");
    Err(Fault::SubtitlesInvalid(why).into())
}

/// Parses a language code, into lower case as in URLs.
fn parse_language(code: &str) -> Result<String> {
    let mut parts = code.split('-');
    let is_word = |part: &str, least| {
        (least..=8).contains(&part.len()) && part.bytes().all(|b| b.is_ascii_alphanumeric())
    };
    let is_code =
        parts.next().is_some_and(|first| is_word(first, 2)) && parts.all(|p| is_word(p, 1));
    if is_code && code.len() <= LANGUAGE_MAX {
        return Ok(code.to_ascii_lowercase());
    }
    Err(Fault::SubtitlesInvalid(format!("language_code is not a BCP 47 code: {code:.40}")).into())
}
