//! Conversion of colors to sRGB.

use super::bitmap::Bitmap;
use moxcms::{ColorProfile, Layout, TransformOptions};

/// Whether a profile names sRGB, so that the pixels need no conversion. Cameras and editors all
/// write the name.
pub(super) fn is_srgb(profile: &[u8]) -> bool {
    let wide: Vec<u8> = "sRGB".encode_utf16().flat_map(u16::to_be_bytes).collect();
    let has = |name: &[u8]| profile.windows(name.len()).any(|window| window == name);
    has(b"sRGB") || has(&wide)
}

/// Converts in place; if the profile cannot be used, the pixels are kept as they are.
pub(crate) fn to_srgb(bitmap: &mut Bitmap, profile: &[u8]) {
    let Ok(source) = ColorProfile::new_from_slice(profile) else { return };
    let layout = if bitmap.channels == 4 { Layout::Rgba } else { Layout::Rgb };
    let target = ColorProfile::new_srgb();
    let options = TransformOptions::default();
    let Ok(transform) = source.create_transform_8bit(layout, &target, layout, options) else {
        return;
    };
    let mut out = vec![0; bitmap.pixels.len()];
    if transform.transform(&bitmap.pixels, &mut out).is_ok() {
        bitmap.pixels = out;
    }
}

/// CMYK as Adobe writes it, inverted, to RGB, by the formula of every viewer that has no profile.
pub(super) fn inverted_cmyk_to_rgb(pixels: &[u8]) -> Vec<u8> {
    let times =
        |a: u8, b: u8| u8::try_from((u16::from(a) * u16::from(b) + 127) / 255).unwrap_or(u8::MAX);
    let rgb = |p: &[u8]| [times(p[0], p[3]), times(p[1], p[3]), times(p[2], p[3])];
    pixels.chunks_exact(4).flat_map(rgb).collect()
}
