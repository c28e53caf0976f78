//! Uploads: simple, and chunked from INIT to FINALIZE.

use super::films;
use super::inspect::{self, Looked};
use crate::app::App;
use crate::auth::UserCaller;
use crate::blobs::{Blobs, Incoming};
use crate::error::{Error, Result};
use crate::jobs;
use crate::random;
use crate::store::blobs::NewBlob;
use crate::store::media::{NewJob, Whole};
use crate::store::segments::Segment;
use birdhouse_domain::media::{Media, State};
use birdhouse_domain::media_limits::{SEGMENT_MAX_BYTES, max_bytes};
use birdhouse_domain::upload::{Announcement, is_async};
use birdhouse_domain::{Category, Fault, Kind, MediaId, Timestamp, UserId};
use std::path::Path;
use tokio::sync::OwnedSemaphorePermit;

/// FINALIZE tries again when a segment arrived while it joined; more often than this only a
/// client that never stops sending could make it.
const FINALIZE_TRIES: usize = 5;

/// INIT: opens an upload. Durable when this returns.
pub async fn begin(app: &App, caller: &UserCaller, wanted: &Announcement) -> Result<Media> {
    wanted.check()?;
    let kind = match wanted.category {
        Some(category) => Some(category.kind()),
        None if wanted.media_type.to_ascii_lowercase().starts_with("image/") => Some(Kind::Image),
        None if wanted.media_type.is_empty() => None,
        None => Some(Kind::Video),
    };
    let mut media = new_media(app, caller, wanted.category);
    media.kind = kind;
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
) -> Result<Media> {
    if bytes.len() > SEGMENT_MAX_BYTES {
        return Err(Fault::SegmentTooLarge { limit: SEGMENT_MAX_BYTES }.into());
    }
    let media = receiving(app, caller, id).await?;
    keep_segment(app, caller, id, index, bytes).await?;
    Ok(media)
}

async fn keep_segment(
    app: &App,
    caller: &UserCaller,
    id: MediaId,
    index: u32,
    bytes: Incoming,
) -> Result<()> {
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
        check_segments(&mut media, &segments)?;
        let name = Blobs::name(app.next_id());
        let looked = join(app, &media, segments, name.clone()).await?;
        let whole = whole(app, caller, &media, looked, name);
        if app.store.finalize(&media, &whole).await? {
            app.bells.ring(whole.job.as_ref());
            if whole.facts.kind == Some(Kind::Video) && !media.is_async {
                // Its client asks for no STATUS: it can be shown when this is answered.
                films::ensure_published(app, id).await?;
            }
            return own(app, caller, id).await;
        }
        app.store.add_garbage(&whole.blob.name).await?;
    }
    Err(Fault::UploadFinished.into())
}

/// Compares what came with what was announced; a media of which no size was announced has the
/// size that came.
fn check_segments(media: &mut Media, segments: &[Segment]) -> Result<()> {
    let received: u64 = segments.iter().map(|s| s.bytes).sum();
    if media.total_bytes == 0 {
        let limit = max_bytes(media.category, media.kind.unwrap_or(Kind::Video));
        match received {
            0 => return Err(Fault::MediaMissing.into()),
            _ if received > limit => return Err(Fault::FileTooLarge { limit }.into()),
            _ => media.total_bytes = received,
        }
    }
    let missing = (0_u32..).zip(segments).find(|(place, s)| s.index != *place).map(|(p, _)| p);
    if received == media.total_bytes && missing.is_none() {
        return Ok(());
    }
    let announced = media.total_bytes;
    Err(Fault::SegmentsDoNotAddUp { announced, received, missing }.into())
}

async fn join(app: &App, media: &Media, segments: Vec<Segment>, name: String) -> Result<Looked> {
    let mut joined = app.blobs.incoming(media.total_bytes);
    joined.append_blobs(segments.into_iter().map(|s| s.blob).collect()).await?;
    let first = joined.first().to_vec();
    let (wanted, worker) = ((media.category, media.is_async), app.config.worker.clone());
    let permit = permit(app).await?;
    let looking = move |path: &Path| {
        let _permit = permit;
        inspect::look(&worker, path, &first, wanted)
    };
    joined.commit(name, looking).await
}

/// Leave to look at a file; held by the work itself, which goes on when its client has gone.
async fn permit(app: &App) -> Result<OwnedSemaphorePermit> {
    app.processors.clone().acquire_owned().await.map_err(|e| Error::Broken(e.into()))
}

/// What the catalog is told of an upload that is all there.
fn whole(app: &App, caller: &UserCaller, media: &Media, looked: Looked, name: String) -> Whole {
    let Looked { mut facts, hash, bytes } = looked;
    if !app.config.read_embedded_alt_text {
        facts.embedded = None;
    }
    let kind = match facts.kind {
        Some(Kind::Image) if !media.is_async => Some(jobs::SIZES),
        Some(Kind::Subtitles) | None if !media.is_async => None,
        _ => Some(jobs::FILM),
    };
    let job = kind.map(|kind| NewJob { id: app.next_id(), kind, at: app.now() });
    let blob = NewBlob { name, hash, bytes };
    Whole { facts, blob, job, history: app.next_id(), app: caller.app }
}

/// An upload of any kind in one request. Durable when this returns; a crash before leaves an
/// upload that nobody was told of, which expires.
pub async fn upload_at_once(
    app: &App,
    caller: &UserCaller,
    bytes: Incoming,
    wanted: &Announcement,
) -> Result<Media> {
    let is_picture = wanted.category.is_none_or(|category| category.kind() == Kind::Image);
    if is_picture {
        let owners = &wanted.additional_owners;
        return upload_whole(app, caller, bytes, wanted.category, owners).await;
    }
    if bytes.is_empty() {
        return Err(Fault::MediaMissing.into());
    }
    let media = begin(app, caller, wanted).await?;
    let kept = keep_segment(app, caller, media.id, 0, bytes).await;
    let done = match kept {
        Ok(()) => finalize(app, caller, media.id).await,
        Err(error) => Err(error),
    };
    if done.is_err() {
        // Its client knows no id that could go on with it.
        app.store.give_up(media.id, app.now()).await?;
    }
    done
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
    media.is_async = false;
    let (name, first) = (Blobs::name(app.next_id()), bytes.first().to_vec());
    let permit = permit(app).await?;
    let looking = move |path: &Path| {
        let _permit = permit;
        inspect::look_at_picture(path, &first, category)
    };
    let looked = bytes.commit(name.clone(), looking).await?;
    let whole = whole(app, caller, &media, looked, name);
    if !app.store.add_whole(&media, &whole, additional_owners).await? {
        return Err(Error::Broken(anyhow::anyhow!("media id {} was given twice", media.id)));
    }
    app.bells.ring(whole.job.as_ref());
    let facts = whole.facts;
    media.state = State::Succeeded;
    media.progress = 100;
    media.kind = facts.kind;
    facts.mime.clone_into(&mut media.mime);
    (media.width, media.height) = (facts.width, facts.height);
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
        orientation: 1,
        served_mime: String::new(),
        alt_text: None,
        alt_text_source: None,
        created_at: now,
        expires_at: Some(end_of_life(app)),
        revision: 0,
    }
}
