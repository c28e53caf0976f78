//! Fuzz targets: an invariant for each parser of untrusted bytes. A target panics unless it holds. `make fuzz` runs the targets under libFuzzer (`fuzz/`); `tests/replay.rs`
//! runs them over the committed corpus.

mod image;
mod oauth;
mod text;

pub use image::image;
pub use oauth::{authorization, form};
pub use text::{subtitles, xmp};

/// A function that libFuzzer calls with arbitrary bytes.
pub type Target = fn(&[u8]);

/// Every target, by the name of its binary and of its folder in `fuzz/corpus`.
pub const TARGETS: [(&str, Target); 5] = [
    ("authorization", authorization),
    ("form", form),
    ("image", image),
    ("subtitles", subtitles),
    ("xmp", xmp),
];
