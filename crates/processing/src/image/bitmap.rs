//! Pixels in RGB or RGBA, 8 bits each.

use super::error::CodecError;
use crate::orientation::Orientation;
use fast_image_resize::images::{Image, ImageRef};
use fast_image_resize::{FilterType, PixelType, ResizeAlg, ResizeOptions, Resizer};
use std::borrow::Cow;

/// Interleaved pixels.
#[derive(Clone, Debug)]
pub(crate) struct Bitmap {
    pub(crate) width: u32,
    pub(crate) height: u32,
    /// 3 for RGB, 4 for RGBA.
    pub(crate) channels: u8,
    pub(crate) pixels: Vec<u8>,
}

impl Bitmap {
    /// Pixels across and down.
    pub(crate) fn size(&self) -> (u32, u32) {
        (self.width, self.height)
    }

    /// The image in another size; with `crop` it fills the size and the overhang is cut off evenly.
    pub(crate) fn resized(&self, size: (u32, u32), crop: bool) -> Result<Self, CodecError> {
        let kind = if self.channels == 4 { PixelType::U8x4 } else { PixelType::U8x3 };
        let area = Area::visible(self.size(), size, crop);
        let pixels = resample(&self.pixels, self.size(), kind, area, size)?;
        Ok(Self { width: size.0, height: size.1, channels: self.channels, pixels })
    }

    /// The image brought upright from this orientation.
    pub(crate) fn rotated(self, orientation: Orientation) -> Self {
        if orientation.is_upright() {
            return self;
        }
        let channels = usize::from(self.channels);
        let (size, pixels) = rotate(&self.pixels, self.size(), channels, orientation);
        Self { width: size.0, height: size.1, channels: self.channels, pixels }
    }

    /// The image on a white background, for formats without transparency.
    pub(super) fn opaque(&self) -> Cow<'_, Self> {
        if self.channels == 3 {
            return Cow::Borrowed(self);
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
        Cow::Owned(Self { channels: 3, pixels, ..*self })
    }
}

/// A rectangle of an image, in pixels.
#[derive(Clone, Copy, Debug)]
pub(super) struct Area {
    pub(super) left: f64,
    pub(super) top: f64,
    pub(super) width: f64,
    pub(super) height: f64,
}

impl Area {
    /// The part of an image that is visible in a size: all of it, or with `crop` the middle that
    /// has the shape of the size.
    pub(super) fn visible(from: (u32, u32), to: (u32, u32), crop: bool) -> Self {
        let (w, h) = (f64::from(from.0), f64::from(from.1));
        if !crop {
            return Self { left: 0.0, top: 0.0, width: w, height: h };
        }
        let ratio = f64::from(to.0) / f64::from(to.1);
        let (width, height) = if w > h * ratio { (h * ratio, h) } else { (w, w / ratio) };
        Self { left: (w - width) / 2.0, top: (h - height) / 2.0, width, height }
    }
}

/// Lanczos resampling of a part of an interleaved image or a single plane.
pub(super) fn resample(
    pixels: &[u8],
    from: (u32, u32),
    kind: PixelType,
    area: Area,
    to: (u32, u32),
) -> Result<Vec<u8>, CodecError> {
    let source = ImageRef::new(from.0, from.1, pixels, kind).map_err(CodecError::decode)?;
    let mut out = Image::new(to.0, to.1, kind);
    let options = ResizeOptions::new()
        .resize_alg(ResizeAlg::Convolution(FilterType::Lanczos3))
        .crop(area.left, area.top, area.width, area.height);
    Resizer::new().resize(&source, &mut out, &options).map_err(CodecError::decode)?;
    Ok(out.into_vec())
}

/// Brings stored pixels upright; their new size, and the pixels.
pub(super) fn rotate(
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
            // Where the pixel at (x, y) of the upright image is stored.
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
