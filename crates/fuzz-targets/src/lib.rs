//! Fuzz targets: an invariant for each parser of untrusted bytes. A target panics unless it holds. `make fuzz` runs the targets under libFuzzer (`fuzz/`); `tests/replay.rs`
//! runs them over the committed corpus.

mod image;
mod oauth;
mod request;
mod text;

pub use image::image;
pub use oauth::{authorization, form};
pub use request::request;
pub use text::{alt_text_lint, subtitles, xmp};

/// A function that libFuzzer calls with arbitrary bytes.
pub type Target = fn(&[u8]);

/// Every target, by the name of its binary and of its directory in `fuzz/corpus`.
pub const TARGETS: [(&str, Target); 7] = [
    ("alt_text_lint", alt_text_lint),
    ("authorization", authorization),
    ("form", form),
    ("image", image),
    ("request", request),
    ("subtitles", subtitles),
    ("xmp", xmp),
];
