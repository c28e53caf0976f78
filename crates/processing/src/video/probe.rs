//! Inspection of videos by ffprobe, in the sandbox.

use super::facts::VideoFacts;
use crate::failure::ProcessError;
use crate::formats::Format;
use crate::tool;
use crate::worker::{ToolRun, Worker};
use serde::Deserialize;
use std::ffi::OsString;
use std::path::Path;

/// Bytes of ffprobe's output that are read.
const OUTPUT_MAX: u64 = 1 << 20;
/// Milliseconds that sound may go on after the last frame, as it does in nearly every file: its frames
/// are longer. They do not count.
pub(super) const TAIL_MS: u64 = 1000;

/// Inspects a video or a GIF with ffprobe, which may open this file only.
pub fn probe(worker: &Worker, path: &Path, format: Format) -> Result<VideoFacts, ProcessError> {
    // The demuxer is forced: a playlist that pretends to be a video would open other files.
    let not_a_video = || ProcessError::Invalid("it is not a video".to_owned());
    let demuxer = format.demuxer().ok_or_else(not_a_video)?;
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
    let run = ToolRun { program: "ffprobe", arguments, readable: &[path], ..ToolRun::default() };
    let ran = worker.run(run, tool::read_all(OUTPUT_MAX))?;
    ran.end?;
    parse(&ran.output)
}

/// The output of ffprobe, as far as it is used.
#[derive(Deserialize)]
struct ProbeOutput {
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
pub fn parse(json: &[u8]) -> Result<VideoFacts, ProcessError> {
    let output: ProbeOutput = serde_json::from_slice(json)
        .map_err(|_| ProcessError::Invalid("the output of ffprobe is malformed".to_owned()))?;
    let is_video = |s: &&Stream| s.codec_type == "video" && s.disposition.attached_pic == 0;
    let Some(video) = output.streams.iter().find(is_video) else {
        return Err(ProcessError::Invalid("it has no video stream".to_owned()));
    };
    let rotation = video.side_data_list.iter().find_map(|side| side.rotation).unwrap_or(0.0);
    let is_sideways = (rotation.abs() - 90.0).abs() < 1.0 || (rotation.abs() - 270.0).abs() < 1.0;
    let (width, height) =
        if is_sideways { (video.height, video.width) } else { (video.width, video.height) };
    let audio = output.streams.iter().find(|s| s.codec_type == "audio");
    let container = output.format.as_ref().and_then(|format| format.duration.as_deref());
    let others = [audio.and_then(|stream| stream.duration.as_deref()), container];
    Ok(VideoFacts {
        width,
        height,
        duration_ms: duration(video.duration.as_deref(), others),
        video_codec: video.codec_name.clone(),
        pixel_format: video.pix_fmt.clone(),
        frame_rate_millihertz: millihertz(&video.avg_frame_rate)
            .or(millihertz(&video.r_frame_rate))
            .unwrap_or(0),
        // `0:1` means that it is not known.
        pixel_aspect: video.sample_aspect_ratio.replace("0:1", ""),
        is_interlaced: matches!(video.field_order.as_str(), "tt" | "bb" | "tb" | "bt"),
        audio_codec: audio.map(|s| s.codec_name.clone()),
        audio_profile: audio.map(|s| s.profile.clone()).unwrap_or_default(),
        audio_channels: audio.map_or(0, |s| s.channels),
    })
}

/// How long it plays, in milliseconds: as long as its video stream or, if that is over much earlier,
/// as long as the longest of all.
fn duration(video: Option<&str>, others: [Option<&str>; 2]) -> u64 {
    let video = video.map_or(0, milliseconds);
    let longest = others.into_iter().flatten().map(milliseconds).max().unwrap_or(0);
    if longest > video + TAIL_MS { longest } else { video }
}

/// `12.345000` seconds in milliseconds.
fn milliseconds(text: &str) -> u64 {
    let (whole, fraction) = text.split_once('.').unwrap_or((text, ""));
    let thousandths: String = fraction.chars().chain("000".chars()).take(3).collect();
    let whole: u64 = whole.parse().unwrap_or(0);
    whole.saturating_mul(1000).saturating_add(thousandths.parse().unwrap_or(0))
}

/// `30000/1001` in thousandths of a hertz.
fn millihertz(text: &str) -> Option<u64> {
    let (count, seconds) = text.split_once('/')?;
    let (count, seconds): (u64, u64) = (count.parse().ok()?, seconds.parse().ok()?);
    count.saturating_mul(1000).checked_div(seconds).filter(|rate| *rate > 0)
}
