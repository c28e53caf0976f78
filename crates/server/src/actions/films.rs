//! Films and animated GIFs: published as soon as one form plays, then given their smaller forms.

use crate::app::App;
use crate::blobs::{Blobs, WorkFolder};
use crate::error::{Error, Result};
use crate::store::variants::{NewVariant, Variant};
use birdhouse_domain::media::{Failure, Media};
use birdhouse_domain::{Kind, MediaId};
use birdhouse_processing::tool::ToolError;
use birdhouse_processing::video::{Film, Rung, TranscodeError, ladder};
use birdhouse_processing::{Format, Limits, inspect_image};
use std::fs::File;
use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;
use tokio::sync::watch;
use tokio::task::spawn_blocking;

/// Content type of a film that plays.
pub const MP4: &str = "video/mp4";
/// Content type of a playlist.
pub const PLAYLIST: &str = "application/x-mpegURL";
/// Content type of the fragments that a playlist names.
pub const FRAGMENTS: &str = "video/iso.segment";
/// Name of the variant that holds the first picture of a film.
pub const POSTER: &str = "poster";
/// Name of the form in the film's own size.
pub const MAIN: &str = "main";

/// Told how far the work is; tells whether it is still wanted.
pub struct Follow<'a> {
    /// Called about once a second with the percentage; `false` stops the work.
    pub each: &'a (dyn Fn(u8) -> futures_util::future::BoxFuture<'a, bool> + Send + Sync),
}

/// Nobody follows.
pub fn nobody(_: u8) -> futures_util::future::BoxFuture<'static, bool> {
    Box::pin(async { true })
}

/// Stops ffmpeg when whoever waited for it is gone.
struct StopOnDrop(Arc<AtomicBool>);

impl Drop for StopOnDrop {
    fn drop(&mut self) {
        self.0.store(true, Ordering::Relaxed);
    }
}

/// Makes the form in the film's own size, and its poster, unless they are there. A refusal by
/// ffmpeg is the film's failure.
pub async fn publish(
    app: &App,
    media: &Media,
    follow: Follow<'_>,
) -> Result<std::result::Result<Vec<NewVariant>, Failure>> {
    let is_gif = media.kind == Some(Kind::AnimatedGif);
    let names = Names::new(app, 2);
    let size = (media.width, media.height);
    let made = work(app, media, &media.blob, follow, move |film, blobs| {
        let mut all = Vec::new();
        if is_gif {
            film.from_gif("main.mp4")?;
        } else {
            film.remux("main.mp4")?;
            film.poster("poster.jpg")?;
            all.push(poster(blobs, &film.folder.join("poster.jpg"), names.at(1))?);
        }
        let path = film.folder.join("main.mp4");
        all.push(keep(blobs, &path, names.at(0), (MAIN, MP4, size, film.duration_ms))?);
        Ok(all)
    })
    .await;
    match made {
        Ok(made) => Ok(Ok(made)),
        Err(WorkError::Refused(why)) => Ok(Err(Failure {
            code: 1,
            name: "InvalidMedia".to_owned(),
            message: format!("file is invalid: {why}"),
        })),
        Err(WorkError::Broken(error)) => Err(error),
    }
}

/// Makes the smaller forms of a film, and the playlists of all.
pub async fn finish(app: &App, media: &Media, follow: Follow<'_>) -> Result<Vec<NewVariant>> {
    let there = app.store.variants(media.id).await?;
    let Some(main) = there.iter().find(|v| v.name == MAIN) else { return Ok(Vec::new()) };
    let rungs = ladder(media.width, media.height);
    let names = Names::new(app, 3 * rungs.len() + 2);
    let (size, key) = ((media.width, media.height), media.public_key.clone());
    let made = work(app, media, &main.blob, follow, move |film, blobs| {
        let outs: Vec<String> = (0..rungs.len()).map(|n| format!("{n}.mp4")).collect();
        if !rungs.is_empty() {
            film.renditions(&rungs, &outs)?;
        }
        let mut all = Vec::new();
        let own = Rung { width: size.0, height: size.1, bitrate: 0 };
        let forms = rungs.iter().zip(&outs).map(|(r, out)| (*r, film.folder.join(out)));
        let forms = forms.chain([(own, film.input.to_owned())]);
        for (n, (rung, path)) in forms.enumerate() {
            let (name, size) = (form_name(rung, own), (rung.width, rung.height));
            let of = |what| (&*name, what, size, film.duration_ms);
            let form = Film { input: &path, format: Format::Mp4, progress: &|_| {}, ..*film };
            form.hls(&format!("{key}.m3u8"), &format!("{key}.m4s"))?;
            let playlist = film.folder.join(format!("{key}.m3u8"));
            all.push(keep(blobs, &playlist, names.at(3 * n), of(PLAYLIST))?);
            let fragments = film.folder.join(format!("{key}.m4s"));
            all.push(keep(blobs, &fragments, names.at(3 * n + 1), of(FRAGMENTS))?);
            if rung != own {
                all.push(keep(blobs, &path, names.at(3 * n + 2), of(MP4))?);
            }
        }
        Ok(all)
    })
    .await;
    match made {
        Ok(made) => Ok(made),
        Err(WorkError::Refused(why)) => {
            tracing::warn!(media.id = %media.id, why, "a film keeps only its own size");
            Ok(Vec::new())
        }
        Err(WorkError::Broken(error)) => Err(error),
    }
}

fn form_name(rung: Rung, own: Rung) -> String {
    if rung == own { MAIN.to_owned() } else { format!("{}x{}", rung.width, rung.height) }
}

/// Names for new blobs, drawn before the work begins.
struct Names(Vec<String>);

impl Names {
    fn new(app: &App, count: usize) -> Self {
        Self((0..count).map(|_| Blobs::name(app.next_id())).collect())
    }

    fn at(&self, place: usize) -> String {
        self.0.get(place).cloned().unwrap_or_default()
    }
}

enum WorkError {
    Refused(String),
    Broken(Error),
}

impl From<TranscodeError> for WorkError {
    fn from(error: TranscodeError) -> Self {
        match error {
            TranscodeError::Refused(why) => Self::Refused(why),
            // It would not end in time the next time either.
            TranscodeError::Tool(late @ ToolError::TimedOut(_)) => Self::Refused(late.to_string()),
            TranscodeError::Tool(error) => Self::Broken(Error::Broken(error.into())),
        }
    }
}

impl From<std::io::Error> for WorkError {
    fn from(error: std::io::Error) -> Self {
        Self::Broken(error.into())
    }
}

/// Runs ffmpeg's work on a blocking thread, and follows it.
async fn work<F>(
    app: &App,
    media: &Media,
    blob: &str,
    follow: Follow<'_>,
    make: F,
) -> std::result::Result<Vec<NewVariant>, WorkError>
where
    F: FnOnce(&Film<'_>, &Blobs) -> std::result::Result<Vec<NewVariant>, WorkError>
        + Send
        + 'static,
{
    let (blobs, worker) = (app.blobs.clone(), app.config.worker.clone());
    let (path, duration_ms) = (app.blobs.path(blob), media.duration_ms);
    // What is made is MP4; only the upload itself may be something else.
    let format = if blob == media.blob { Format::from_mime(&media.mime) } else { None };
    let cancel = Arc::new(AtomicBool::new(false));
    let stop = StopOnDrop(cancel.clone());
    let (percent, mut percent_seen) = watch::channel(0);
    let mut running = spawn_blocking(move || {
        let folder = WorkFolder::new(&blobs)?;
        let film = Film {
            worker: &worker,
            input: &path,
            format: format.unwrap_or(Format::Mp4),
            folder: folder.path(),
            duration_ms,
            cancel: &cancel,
            progress: &|done| percent.send_modify(|percent| *percent = done),
        };
        make(&film, &blobs)
    });
    let mut tick = tokio::time::interval(Duration::from_secs(1));
    loop {
        tokio::select! {
            done = &mut running => {
                return done.map_err(|e| WorkError::Broken(Error::Broken(e.into())))?;
            }
            _ = tick.tick() => {
                let percent = *percent_seen.borrow_and_update();
                if !(follow.each)(percent).await {
                    stop.0.store(true, Ordering::Relaxed);
                }
            }
        }
    }
}

fn poster(blobs: &Blobs, path: &Path, name: String) -> std::result::Result<NewVariant, WorkError> {
    let found = inspect_image(&mut File::open(path)?, &Limits::default())
        .map_err(|error| WorkError::Refused(format!("its first picture is broken: {error}")))?;
    let size = (found.facts.width, found.facts.height);
    Ok(keep(blobs, path, name, (POSTER, Format::Jpeg.mime(), size, 0))?)
}

fn keep(
    blobs: &Blobs,
    path: &Path,
    name: String,
    (variant, mime, (width, height), duration_ms): (&str, &str, (u32, u32), u64),
) -> std::io::Result<NewVariant> {
    let blob = blobs.adopt(path, name)?;
    let bitrate = (blob.bytes * 8000).checked_div(duration_ms).unwrap_or(0);
    let variant = Variant {
        name: variant.to_owned(),
        mime: mime.to_owned(),
        width,
        height,
        bitrate,
        ..Variant::default()
    };
    Ok(NewVariant { variant, blob })
}

/// Publishes a film that is already succeeded, if that was not done yet; whoever asks at the same
/// time waits for the same work.
pub async fn ensure_published(app: &App, id: MediaId) -> Result<Option<Failure>> {
    let lock = app.making.lock_of(id);
    let _only = lock.lock().await;
    let Some(media) = app.store.media(id).await? else { return Ok(None) };
    if app.store.variants(id).await?.iter().any(|v| v.name == MAIN && v.mime == MP4) {
        return Ok(None);
    }
    match publish(app, &media, Follow { each: &nobody }).await? {
        Ok(made) => {
            add(app, id, made).await?;
            Ok(None)
        }
        Err(failure) => Ok(Some(failure)),
    }
}

/// Adds what was made, or lets it go if the media went meanwhile.
pub async fn add(app: &App, id: MediaId, made: Vec<NewVariant>) -> Result<bool> {
    if app.store.add_variants(id, &made).await? {
        return Ok(true);
    }
    for one in &made {
        app.store.add_garbage(&one.blob.name).await?;
    }
    Ok(false)
}
