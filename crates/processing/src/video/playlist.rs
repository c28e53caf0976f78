//! Playlists for HLS as ffmpeg writes them, made true.

/// Starts the line with the duration of a segment.
const SEGMENT: &str = "#EXTINF:";
/// Starts the line with the whole seconds that no segment is longer than.
const TARGET: &str = "#EXT-X-TARGETDURATION:";

/// Extends the last segment of a playlist so that all together last `duration_ms`, unless they last as
/// long already. ffmpeg counts the frames of a video only, while the last segment has all the sound that
/// goes on after them.
pub(super) fn extended(playlist: &str, duration_ms: u64) -> String {
    let segments: Vec<u64> = playlist.lines().filter_map(segment_ms).collect();
    let missing = duration_ms.saturating_sub(segments.iter().sum());
    let Some(last) = segments.last().map(|ms| ms + missing).filter(|_| missing > 0) else {
        return playlist.to_owned();
    };
    let longest = segments.iter().fold(last, |longest, ms| longest.max(*ms));
    let mut lines: Vec<String> = playlist
        .lines()
        .map(|line| match line.strip_prefix(TARGET) {
            Some(_) => format!("{TARGET}{}", longest.div_ceil(1000)),
            None => line.to_owned(),
        })
        .collect();
    if let Some(line) = lines.iter_mut().rfind(|line| line.starts_with(SEGMENT)) {
        *line = format!("{SEGMENT}{}.{:03}000,", last / 1000, last % 1000);
    }
    lines.join("\n") + "\n"
}

/// The milliseconds of a line such as `#EXTINF:3.040000,`.
fn segment_ms(line: &str) -> Option<u64> {
    let (seconds, fraction) = line.strip_prefix(SEGMENT)?.split(',').next()?.split_once('.')?;
    let seconds: u64 = seconds.parse().ok()?;
    seconds.checked_mul(1000)?.checked_add(fraction.get(..3)?.parse().ok()?)
}

#[cfg(test)]
mod tests {
    use super::*;

    const PLAYLIST: &str = "#EXTM3U\n#EXT-X-TARGETDURATION:3\n#EXTINF:3.000000,\n\
                            #EXT-X-BYTERANGE:7@9\nkey.m4s\n#EXTINF:1.250000,\nkey.m4s\n\
                            #EXT-X-ENDLIST\n";

    #[test]
    fn the_last_segment_lasts_as_long_as_the_sound() {
        assert_eq!(extended(PLAYLIST, 4250), PLAYLIST);
        assert_eq!(extended(PLAYLIST, 0), PLAYLIST);
        let longer = extended(PLAYLIST, 104_300);
        let expected = PLAYLIST.replace("DURATION:3", "DURATION:102");
        assert_eq!(longer, expected.replace("1.250000", "101.300000"));
        assert_eq!(extended("#EXTM3U\n", 5), "#EXTM3U\n");
    }
}
