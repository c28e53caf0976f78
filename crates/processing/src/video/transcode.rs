//! Videos and animated GIFs made playable by ffmpeg, in the sandbox: no shell, no network, no files
//! but its own, and the demuxer is forced.

use super::playlist;
use super::probe::{TAIL_MS, probe};
use super::renditions::Rendition;
use super::rules::{LONGEST_MS, validate_longest};
use crate::failure::{ProcessError, confirmed};
use crate::formats::Format;
use crate::tool::ToolLimits;
use crate::worker::{ToolRun, Worker};
use std::ffi::OsString;
use std::fmt::Write;
use std::fs;
use std::io::{BufRead, BufReader};
use std::path::Path;
use std::process::ChildStdout;
use std::sync::atomic::AtomicBool;
use std::time::Duration;

/// A video or an animated GIF to transcode. Names of output files are those within the directory.
pub struct Transcoder<'a> {
    /// Runs ffmpeg.
    pub worker: &'a Worker,
    /// The file to read.
    pub input: &'a Path,
    /// Its format, as its first bytes show it.
    pub format: Format,
    /// A directory for the output.
    pub directory: &'a Path,
    /// Duration in milliseconds, of which playlists promise no less; 0 if unknown.
    pub duration_ms: u64,
    /// Set to `true` to have ffmpeg killed.
    pub cancel: &'a AtomicBool,
    /// Called with the percentage that is done.
    pub progress: &'a (dyn Fn(u8) + Sync),
}

impl Transcoder<'_> {
    /// Encodes an animated GIF as a video without sound, its sides made even.
    pub fn gif_to_mp4(&self, out: &str) -> Result<(), ProcessError> {
        // A frame that is shown for long is repeated, so that the last one is, too. In a GIF that lasts
        // for hours these would be millions; its frames are counted, so that it needs no other bound.
        let is_long = self.duration_ms > LONGEST_MS;
        self.ffmpeg_within(
            if is_long { None } else { Some(PLAYED_MAX) },
            &[
                if is_long { "-fps_mode vfr" } else { FRAME_RATE_MAX },
                "-map 0:V:0 -an -c:v libx264 -preset veryfast -crf 23 -pix_fmt yuv420p",
                "-vf scale=trunc((iw+1)/2)*2:trunc((ih+1)/2)*2:flags=bicubic",
                NO_METADATA,
                FAST_START,
                out,
            ],
        )
    }

    /// Copies the video and audio streams into a container without metadata that can be played
    /// while it loads. Returns how many milliseconds it plays, which is what the headers of the
    /// original promised, or else what is there. A file that plays for too long is invalid.
    pub fn remux(&self, out: &str) -> Result<u64, ProcessError> {
        self.ffmpeg(&["-map 0:V:0 -map 0:a:0? -c copy", NO_SEI, NO_METADATA, FAST_START, out])?;
        let file = self.directory.join(out);
        let played = confirmed(|| probe(self.worker, &file, Format::Mp4))?.duration_ms;
        if played.abs_diff(self.duration_ms) <= TAIL_MS {
            return Ok(self.duration_ms);
        }
        let validated = validate_longest(played);
        validated.map(|()| played).map_err(|refusal| ProcessError::Invalid(refusal.message))
    }

    /// Encodes smaller renditions, all from one decoding. The file at an index of `outs` receives
    /// the rendition at the same index.
    pub fn renditions(
        &self,
        renditions: &[Rendition],
        outs: &[String],
    ) -> Result<(), ProcessError> {
        let count = renditions.len();
        let mut graph = format!("[0:V:0]split={count}");
        (0..count).for_each(|n| write(&mut graph, format_args!("[s{n}]")));
        for (n, Rendition { width, height, .. }) in renditions.iter().enumerate() {
            let scale = format_args!(";[s{n}]scale={width}:{height}:flags=bicubic,setsar=1[v{n}]");
            write(&mut graph, scale);
        }
        let mut arguments = vec![format!("-filter_complex {graph}")];
        for (n, (rendition, out)) in renditions.iter().zip(outs).enumerate() {
            let rate = rendition.bitrate;
            let audio_rate = if rate < 500_000 { "64k" } else { "128k" };
            arguments.push(format!(
                "-map [v{n}] -map 0:a:0? -c:v libx264 -preset veryfast -profile:v high \
                 {FRAME_RATE_MAX} -pix_fmt yuv420p -b:v {rate} -maxrate {} -bufsize {} \
                 -force_key_frames expr:gte(t,n_forced*3) -c:a aac -ac 2 -b:a {audio_rate}",
                rate + rate / 2,
                rate * 2
            ));
            arguments.extend([NO_METADATA.to_owned(), FAST_START.to_owned(), out.clone()]);
        }
        let arguments: Vec<&str> = arguments.iter().map(String::as_str).collect();
        self.ffmpeg(&arguments)
    }

    /// Writes the first frame as a JPEG.
    pub fn poster(&self, out: &str) -> Result<(), ProcessError> {
        self.ffmpeg(&[
            "-map 0:V:0 -frames:v 1 -c:v mjpeg -q:v 2 -pix_fmt yuvj420p",
            NO_METADATA,
            out,
        ])
    }

    /// Writes a playlist for HLS and the one file of media segments that it names.
    pub fn hls(&self, playlist: &str, segments: &str) -> Result<(), ProcessError> {
        self.ffmpeg(&[
            "-map 0:V:0 -map 0:a:0? -c copy",
            NO_METADATA,
            "-f hls -hls_time 3 -hls_playlist_type vod -hls_flags single_file",
            "-hls_segment_type fmp4 -hls_segment_filename",
            segments,
            playlist,
        ])?;
        let playlist = self.directory.join(playlist);
        let text = playlist::extended(&fs::read_to_string(&playlist)?, self.duration_ms);
        Ok(fs::write(&playlist, text)?)
    }

    /// Runs ffmpeg on as much of the file as a video may have.
    fn ffmpeg(&self, arguments: &[&str]) -> Result<(), ProcessError> {
        self.ffmpeg_within(Some(PLAYED_MAX), arguments)
    }

    /// Runs ffmpeg on so many milliseconds of the file, or on all. Arguments are split at spaces, which no output file has in its name; words that
    /// end like an output file are placed in the directory.
    fn ffmpeg_within(
        &self,
        milliseconds: Option<u64>,
        arguments: &[&str],
    ) -> Result<(), ProcessError> {
        let not_a_video = || ProcessError::Invalid("it is not a video".to_owned());
        let demuxer = self.format.demuxer().ok_or_else(not_a_video)?;
        let fixed = "-nostdin -hide_banner -v error -y -progress pipe:1 -nostats \
                     -abort_on empty_output -protocol_whitelist file -f";
        let mut all: Vec<OsString> = fixed.split_whitespace().map(OsString::from).collect();
        all.push(demuxer.into());
        if let Some(milliseconds) = milliseconds {
            all.extend(["-t".into(), format!("{milliseconds}ms").into()]);
        }
        all.extend(["-i".into(), self.input.into()]);
        for word in arguments.iter().flat_map(|part| part.split_whitespace()) {
            let is_file = [".mp4", ".jpg", ".m3u8", ".m4s"].iter().any(|end| word.ends_with(end));
            all.push(if is_file { self.directory.join(word).into() } else { word.into() });
        }
        confirmed(|| {
            let run = ToolRun {
                program: "ffmpeg",
                arguments: all.clone(),
                readable: &[self.input],
                writable: Some(self.directory),
                limits: LIMITS,
                cancel: Some(self.cancel),
            };
            self.worker.run(run, |pipe| self.report_progress(pipe))?.end
        })
    }

    /// Reads the progress that ffmpeg prints.
    fn report_progress(&self, pipe: ChildStdout) {
        for line in BufReader::new(pipe).lines().map_while(Result::ok) {
            let Some(microseconds) = line.strip_prefix("out_time_us=") else { continue };
            let Ok(done) = microseconds.trim().parse::<u64>() else { continue };
            let percent = (done / 10).checked_div(self.duration_ms).unwrap_or(0).min(99);
            (self.progress)(u8::try_from(percent).unwrap_or(99));
        }
    }
}

// In `-map`, `V` is a video stream that is not an image attached to the file, such as a cover: the
// stream that ffprobe's facts are about.

/// Drops the metadata of the container, its chapters, and its streams.
const NO_METADATA: &str = "-map_metadata -1 -map_metadata:s -1 -map_chapters -1 -dn -sn \
                           -fflags +bitexact -flags:v +bitexact -flags:a +bitexact";
/// Milliseconds of a file that are read, whatever its headers promise: a little more than are allowed,
/// so that what has more is noticed.
const PLAYED_MAX: u64 = LONGEST_MS + 2 * TAIL_MS;
/// Frames are repeated for a constant frame rate. It is guessed from the shortest time between two of
/// them, which may be next to none.
const FRAME_RATE_MAX: &str = "-fpsmax 61";
/// Writes the index before the streams.
const FAST_START: &str = "-movflags +faststart";
/// Drops supplemental units of H.264, which no frame needs; cameras write locations and serial
/// numbers there.
const NO_SEI: &str = "-bsf:v filter_units=remove_types=6";

/// Writing to a string cannot fail.
fn write(text: &mut String, more: std::fmt::Arguments<'_>) {
    let _written = text.write_fmt(more);
}

/// What one run of ffmpeg may use.
const LIMITS: ToolLimits = ToolLimits {
    wall_time: Duration::from_mins(20),
    cpu_seconds: 30 * 60,
    memory_bytes: 4 << 30,
    file_bytes: 1 << 30,
};
