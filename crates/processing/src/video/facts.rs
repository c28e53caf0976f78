//! What ffprobe finds out about a video.

/// Size, duration and codecs of a video.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct VideoFacts {
    /// Pixels across, as shown (rotation applied).
    pub width: u32,
    /// Pixels down, as shown.
    pub height: u32,
    /// Duration in milliseconds: of the video stream, or of the sound or the whole file if those go on
    /// for more than a second longer.
    pub duration_ms: u64,
    /// Codec of the video stream, as ffprobe names it, such as `h264`.
    pub video_codec: String,
    /// Pixel format, such as `yuv420p`.
    pub pixel_format: String,
    /// Frames per 1000 seconds; 0 if unknown.
    pub frame_rate_millihertz: u64,
    /// Width to height of a pixel, such as `1:1`; empty if unknown.
    pub pixel_aspect: String,
    /// Whether each frame consists of two fields of every other line.
    pub is_interlaced: bool,
    /// Codec of the audio stream; `None` without one.
    pub audio_codec: Option<String>,
    /// Profile of the audio codec, such as `LC`; empty if unknown.
    pub audio_profile: String,
    /// Audio channels; 0 without an audio stream.
    pub audio_channels: u32,
}
