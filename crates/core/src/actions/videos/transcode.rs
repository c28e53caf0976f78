//! Runs ffmpeg on a blocking thread, reports its progress, and stops it when it is not needed.

use crate::app::App;
use crate::blobs::Blobs;
use crate::error::input_unavailable;
use birdhouse_domain::media::Media;
use birdhouse_processing::video::Transcoder;
use birdhouse_processing::{Format, ProcessError};
use futures_util::future::BoxFuture;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;
use tokio::sync::watch;
use tokio::task::spawn_blocking;

/// Called about once a second with the percentage that is done; returns whether the work is still
/// needed.
pub type OnProgress<'a> = &'a (dyn Fn(u8) -> BoxFuture<'a, bool> + Send + Sync);

/// Ignores progress.
pub(super) fn ignore_progress(_: u8) -> BoxFuture<'static, bool> {
    Box::pin(async { true })
}

/// Stops ffmpeg when the future that waits for it is dropped.
struct StopOnDrop(Arc<AtomicBool>);

impl StopOnDrop {
    fn stop(&self) {
        self.0.store(true, Ordering::Relaxed);
    }
}

impl Drop for StopOnDrop {
    fn drop(&mut self) {
        self.stop();
    }
}

/// What is transcoded, and who follows.
pub(super) struct TranscodeRun<'a, 'p> {
    /// The media.
    pub(super) media: &'a Media,
    /// The blob to read: the original, or the rendition in the video's own size.
    pub(super) blob: &'a str,
    /// Called with the progress.
    pub(super) on_progress: OnProgress<'p>,
}

/// Runs `derive` on a blocking thread with a work directory, and reports its progress.
pub(super) async fn transcode<T, F>(
    app: &App,
    run: TranscodeRun<'_, '_>,
    derive: F,
) -> Result<T, ProcessError>
where
    T: Send + 'static,
    F: FnOnce(&Transcoder<'_>, &Blobs) -> Result<T, ProcessError> + Send + 'static,
{
    let TranscodeRun { media, blob, on_progress } = run;
    let (blobs, worker) = (app.blobs.clone(), app.config.worker.clone());
    let (name, duration_ms) = (blob.to_owned(), media.duration_ms);
    // Derived files are MP4; only the original may be something else.
    let format = if blob == media.blob { Format::from_mime(&media.mime) } else { None };
    let bytes = app.blob_bytes(blob).await;
    let bytes = bytes.map_err(|e| ProcessError::Unavailable(e.to_string()))?;
    let permit = app.memory.permits.transcoder(media.owner).await;
    let cancel = Arc::new(AtomicBool::new(false));
    let stop = StopOnDrop(cancel.clone());
    let (percent, mut percent_seen) = watch::channel(0);
    let mut running = spawn_blocking(move || {
        // Held until ffmpeg is done, even if the request was dropped.
        let _permit = permit;
        let input = blobs.local_copy(&name, bytes).map_err(|error| input_unavailable(&error))?;
        let directory = blobs.work_directory()?;
        let transcoder = Transcoder {
            worker: &worker,
            input: input.path(),
            format: format.unwrap_or(Format::Mp4),
            directory: directory.path(),
            duration_ms,
            cancel: &cancel,
            progress: &|done| percent.send_modify(|percent| *percent = done),
        };
        derive(&transcoder, &blobs)
    });
    loop {
        tokio::select! {
            done = &mut running => return done.map_err(|e| ProcessError::Accident(e.to_string()))?,
            () = app.clock.sleep(Duration::from_secs(1)) => {
                let percent = *percent_seen.borrow_and_update();
                if !on_progress(percent).await {
                    stop.stop();
                }
            }
        }
    }
}
