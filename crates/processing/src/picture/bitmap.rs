//! Pixels in RGB or RGBA, 8 bits each.

use super::Undecodable;
use crate::inspect::Orientation;
use fast_image_resize::images::{Image, ImageRef};
use fast_image_resize::{FilterType, PixelType, ResizeAlg, ResizeOptions, Resizer};

/// A picture in memory.
#[derive(Clone, Debug)]
pub(super) struct Bitmap {
    pub(super) width: u32,
    pub(super) height: u32,
    /// 3 for RGB, 4 for RGBA.
    pub(super) channels: u8,
    pub(super) pixels: Vec<u8>,
}

impl Bitmap {
    pub(super) fn size(&self) -> (u32, u32) {
        (self.width, self.height)
    }

    pub(super) fn resized(&self, size: (u32, u32), crop: bool) -> Result<Self, Undecodable> {
        let kind = if self.channels == 4 { PixelType::U8x4 } else { PixelType::U8x3 };
        let area = area(self.size(), size, crop);
        let pixels = resample(&self.pixels, self.size(), kind, area, size)?;
        Ok(Self { width: size.0, height: size.1, channels: self.channels, pixels })
    }

    pub(super) fn turned(self, orientation: Orientation) -> Self {
        if orientation.is_upright() {
            return self;
        }
        let channels = usize::from(self.channels);
        let (size, pixels) = turn(&self.pixels, self.size(), channels, orientation);
        Self { width: size.0, height: size.1, channels: self.channels, pixels }
    }

    /// The same on a white ground, for formats that know no transparency.
    pub(super) fn opaque(&self) -> std::borrow::Cow<'_, Self> {
        if self.channels == 3 {
            return std::borrow::Cow::Borrowed(self);
        }
        let over_white = |pixel: &[u8]| {
            let alpha = u16::from(pixel[3]);
            let blend = |value: u8| {
                let sum = u16::from(value) * alpha + 255 * (255 - alpha) + 127;
                u8::try_from(sum / 255).unwrap_or(u8::MAX)
            };
            [blend(pixel[0]), blend(pixel[1]), blend(pixel[2])]
        };
        let pixels = self.pixels.chunks_exact(4).flat_map(over_white).collect();
        std::borrow::Cow::Owned(Self { channels: 3, pixels, ..*self })
    }
}

/// The part of a picture that is shown in a size: left, top, width, height.
pub(super) fn area(from: (u32, u32), to: (u32, u32), crop: bool) -> [f64; 4] {
    let (w, h) = (f64::from(from.0), f64::from(from.1));
    if !crop {
        return [0.0, 0.0, w, h];
    }
    let ratio = f64::from(to.0) / f64::from(to.1);
    let (part_w, part_h) = if w > h * ratio { (h * ratio, h) } else { (w, w / ratio) };
    [(w - part_w) / 2.0, (h - part_h) / 2.0, part_w, part_h]
}

/// Lanczos resampling of a part of an interleaved picture or a single plane.
pub(super) fn resample(
    pixels: &[u8],
    from: (u32, u32),
    kind: PixelType,
    [left, top, width, height]: [f64; 4],
    to: (u32, u32),
) -> Result<Vec<u8>, Undecodable> {
    let source = ImageRef::new(from.0, from.1, pixels, kind).map_err(Undecodable::decode)?;
    let mut out = Image::new(to.0, to.1, kind);
    let options = ResizeOptions::new()
        .resize_alg(ResizeAlg::Convolution(FilterType::Lanczos3))
        .crop(left, top, width, height);
    Resizer::new().resize(&source, &mut out, &options).map_err(Undecodable::decode)?;
    Ok(out.into_vec())
}

/// Brings stored pixels upright.
pub(super) fn turn(
    pixels: &[u8],
    (width, height): (u32, u32),
    channels: usize,
    orientation: Orientation,
) -> ((u32, u32), Vec<u8>) {
    let (w, h) = (width as usize, height as usize);
    let (out_w, out_h) = if orientation.is_sideways() { (h, w) } else { (w, h) };
    let mut out = Vec::with_capacity(pixels.len());
    for y in 0..out_h {
        for x in 0..out_w {
            // Where the pixel at (x, y) of the upright picture is stored.
            let (from_x, from_y) = match orientation.value() {
                2 => (w - 1 - x, y),
                3 => (w - 1 - x, h - 1 - y),
                4 => (x, h - 1 - y),
                5 => (y, x),
                6 => (y, h - 1 - x),
                7 => (w - 1 - y, h - 1 - x),
                8 => (w - 1 - y, x),
                _ => (x, y),
            };
            let at = (from_y * w + from_x) * channels;
            out.extend_from_slice(&pixels[at..at + channels]);
        }
    }
    let size = if orientation.is_sideways() { (height, width) } else { (width, height) };
    (size, out)
}
