//! Uploads: simple, and chunked from INIT to FINALIZE.

use super::inspect;
use crate::app::App;
use crate::auth::UserCaller;
use crate::blobs::{Blobs, Incoming};
use crate::error::{Error, Result};
use crate::random;
use crate::store::media::Facts;
use crate::store::segments::Segment;
use birdhouse_domain::media::{Media, State};
use birdhouse_domain::media_limits::{SEGMENT_MAX_BYTES, max_bytes};
use birdhouse_domain::upload::{Announcement, is_async};
use birdhouse_domain::{Category, Fault, Kind, MediaId, Timestamp, UserId};

/// FINALIZE tries again when a segment arrived while it joined; more often than this only a
/// client that never stops sending could make it.
const FINALIZE_TRIES: usize = 5;

/// INIT: opens an upload. Durable when this returns.
pub async fn begin(app: &App, caller: &UserCaller, wanted: &Announcement) -> Result<Media> {
    wanted.check()?;
    let kind = match wanted.category {
        Some(category) => category.kind(),
        None if wanted.media_type.to_ascii_lowercase().starts_with("image/") => Kind::Image,
        None => Kind::Video,
    };
    let mut media = new_media(app, caller, wanted.category);
    media.kind = Some(kind);
    media.total_bytes = wanted.total_bytes;
    if !app.store.add_media(&media, caller.app, &wanted.additional_owners).await? {
        return Err(Error::Broken(anyhow::anyhow!("media id {} was given twice", media.id)));
    }
    Ok(media)
}

/// APPEND: keeps a segment; the same index again replaces it. Durable when this returns.
pub async fn append(
    app: &App,
    caller: &UserCaller,
    id: MediaId,
    index: u32,
    bytes: Incoming,
) -> Result<()> {
    if bytes.len() > SEGMENT_MAX_BYTES {
        return Err(Fault::SegmentTooLarge { limit: SEGMENT_MAX_BYTES }.into());
    }
    receiving(app, caller, id).await?;
    let segment = Segment { index, blob: Blobs::name(app.next_id()), bytes: bytes.len() };
    bytes.commit(segment.blob.clone(), |_| Ok(())).await?;
    if app.store.put_segment(id, caller.user, &segment, app.now()).await? {
        return Ok(());
    }
    app.store.add_garbage(&segment.blob).await?;
    receiving(app, caller, id).await?;
    Err(Fault::MediaNotFound.into())
}

/// The caller's own upload, if it may still take segments.
pub async fn receiving(app: &App, caller: &UserCaller, id: MediaId) -> Result<Media> {
    let media = own(app, caller, id).await?;
    if media.state == State::Receiving { Ok(media) } else { Err(Fault::UploadFinished.into()) }
}

/// FINALIZE: joins the segments into one blob and looks at it. Atomic: all bytes or none, once;
/// repeated, it returns the same media. Durable when this returns.
pub async fn finalize(app: &App, caller: &UserCaller, id: MediaId) -> Result<Media> {
    for _ in 0..FINALIZE_TRIES {
        let mut media = own(app, caller, id).await?;
        if media.state != State::Receiving {
            return Ok(media);
        }
        // Its life starts anew, so that the answer's `expires_after_secs` is true.
        media.expires_at = Some(end_of_life(app));
        let segments = app.store.segments(id).await?;
        check_segments(&media, &segments)?;
        let blob = Blobs::name(app.next_id());
        let facts = join(app, &media, segments, blob.clone()).await?;
        let job = media.is_async.then(|| (app.next_id(), app.now()));
        if app.store.finalize(&media, &facts, &blob, job).await? {
            app.job_bell.notify_one();
            return own(app, caller, id).await;
        }
        app.store.add_garbage(&blob).await?;
    }
    Err(Fault::UploadFinished.into())
}

fn check_segments(media: &Media, segments: &[Segment]) -> Result<()> {
    let received: u64 = segments.iter().map(|s| s.bytes).sum();
    let missing = (0_u32..).zip(segments).find(|(place, s)| s.index != *place).map(|(p, _)| p);
    if received == media.total_bytes && missing.is_none() {
        return Ok(());
    }
    let announced = media.total_bytes;
    Err(Fault::SegmentsDoNotAddUp { announced, received, missing }.into())
}

async fn join(app: &App, media: &Media, segments: Vec<Segment>, blob: String) -> Result<Facts> {
    let mut whole = app.blobs.incoming(media.total_bytes);
    whole.append_blobs(segments.into_iter().map(|s| s.blob).collect()).await?;
    let first = whole.first().to_vec();
    let (category, is_async) = (media.category, media.is_async);
    let _permit = app.processors.acquire().await.map_err(|e| Error::Broken(e.into()))?;
    whole
        .commit(blob, move |path| {
            let facts = inspect::look(path, &first, is_async)?;
            check_size(path, category, &facts)?;
            Ok(facts)
        })
        .await
}

fn check_size(path: &std::path::Path, category: Option<Category>, facts: &Facts) -> Result<()> {
    let limit = max_bytes(category, facts.kind.unwrap_or(Kind::Image));
    let bytes = std::fs::metadata(path)?.len();
    if bytes > limit { Err(Fault::FileTooLarge { limit }.into()) } else { Ok(()) }
}

/// A simple upload: one picture, whole. Durable when this returns.
pub async fn upload_whole(
    app: &App,
    caller: &UserCaller,
    bytes: Incoming,
    category: Option<Category>,
    additional_owners: &[UserId],
) -> Result<Media> {
    if bytes.is_empty() {
        return Err(Fault::MediaMissing.into());
    }
    let mut media = new_media(app, caller, category);
    media.total_bytes = bytes.len();
    media.blob = Blobs::name(app.next_id());
    let first = bytes.first().to_vec();
    let permit = app.processors.acquire().await.map_err(|e| Error::Broken(e.into()))?;
    let facts = bytes
        .commit(media.blob.clone(), move |path| {
            let facts = inspect::look_at_picture(path, &first)?;
            check_size(path, category, &facts)?;
            Ok(facts)
        })
        .await?;
    drop(permit);
    media.state = State::Succeeded;
    media.is_async = false;
    media.progress = 100;
    media.kind = facts.kind;
    facts.mime.clone_into(&mut media.mime);
    (media.width, media.height) = (facts.width, facts.height);
    if !app.store.add_media(&media, caller.app, additional_owners).await? {
        return Err(Error::Broken(anyhow::anyhow!("media id {} was given twice", media.id)));
    }
    Ok(media)
}

/// The caller's own media, while it lives.
pub async fn own(app: &App, caller: &UserCaller, id: MediaId) -> Result<Media> {
    let media = app.store.media(id).await?.ok_or(Fault::MediaNotFound)?;
    if media.owner != caller.user || media.is_expired(app.now()) {
        return Err(Fault::MediaNotFound.into());
    }
    Ok(media)
}

/// When a media that starts its life now vanishes, unless a Tweet shows it.
fn end_of_life(app: &App) -> Timestamp {
    app.now().plus(app.config.media_life_seconds * Timestamp::SECOND)
}

fn new_media(app: &App, caller: &UserCaller, category: Option<Category>) -> Media {
    let now = app.now();
    Media {
        id: MediaId(app.next_id()),
        owner: caller.user,
        public_key: random::alphanumeric(15),
        category,
        state: State::Receiving,
        is_async: is_async(category),
        total_bytes: 0,
        kind: None,
        mime: String::new(),
        width: 0,
        height: 0,
        duration_ms: 0,
        progress: 0,
        failure: None,
        blob: String::new(),
        alt_text: None,
        created_at: now,
        expires_at: Some(end_of_life(app)),
        revision: 0,
    }
}
