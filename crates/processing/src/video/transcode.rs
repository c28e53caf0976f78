//! Films and animated GIFs made playable by ffmpeg, in the jail: no shell, no network, no file
//! but its own, and the demuxer is forced.

use crate::sniff::Format;
use crate::tool::{Said, ToolError, ToolLimits};
use crate::worker::{Errand, Worker};
use std::ffi::OsString;
use std::fmt::Write;
use std::io::{BufRead, BufReader};
use std::path::Path;
use std::process::ChildStdout;
use std::sync::atomic::AtomicBool;
use std::time::Duration;

/// Why there is no film.
#[derive(Debug, thiserror::Error)]
pub enum TranscodeError {
    /// ffmpeg refuses the file; trying again does not help.
    #[error("{0}")]
    Refused(String),
    /// It could not be run to its end; trying again may help.
    #[error(transparent)]
    Tool(#[from] ToolError),
}

/// A smaller form of a film.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Rung {
    /// Pixels across.
    pub width: u32,
    /// Pixels down.
    pub height: u32,
    /// Bits a second of the pictures.
    pub bitrate: u64,
}

/// The shorter sides and bit rates of the real service's renditions.
const LADDER: [(u32, u64); 3] = [(270, 288_000), (360, 832_000), (720, 2_176_000)];

/// The renditions of a film below its own size, largest first.
pub fn ladder(width: u32, height: u32) -> Vec<Rung> {
    let (short, long) = (width.min(height).max(1), width.max(height));
    let even = |pixels: u64| u32::try_from(pixels.next_multiple_of(2)).unwrap_or(u32::MAX).max(2);
    let rung = |(side, bitrate): &(u32, u64)| {
        let longer = even(u64::from(long) * u64::from(*side) / u64::from(short));
        let (width, height) = if width < height { (*side, longer) } else { (longer, *side) };
        Rung { width, height, bitrate: *bitrate }
    };
    LADDER.iter().rev().filter(|(side, _)| *side < short).map(rung).collect()
}

/// A film to work on.
pub struct Film<'a> {
    /// Who runs ffmpeg.
    pub worker: &'a Worker,
    /// The file.
    pub input: &'a Path,
    /// Its format, told by the bytes.
    pub format: Format,
    /// A folder for what is made.
    pub folder: &'a Path,
    /// How long it is, for the progress; 0 if unknown.
    pub duration_ms: u64,
    /// Set to `true` to have the work stopped.
    pub cancel: &'a AtomicBool,
    /// Told the percentage that is done.
    pub progress: &'a (dyn Fn(u8) + Sync),
}

impl Film<'_> {
    /// An animated GIF as a soundless film that loops well, with even sides.
    pub fn from_gif(&self, out: &str) -> Result<(), TranscodeError> {
        self.ffmpeg(&[
            "-map 0:v:0 -an -c:v libx264 -preset veryfast -crf 23 -pix_fmt yuv420p",
            "-vf scale=trunc((iw+1)/2)*2:trunc((ih+1)/2)*2:flags=bicubic",
            CLEAN,
            FAST_START,
            out,
        ])
    }

    /// The same pictures and sound in a clean container that can be shown while it loads.
    pub fn remux(&self, out: &str) -> Result<(), TranscodeError> {
        self.ffmpeg(&["-map 0:v:0 -map 0:a:0? -c copy", NO_SEI, CLEAN, FAST_START, out])
    }

    /// Smaller forms, all from one decoding. Each `out` belongs to the rung at its place.
    pub fn renditions(&self, rungs: &[Rung], outs: &[String]) -> Result<(), TranscodeError> {
        let count = rungs.len();
        let mut graph = format!("[0:v:0]split={count}");
        (0..count).for_each(|n| write(&mut graph, format_args!("[s{n}]")));
        for (n, Rung { width, height, .. }) in rungs.iter().enumerate() {
            let scale = format_args!(";[s{n}]scale={width}:{height}:flags=bicubic,setsar=1[v{n}]");
            write(&mut graph, scale);
        }
        let mut arguments = vec![format!("-filter_complex {graph}")];
        for (n, (rung, out)) in rungs.iter().zip(outs).enumerate() {
            let rate = rung.bitrate;
            let sound = if rate < 500_000 { "64k" } else { "128k" };
            arguments.push(format!(
                "-map [v{n}] -map 0:a:0? -c:v libx264 -preset veryfast -profile:v high \
                 -pix_fmt yuv420p -b:v {rate} -maxrate {} -bufsize {} \
                 -force_key_frames expr:gte(t,n_forced*3) -c:a aac -ac 2 -b:a {sound}",
                rate + rate / 2,
                rate * 2
            ));
            arguments.extend([CLEAN.to_owned(), FAST_START.to_owned(), out.clone()]);
        }
        let arguments: Vec<&str> = arguments.iter().map(String::as_str).collect();
        self.ffmpeg(&arguments)
    }

    /// The first picture, as a JPEG.
    pub fn poster(&self, out: &str) -> Result<(), TranscodeError> {
        self.ffmpeg(&["-map 0:v:0 -frames:v 1 -c:v mjpeg -q:v 2 -pix_fmt yuvj420p", CLEAN, out])
    }

    /// A playlist and one file of fragments that it names, for HLS.
    pub fn hls(&self, playlist: &str, fragments: &str) -> Result<(), TranscodeError> {
        self.ffmpeg(&[
            "-map 0:v:0 -map 0:a:0? -c copy",
            CLEAN,
            "-f hls -hls_time 3 -hls_playlist_type vod -hls_flags single_file",
            "-hls_segment_type fmp4 -hls_segment_filename",
            fragments,
            playlist,
        ])
    }

    /// Runs ffmpeg. Arguments are split at spaces, which no name of ours has; names of files to
    /// write are those that have a dot and follow an option of ours.
    fn ffmpeg(&self, arguments: &[&str]) -> Result<(), TranscodeError> {
        let demuxer = if self.format == Format::Gif { "gif" } else { "mov" };
        let fixed = "-nostdin -hide_banner -v error -y -progress pipe:1 -nostats \
                     -abort_on empty_output -protocol_whitelist file -f";
        let mut all: Vec<OsString> = fixed.split_whitespace().map(OsString::from).collect();
        all.extend([demuxer.into(), "-i".into(), self.input.into()]);
        for word in arguments.iter().flat_map(|part| part.split_whitespace()) {
            let is_file = [".mp4", ".jpg", ".m3u8", ".m4s"].iter().any(|end| word.ends_with(end));
            all.push(if is_file { self.folder.join(word).into() } else { word.into() });
        }
        let errand = Errand {
            program: "ffmpeg",
            arguments: all,
            readable: &[self.input],
            writable: Some(self.folder),
            limits: LIMITS,
            cancel: Some(self.cancel),
        };
        let Said { is_ok, errors, .. } = self.worker.run(errand, |pipe| self.follow(pipe))?;
        if is_ok { Ok(()) } else { Err(TranscodeError::Refused(super::first_line(&errors))) }
    }

    /// Reads how far it is.
    fn follow(&self, pipe: ChildStdout) {
        for line in BufReader::new(pipe).lines().map_while(Result::ok) {
            let Some(microseconds) = line.strip_prefix("out_time_us=") else { continue };
            let Ok(done) = microseconds.trim().parse::<u64>() else { continue };
            let percent = (done / 10).checked_div(self.duration_ms).unwrap_or(0).min(99);
            (self.progress)(u8::try_from(percent).unwrap_or(99));
        }
    }
}

/// Nothing of the source's own words: of the container, its chapters, and its streams.
const CLEAN: &str = "-map_metadata -1 -map_metadata:s -1 -map_chapters -1 -dn -sn \
                     -fflags +bitexact -flags:v +bitexact -flags:a +bitexact";
/// The index before the pictures.
const FAST_START: &str = "-movflags +faststart";
/// Units of H.264 that no picture needs; cameras write places and serial numbers there.
const NO_SEI: &str = "-bsf:v filter_units=remove_types=6";

/// Writing to a string cannot fail.
fn write(text: &mut String, more: std::fmt::Arguments<'_>) {
    let _written = text.write_fmt(more);
}

const LIMITS: ToolLimits = ToolLimits {
    wall: Duration::from_mins(20),
    cpu_seconds: 30 * 60,
    memory: 4 << 30,
    file: 1 << 30,
};

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_ladder_stays_within_the_source() {
        let sides = |w, h| ladder(w, h).iter().map(|r| (r.width, r.height)).collect::<Vec<_>>();
        assert_eq!(sides(1280, 720), [(640, 360), (480, 270)]);
        assert_eq!(sides(1080, 1920), [(720, 1280), (360, 640), (270, 480)]);
        assert_eq!(sides(320, 240), []);
        assert_eq!(sides(640, 361), [(638, 360), (478, 270)]);
    }
}
