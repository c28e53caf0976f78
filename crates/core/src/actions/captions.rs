//! Descriptions that a captioning service generates. They are suggestions: nobody sees one before those who
//! may describe the image accept it, and none replaces what a person wrote.

mod answer;
mod request;

use super::suggestions::add_generated;
use crate::app::App;
use crate::config::Captioner;
use crate::error::Result;
pub use birdhouse_catalog::captions::CaptionQueue;
use birdhouse_catalog::jobs::NewJob;
use birdhouse_domain::alt_text_lint::{Level, Rule, Subject, lint};
use birdhouse_domain::media::Media;
use birdhouse_domain::{AltText, ImageSize, JobKind, Language, UserCaller};
use birdhouse_outbound::Message;
use bytes::Bytes;
use request::Image;

/// The most bytes of an image that is sent.
const IMAGE_BYTES: u64 = 8 << 20;

/// What a suggestion says of a service that does not name its model.
const UNNAMED: &str = "unnamed";

/// How the service responded to an image in one language.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Response {
    /// With a description, which is a suggestion now.
    Suggested,
    /// With nothing that is useful, or it does not take this image.
    Dropped,
    /// Not as a service should, for this reason.
    Failed(String),
}

/// Queues an image for the service, if there is one. Durable when this returns.
pub(crate) async fn queue(app: &App, media: &Media) -> Result<()> {
    let Some(service) = &app.config.captioner else { return Ok(()) };
    let at = app.now().plus(service.delay_ms);
    let job = NewJob { id: app.next_id(), kind: JobKind::Caption, at };
    app.catalog.queue_caption(media.id, &job).await?;
    Ok(())
}

/// Whether an image may be sent, and needs it.
pub(crate) async fn is_wanted(app: &App, media: &Media) -> Result<bool> {
    Ok(app.catalog.is_undescribed(media.id, app.now()).await?
        && app.catalog.allows_captions(media.owner).await?)
}

/// The bytes to send of an image: the smallest of its sizes that shows all of it, or itself if that is
/// small; `None` if the size is not derived yet. Type and bytes.
pub(crate) async fn image(app: &App, media: &Media) -> Result<Option<(String, Bytes)>> {
    let size = ImageSize::Small;
    let variants = app.catalog.variants(media.id).await?;
    let (mime, blob) = match variants.into_iter().find(|one| one.name == size.name()) {
        Some(small) => (small.mime, small.blob),
        None if size.dimensions((media.width, media.height)) == (media.width, media.height) => {
            (media.mime.clone(), media.blob.clone())
        }
        None => return Ok(None),
    };
    let length = app.blob_bytes(&blob).await?;
    if length > IMAGE_BYTES {
        return Ok(None);
    }
    let read = move |blobs: &crate::blobs::Blobs| {
        let mut bytes = vec![0; usize::try_from(length).unwrap_or_default()];
        blobs.open_blob(&blob, length)?.read_exact_at(&mut bytes, 0)?;
        Ok(Bytes::from(bytes))
    };
    Ok(Some((mime, app.with_blobs(read).await?)))
}

/// Has the service describe an image in one language, and suggests what it answers.
pub(crate) async fn ask(
    app: &App,
    service: &Captioner,
    media: &Media,
    (mime, bytes): &(String, Bytes),
    lang: &Language,
) -> Result<Response> {
    let image = Image { media: media.id, mime, bytes, lang };
    let headers = match token(service).await {
        Ok(token) => token.map(|token| ("authorization", format!("Bearer {token}"))),
        Err(why) => return Ok(Response::Failed(why)),
    };
    let message = Message {
        target: &service.target,
        headers: headers.into_iter().collect(),
        body: request::body(service, &image).into(),
        time: service.time,
        answer_bytes: service.answer_bytes,
    };
    let answer = match app.outbound.post(&message).await {
        Ok(answer) => answer,
        Err(failure) => return Ok(Response::Failed(failure.to_string())),
    };
    match answer.status {
        200..=299 => {}
        // Of this image, and not of the service.
        400 | 413 | 415 | 422 => return Ok(Response::Dropped),
        status => return Ok(Response::Failed(format!("answered {status}"))),
    }
    let Some(caption) = answer::read(service, &answer.body) else {
        return Ok(Response::Failed("answered something else than its contract says".to_owned()));
    };
    let spoken = caption.lang.as_deref().or((!lang.is_default()).then_some(lang.as_str()));
    let Some(text) = usable(&caption.text, spoken) else { return Ok(Response::Dropped) };
    let named = caption.model.as_deref().or(Some(&service.model)).filter(|name| !name.is_empty());
    let model = named.unwrap_or(UNNAMED);
    let is_added = add_generated(app, media.id, lang, &text, model).await?;
    Ok(if is_added { Response::Suggested } else { Response::Dropped })
}

/// A text that is worth a suggestion: one that is too long is cut; `None` if it describes nothing.
fn usable(text: &str, lang: Option<&str>) -> Option<AltText> {
    let text = AltText::shortened(text)?;
    let subject = Subject { text: text.as_str(), lang, ..Subject::default() };
    (!lint(&subject).iter().any(|finding| says_nothing(finding.rule))).then_some(text)
}

/// Whether a text that breaks this rule is no description. A person may have a reason for it, a service
/// has none.
fn says_nothing(rule: Rule) -> bool {
    let nothing = [
        Rule::Empty,
        Rule::FileName,
        Rule::Placeholder,
        Rule::NoLetters,
        Rule::OnlyUrl,
        Rule::Zalgo,
    ];
    rule.level() == Level::Error || nothing.contains(&rule)
}

/// The token of the service, which is read each time, so that it can be exchanged.
async fn token(service: &Captioner) -> std::result::Result<Option<String>, String> {
    let Some(path) = &service.bearer_token_file else { return Ok(None) };
    let text = tokio::fs::read_to_string(path).await;
    let text = text.map_err(|error| format!("cannot read {}: {error}", path.display()))?;
    Ok(Some(text.trim().to_owned()))
}

/// Whether the caller's images may be sent to the service.
pub async fn are_allowed(app: &App, caller: &UserCaller) -> Result<bool> {
    Ok(app.catalog.allows_captions(caller.user).await?)
}

/// Sets that. Durable when this returns.
pub async fn allow(app: &App, caller: &UserCaller, allowed: bool) -> Result<()> {
    Ok(app.catalog.set_captions(caller.user, allowed).await?)
}

/// What waits for the service, or why it cannot be called; `None` if there is none.
pub async fn health(app: &App) -> Result<Option<std::result::Result<CaptionQueue, String>>> {
    let Some(service) = &app.config.captioner else { return Ok(None) };
    if let Err(why) = token(service).await {
        return Ok(Some(Err(why)));
    }
    Ok(Some(Ok(app.catalog.caption_queue().await?)))
}

#[cfg(test)]
mod tests {
    use super::usable;

    #[test]
    fn what_describes_nothing_is_dropped_and_what_is_long_is_cut() {
        for text in ["", " \n", "image", "IMG_1234.jpg", "https://a.example/", "...", "a\0b"] {
            assert_eq!(usable(text, None), None, "{text:?}");
        }
        let kept = usable(" A wren sits on a gate. \n", Some("en")).unwrap();
        assert_eq!(kept.as_str(), "A wren sits on a gate.");
        let long = usable(&"A wren sits on a gate. ".repeat(100), None).unwrap();
        assert!(long.as_str().chars().count() <= 1000 && long.as_str().ends_with('\u{2026}'));
    }
}
