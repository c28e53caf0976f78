//! Simple and chunked uploads.

use super::duplicates::replace_lost_copy;
use super::inspect::{self, InspectedUpload, UploadHints};
use super::media::own;
use super::on_demand::PATIENCE;
use super::videos;
use super::written::read_written;
use crate::app::App;
use crate::blobs::{Blobs, Incoming, NewBlob, Unfinished, blob_name};
use crate::error::{Error, Result};
use crate::host::random;
use crate::memory::shares::Share;
use birdhouse_catalog::jobs::NewJob;
use birdhouse_catalog::media::{CompletedUpload, MediaFacts};
use birdhouse_catalog::segments::{NewSegment, Segment, SegmentLimits, SegmentOutcome};
use birdhouse_domain::media::Media;
use birdhouse_domain::media_limits::{
    SEGMENT_MAX_BYTES, UNFINISHED_UPLOADS_MAX, UNPROCESSED_VIDEOS_MAX,
};
use birdhouse_domain::upload::{UploadRequest, is_async};
use birdhouse_domain::{
    Caller, Category, Fault, JobKind, Kind, MediaId, State, StoredBlob, Timestamp, UserCaller,
    UserId,
};
use birdhouse_processing::formats::{Format, SNIFF_BYTES, sniff};
use std::io::Read;
use tokio::task::spawn_blocking;

/// FINALIZE starts again if a segment arrived while it joined them, at most this often.
const FINALIZE_TRIES: usize = 5;

/// Starts to receive at most `limit` bytes from this caller. If the `declared` length of what has the
/// file is known, there is room for it from now on: it is refused now or not at all.
pub fn receive(app: &App, caller: &Caller, limit: u64, declared: Option<u64>) -> Result<Incoming> {
    let bytes = declared.unwrap_or_default().min(limit);
    let room = app.memory.permits.incoming(caller.rate_limit_key(), bytes);
    let room = room.ok_or(Fault::Overloaded)?;
    Ok(app.blobs.incoming(blob_name(app.next_id()), limit).counted_in(room))
}

/// INIT: opens an upload. Durable when this returns.
pub async fn begin(app: &App, caller: &UserCaller, request: &UploadRequest) -> Result<Media> {
    request.validate()?;
    let kind = match request.category {
        Some(category) => Some(category.kind()),
        None if request.media_type.to_ascii_lowercase().starts_with("image/") => Some(Kind::Image),
        None if request.media_type.is_empty() => None,
        None => Some(Kind::Video),
    };
    require_processing(app, kind).await?;
    let mut media = new_media(app, caller, request.category);
    media.kind = kind;
    media.total_bytes = request.total_bytes;
    if !app.catalog.add_media(&media, caller.app, &request.additional_owners).await? {
        return Err(match app.catalog.media(media.id).await? {
            None => Fault::UnfinishedTooMany { limit: UNFINISHED_UPLOADS_MAX }.into(),
            Some(_) => Error::Broken(anyhow::anyhow!("media id {} was generated twice", media.id)),
        });
    }
    Ok(media)
}

/// APPEND: stores a segment; the same index again replaces it. Durable when this returns.
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
    store_segment(app, caller, &media, index, bytes).await?;
    Ok(media)
}

async fn store_segment(
    app: &App,
    caller: &UserCaller,
    media: &Media,
    index: u32,
    bytes: Incoming,
) -> Result<()> {
    let segment = Segment { index, blob: bytes.name().to_owned(), bytes: bytes.len() };
    let ((), blob) = bytes.commit(|_| Ok(())).await?;
    let limits = SegmentLimits {
        upload: media.segments_max_bytes(),
        user: app.config.limits.unfinished_bytes,
    };
    let new = NewSegment { media: media.id, owner: caller.user, segment, limits };
    let refused = match app.catalog.put_segment(&new, app.now()).await? {
        SegmentOutcome::Stored => {
            blob.keep();
            return Ok(());
        }
        SegmentOutcome::NotReceiving => Fault::MediaNotFound,
        SegmentOutcome::UploadTooLarge => Fault::SegmentsTooLarge { limit: limits.upload },
        SegmentOutcome::UnfinishedTooLarge => Fault::UnfinishedTooLarge { limit: limits.user },
    };
    receiving(app, caller, media.id).await?;
    Err(refused.into())
}

/// The caller's own upload, if it still accepts segments.
pub async fn receiving(app: &App, caller: &UserCaller, id: MediaId) -> Result<Media> {
    let media = own(app, caller, id).await?;
    if media.state == State::Receiving { Ok(media) } else { Err(Fault::UploadFinished.into()) }
}

/// FINALIZE: joins the segments into one blob and inspects it. Atomic: all bytes or none, once;
/// repeated, it returns the same media. Durable when this returns.
pub async fn finalize(app: &App, caller: &UserCaller, id: MediaId) -> Result<Media> {
    let media = finalize_alone(app, caller, id).await?;
    publish_now(app, &media).await;
    read_written(app, || own(app, caller, id)).await
}

/// Makes a video playable whose client does not poll STATUS. If that fails now, its first reader has it
/// derived.
async fn publish_now(app: &App, media: &Media) {
    if media.kind != Some(Kind::Video) || media.is_async {
        return;
    }
    let id = media.id;
    match app.clock.timeout(PATIENCE, videos::ensure_published(app, id)).await {
        Some(Ok(_)) => {}
        Some(Err(error)) => {
            tracing::warn!(media.id = %id, %error, "media {id} is not playable yet");
        }
        None => tracing::warn!(media.id = %id, "media {id} is not playable yet"),
    }
}

/// Only one FINALIZE of a media joins its segments; the others wait for what comes of it.
async fn finalize_alone(app: &App, caller: &UserCaller, id: MediaId) -> Result<Media> {
    let lock = app.memory.media_locks.lock_of(id);
    let _only = lock.lock().await;
    for _ in 0..FINALIZE_TRIES {
        let mut media = own(app, caller, id).await?;
        if media.state != State::Receiving {
            return Ok(media);
        }
        require_processing(app, media.kind).await?;
        require_place(app, caller.user, media.kind).await?;
        // Restarts the time to expiry, as `expires_after_secs` reports it.
        media.expires_at = Some(expiry(app));
        let segments = app.catalog.segments(id).await?;
        validate_segments(&mut media, &segments)?;
        let (inspected, blob) = join(app, &media, segments).await?;
        let upload = completed(app, caller, &media, inspected.into_blob(blob.name()));
        replace_lost_copy(app, &upload.blob).await?;
        if app.catalog.finalize(&media, &upload).await? {
            blob.keep();
            notify(app, &upload);
            media.kind = upload.facts.kind;
            return Ok(media);
        }
    }
    Err(Fault::UploadFinished.into())
}

/// Refuses at once what would wait for an operator to install ffmpeg or repair the sandbox.
async fn require_processing(app: &App, kind: Option<Kind>) -> Result<()> {
    if !matches!(kind, Some(Kind::Video | Kind::AnimatedGif)) {
        return Ok(());
    }
    let worker = app.config.worker.clone();
    Ok(spawn_blocking(move || worker.require_tools()).await??)
}

/// Refuses a video if too many of its owner wait already.
async fn require_place(app: &App, owner: UserId, kind: Option<Kind>) -> Result<()> {
    if matches!(kind, Some(Kind::Image | Kind::Subtitles))
        || app.catalog.unprocessed_videos(owner).await? < UNPROCESSED_VIDEOS_MAX
    {
        return Ok(());
    }
    Err(Fault::UnprocessedTooMany { limit: UNPROCESSED_VIDEOS_MAX }.into())
}

/// Compares the segments with the announced size, or sets the size if none was announced.
fn validate_segments(media: &mut Media, segments: &[Segment]) -> Result<()> {
    let received: u64 = segments.iter().map(|s| s.bytes).sum();
    if media.total_bytes == 0 {
        // APPEND has refused more than its kind allows.
        match received {
            0 => return Err(Fault::MediaMissing.into()),
            _ => media.total_bytes = received,
        }
    }
    let missing =
        (0_u32..).zip(segments).find(|(index, s)| s.index != *index).map(|(index, _)| index);
    if received == media.total_bytes && missing.is_none() {
        return Ok(());
    }
    let announced = media.total_bytes;
    Err(Fault::SegmentsIncomplete { announced, received, missing }.into())
}

async fn join(
    app: &App,
    media: &Media,
    segments: Vec<Segment>,
) -> Result<(InspectedUpload, NewBlob)> {
    let segments: Vec<_> = segments.into_iter().map(|s| (s.blob, s.bytes)).collect();
    let first = first_bytes(app, segments.clone()).await?;
    // First, so that few files are joined at a time.
    let permit = inspection(app, media, &first).await;
    let mut joined = app.blobs.incoming(blob_name(app.next_id()), media.total_bytes);
    joined.append_blobs(segments).await?;
    let hints = UploadHints { category: media.category, is_async: media.is_async };
    let worker = app.config.worker.clone();
    let inspect = move |file: &mut Unfinished| {
        let _permit = permit;
        inspect::inspect(&worker, file, &first, hints)
    };
    joined.commit(inspect).await
}

/// The first bytes of these blobs, of which each has a length in bytes; enough to detect the format.
async fn first_bytes(app: &App, segments: Vec<(String, u64)>) -> Result<Vec<u8>> {
    let read = move |blobs: &Blobs| {
        let mut first = Vec::with_capacity(SNIFF_BYTES);
        for (name, bytes) in segments {
            let missing = (SNIFF_BYTES - first.len()) as u64;
            if missing == 0 {
                break;
            }
            blobs.open_blob(&name, bytes)?.into_file().take(missing).read_to_end(&mut first)?;
        }
        Ok(first)
    };
    app.with_blobs(read).await
}

/// A permit to inspect an upload that begins with these bytes: by ffprobe if it is a video.
async fn inspection(app: &App, media: &Media, first: &[u8]) -> Share {
    let permits = &app.memory.permits;
    if !media.is_async && sniff(first).is_some_and(Format::is_video) {
        permits.probe(media.owner).await
    } else {
        permits.inspection(media.owner).await
    }
}

/// The completed upload to store in the catalog, with the job that continues it.
fn completed(
    app: &App,
    caller: &UserCaller,
    media: &Media,
    (mut facts, blob): (MediaFacts, StoredBlob),
) -> CompletedUpload {
    if !app.config.read_embedded_alt_text {
        facts.embedded.clear();
    }
    let kind = match facts.kind {
        Some(Kind::Image) if !media.is_async => Some(JobKind::DeriveSizes),
        Some(Kind::Subtitles) | None if !media.is_async => None,
        _ => Some(JobKind::ProcessVideo),
    };
    let job = kind.map(|kind| NewJob { id: app.next_id(), kind, at: app.now() });
    let history_ids = facts.embedded.iter().map(|_| app.next_id()).collect();
    CompletedUpload { facts, blob, job, history_ids, app: caller.app }
}

/// Wakes a worker for the upload's job, and the index for its embedded alt text.
fn notify(app: &App, upload: &CompletedUpload) {
    if let Some(job) = &upload.job {
        app.memory.notify.notify(job.kind);
    }
    if !upload.facts.embedded.is_empty() {
        app.memory.notify.described();
    }
}

/// Uploads a media of any kind in one request. Durable when this returns; if it is cut off before, nothing
/// of it stays.
pub async fn upload_at_once(
    app: &App,
    caller: &UserCaller,
    bytes: Incoming,
    request: &UploadRequest,
) -> Result<Media> {
    let (category, owners) = (request.category, &request.additional_owners);
    let Some(kind) = category.map(Category::kind).filter(|kind| *kind != Kind::Image) else {
        return upload_image(app, caller, bytes, category, owners).await;
    };
    request.validate()?;
    require_processing(app, Some(kind)).await?;
    require_place(app, caller.user, Some(kind)).await?;
    let media = new_media(app, caller, category);
    let hints = UploadHints { category, is_async: media.is_async };
    let worker = app.config.worker.clone();
    let inspect =
        move |file: &mut Unfinished, first: &[u8]| inspect::inspect(&worker, file, first, hints);
    let media = complete_at_once(app, caller, bytes, NewUpload { media, owners }, inspect).await?;
    publish_now(app, &media).await;
    read_written(app, || own(app, caller, media.id)).await
}

/// Uploads an image in one request. Durable when this returns.
pub async fn upload_image(
    app: &App,
    caller: &UserCaller,
    bytes: Incoming,
    category: Option<Category>,
    additional_owners: &[UserId],
) -> Result<Media> {
    let media = Media { is_async: false, ..new_media(app, caller, category) };
    let upload = NewUpload { media, owners: additional_owners };
    let inspect = move |file: &mut Unfinished, first: &[u8]| {
        inspect::inspect_image_only(file, first, category)
    };
    let mut media = complete_at_once(app, caller, bytes, upload, inspect).await?;
    media.state = State::Succeeded;
    media.progress = 100;
    Ok(media)
}

/// A media of which all bytes are there.
struct NewUpload<'a> {
    media: Media,
    owners: &'a [UserId],
}

/// Inspects and stores a whole file, and adds its media in one write.
async fn complete_at_once(
    app: &App,
    caller: &UserCaller,
    bytes: Incoming,
    NewUpload { mut media, owners }: NewUpload<'_>,
    inspect: impl FnOnce(&mut Unfinished, &[u8]) -> Result<InspectedUpload> + Send + 'static,
) -> Result<Media> {
    if bytes.is_empty() {
        return Err(Fault::MediaMissing.into());
    }
    media.total_bytes = bytes.len();
    let first = bytes.first().to_vec();
    let permit = inspection(app, &media, &first).await;
    let inspect = move |file: &mut Unfinished| {
        let _permit = permit;
        inspect(file, &first)
    };
    let (inspected, blob) = bytes.commit(inspect).await?;
    let upload = completed(app, caller, &media, inspected.into_blob(blob.name()));
    replace_lost_copy(app, &upload.blob).await?;
    if !app.catalog.add_completed(&media, &upload, owners).await? {
        require_place(app, caller.user, upload.facts.kind).await?;
        return Err(Error::Broken(anyhow::anyhow!("media id {} was generated twice", media.id)));
    }
    blob.keep();
    notify(app, &upload);
    let facts = upload.facts;
    media.kind = facts.kind;
    facts.mime.clone_into(&mut media.mime);
    (media.width, media.height) = (facts.width, facts.height);
    Ok(media)
}

/// The expiry of a media that is uploaded now.
fn expiry(app: &App) -> Timestamp {
    app.now().plus(app.config.media_life_seconds * Timestamp::SECOND)
}

fn new_media(app: &App, caller: &UserCaller, category: Option<Category>) -> Media {
    let (id, key) = (MediaId(app.next_id()), random::alphanumeric(15));
    Media {
        category,
        is_async: is_async(category),
        expires_at: Some(expiry(app)),
        ..Media::new(id, caller.user, key, app.now())
    }
}

#[cfg(test)]
mod tests;
