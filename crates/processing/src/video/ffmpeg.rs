//! What ffprobe and ffmpeg have in common.

/// The message of the first line on standard error, without the path of the file.
pub(super) fn first_message(stderr: &str) -> String {
    let line = stderr.lines().next().unwrap_or_default();
    let message = line.rsplit(": ").next().unwrap_or_default().trim();
    if message.is_empty() {
        "it is not a readable video".to_owned()
    } else {
        message.to_lowercase()
    }
}
