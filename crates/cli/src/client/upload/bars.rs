//! A bar for each file that is sent, on a terminal; elsewhere only long pauses are reported.

use crate::client::speak;
use birdhouse_client::media_file::MediaFile;
use birdhouse_client::progress::{Pause, Progress};
use indicatif::{MultiProgress, ProgressBar, ProgressStyle};
use std::io::IsTerminal;
use std::time::Duration;

const SENDING: &str = "{prefix:<24!} {wide_bar} {bytes:>10} of {total_bytes:<10} \
                       {binary_bytes_per_sec:>12}, {eta} left {msg}";
const PROCESSING: &str = "{prefix:<24!} {spinner} processed by the server {msg}";
/// The bars of a run. Cheap to clone.
#[derive(Clone)]
pub(super) struct Bars {
    all: MultiProgress,
    is_visible: bool,
}

impl Bars {
    pub(super) fn new() -> Self {
        Self { all: MultiProgress::new(), is_visible: std::io::stderr().is_terminal() }
    }

    /// A bar for a file.
    pub(super) fn add(&self, file: &MediaFile) -> FileBar {
        let name = file.path.file_name().unwrap_or(file.path.as_os_str()).display().to_string();
        let name = speak::excerpt(&name, 60);
        let bar = if self.is_visible {
            self.all.add(ProgressBar::new(file.bytes))
        } else {
            ProgressBar::hidden()
        };
        bar.set_style(style(SENDING));
        bar.set_prefix(name);
        bar.enable_steady_tick(Duration::from_millis(200));
        FileBar { bar, is_visible: self.is_visible }
    }

    /// Does something without bars in its way.
    pub(super) fn hidden<T>(&self, work: impl FnOnce() -> T) -> T {
        if self.is_visible { self.all.suspend(work) } else { work() }
    }

    /// Removes all bars.
    pub(super) fn finish(&self) {
        drop(self.all.clear());
    }
}

/// Of requests that have no bar.
impl Progress for Bars {
    fn pauses(&self, pause: &Pause, duration: Duration) {
        self.hidden(|| speak::LongPauses.pauses(pause, duration));
    }
}

/// The bar of a file.
pub(super) struct FileBar {
    bar: ProgressBar,
    is_visible: bool,
}

impl FileBar {
    /// Removes the bar.
    pub(super) fn finish(&self) {
        self.bar.finish_and_clear();
    }
}

impl Progress for FileBar {
    fn sent(&self, bytes: u64) {
        self.bar.inc(bytes);
        self.bar.set_message("");
    }

    fn lost(&self, bytes: u64) {
        self.bar.dec(bytes);
    }

    fn resumed(&self, bytes: u64) {
        self.bar.inc(bytes);
        self.bar.reset_eta();
        if bytes > 0 {
            self.bar.set_message("(resumed)");
        }
    }

    fn pauses(&self, pause: &Pause, duration: Duration) {
        if self.is_visible {
            let text = speak::about_pause(pause, duration);
            self.bar.set_message(format!("({})", speak::excerpt(&text, 60)));
        } else {
            speak::LongPauses.pauses(pause, duration);
        }
    }

    fn processing(&self, percent: Option<u8>) {
        self.bar.set_style(style(PROCESSING));
        self.bar.set_message(percent.map(|percent| format!("{percent} %")).unwrap_or_default());
    }
}

fn style(template: &str) -> ProgressStyle {
    ProgressStyle::with_template(template).unwrap_or_else(|_| ProgressStyle::default_bar())
}
