//! Films: what ffprobe says of them, and whether a Tweet may carry them.

mod rules;
mod transcode;

pub use rules::{Refusal, check, check_gif};
pub use transcode::{Film, Rung, TranscodeError, ladder};

use crate::sniff::Format;
use crate::tool::{self, ToolError};
use crate::worker::{Errand, Worker};
use serde::Deserialize;
use std::ffi::OsString;
use std::path::Path;

/// Bytes that are read of what ffprobe says.
const SAID_MAX: u64 = 1 << 20;

/// What a film is.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct VideoFacts {
    /// Pixels across, as shown (rotation applied).
    pub width: u32,
    /// Pixels down, as shown.
    pub height: u32,
    /// Duration in milliseconds.
    pub duration_ms: u64,
    /// Codec of the pictures, in ffprobe's words, such as `h264`.
    pub video_codec: String,
    /// Pixel format, such as `yuv420p`.
    pub pixel_format: String,
    /// Pictures a second, in thousandths.
    pub millihertz: u64,
    /// Shape of a pixel, such as `1:1`; empty if the film does not say.
    pub pixel_aspect: String,
    /// Whether each picture comes in two halves of every other line.
    pub is_interlaced: bool,
    /// Codec of the sound; `None` without sound.
    pub audio_codec: Option<String>,
    /// Profile of the sound's codec, such as `LC`; empty if unknown.
    pub audio_profile: String,
    /// Channels of the sound.
    pub audio_channels: u32,
}

/// Why there are no facts.
#[derive(Debug, thiserror::Error)]
pub enum ProbeError {
    /// ffprobe could not be run; trying again may help.
    #[error(transparent)]
    Tool(#[from] ToolError),
    /// ffprobe says that this is no readable film.
    #[error("{0}")]
    Unreadable(String),
}

/// Looks at a film with ffprobe, which may open this file only.
pub fn probe(worker: &Worker, path: &Path, format: Format) -> Result<VideoFacts, ProbeError> {
    // The demuxer is forced: a playlist that calls itself a film would open other files.
    let demuxer = if format.is_video() { "mov" } else { "gif" };
    let arguments = [
        "-v",
        "error",
        "-hide_banner",
        "-protocol_whitelist",
        "file",
        "-f",
        demuxer,
        "-print_format",
        "json",
        "-show_format",
        "-show_streams",
        "-i",
    ];
    let mut arguments: Vec<OsString> = arguments.map(OsString::from).into();
    arguments.push(path.into());
    let errand = Errand { program: "ffprobe", arguments, readable: &[path], ..Errand::default() };
    match worker.run(errand, tool::read_all(SAID_MAX)) {
        Ok(said) if said.is_ok => parse(&said.output),
        Ok(said) => Err(ProbeError::Unreadable(first_line(&said.errors))),
        Err(ToolError::TimedOut(_)) => {
            Err(ProbeError::Unreadable("reading it takes too long".to_owned()))
        }
        Err(other) => Err(other.into()),
    }
}

/// The first line that ffprobe wrote, without the path of the file.
fn first_line(errors: &str) -> String {
    let line = errors.lines().next().unwrap_or_default();
    let text = line.rsplit(": ").next().unwrap_or_default().trim();
    if text.is_empty() { "it is no readable film".to_owned() } else { text.to_lowercase() }
}

#[derive(Deserialize)]
struct Probed {
    #[serde(default)]
    streams: Vec<Stream>,
    format: Option<Container>,
}

#[derive(Deserialize)]
struct Container {
    duration: Option<String>,
}

#[derive(Deserialize, Default)]
#[serde(default)]
struct Stream {
    codec_type: String,
    codec_name: String,
    width: u32,
    height: u32,
    pix_fmt: String,
    avg_frame_rate: String,
    r_frame_rate: String,
    duration: Option<String>,
    side_data_list: Vec<SideData>,
    disposition: Disposition,
    sample_aspect_ratio: String,
    field_order: String,
    profile: String,
    channels: u32,
}

#[derive(Deserialize, Default)]
#[serde(default)]
struct SideData {
    rotation: Option<f64>,
}

#[derive(Deserialize, Default)]
#[serde(default)]
struct Disposition {
    attached_pic: u8,
}

/// Reads ffprobe's JSON.
pub fn parse(json: &[u8]) -> Result<VideoFacts, ProbeError> {
    let probed: Probed = serde_json::from_slice(json)
        .map_err(|_| ProbeError::Unreadable("what ffprobe said cannot be read".to_owned()))?;
    let is_film = |s: &&Stream| s.codec_type == "video" && s.disposition.attached_pic == 0;
    let Some(film) = probed.streams.iter().find(is_film) else {
        return Err(ProbeError::Unreadable("it has no video stream".to_owned()));
    };
    let seconds =
        film.duration.as_deref().or(probed.format.as_ref().and_then(|f| f.duration.as_deref()));
    let turned = film.side_data_list.iter().find_map(|side| side.rotation).unwrap_or(0.0);
    let is_sideways = (turned.abs() - 90.0).abs() < 1.0 || (turned.abs() - 270.0).abs() < 1.0;
    let (width, height) =
        if is_sideways { (film.height, film.width) } else { (film.width, film.height) };
    let sound = probed.streams.iter().find(|s| s.codec_type == "audio");
    Ok(VideoFacts {
        width,
        height,
        duration_ms: milliseconds(seconds.unwrap_or_default()),
        video_codec: film.codec_name.clone(),
        pixel_format: film.pix_fmt.clone(),
        millihertz: rate(&film.avg_frame_rate).or(rate(&film.r_frame_rate)).unwrap_or(0),
        // `0:1` says that it is not known.
        pixel_aspect: film.sample_aspect_ratio.replace("0:1", ""),
        is_interlaced: matches!(film.field_order.as_str(), "tt" | "bb" | "tb" | "bt"),
        audio_codec: sound.map(|s| s.codec_name.clone()),
        audio_profile: sound.map(|s| s.profile.clone()).unwrap_or_default(),
        audio_channels: sound.map_or(0, |s| s.channels),
    })
}

/// `12.345000` seconds in milliseconds.
fn milliseconds(text: &str) -> u64 {
    let (whole, fraction) = text.split_once('.').unwrap_or((text, ""));
    let thousandths: String = fraction.chars().chain("000".chars()).take(3).collect();
    let whole: u64 = whole.parse().unwrap_or(0);
    whole.saturating_mul(1000).saturating_add(thousandths.parse().unwrap_or(0))
}

/// `30000/1001` in thousandths of a hertz.
fn rate(text: &str) -> Option<u64> {
    let (count, seconds) = text.split_once('/')?;
    let (count, seconds): (u64, u64) = (count.parse().ok()?, seconds.parse().ok()?);
    count.saturating_mul(1000).checked_div(seconds).filter(|rate| *rate > 0)
}
