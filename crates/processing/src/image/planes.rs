//! The planes of a JPEG: brightness, and two of color that are often half as wide and high.

use super::bitmap::{self, Area, Bitmap};
use super::error::CodecError;
use crate::orientation::Orientation;
use fast_image_resize::PixelType;
use std::borrow::Cow;

/// One value a pixel, row by row.
#[derive(Clone, Debug)]
pub(crate) struct Plane {
    pub(super) width: u32,
    pub(super) height: u32,
    pub(super) pixels: Vec<u8>,
}

/// An image in YCbCr.
#[derive(Clone, Debug)]
pub(crate) struct Planes {
    pub(super) width: u32,
    pub(super) height: u32,
    pub(super) y: Plane,
    pub(super) cb: Plane,
    pub(super) cr: Plane,
    /// Pixels across and down that share one color value.
    pub(super) subsampling: (u32, u32),
}

impl Planes {
    /// Pixels across and down.
    pub(super) fn size(&self) -> (u32, u32) {
        (self.width, self.height)
    }

    /// The same image in another size, its color half as fine across and down.
    pub(super) fn resized(&self, size: (u32, u32), crop: bool) -> Result<Self, CodecError> {
        let Area { left, top, width, height } = Area::visible(self.size(), size, crop);
        let y = self.y.resized(Area { left, top, width, height }, size)?;
        let color_size = (size.0.div_ceil(2), size.1.div_ceil(2));
        // At an odd size, half of the last column of color lies beyond the last pixel.
        let beyond = |to: u32, half: u32| f64::from(half * 2) / f64::from(to);
        let (fx, fy) = (f64::from(self.subsampling.0), f64::from(self.subsampling.1));
        let resized = |plane: &Plane| {
            let (left, top) = (left / fx, top / fy);
            let w = width / fx * beyond(size.0, color_size.0);
            let h = height / fy * beyond(size.1, color_size.1);
            let (max_w, max_h) = (f64::from(plane.width) - left, f64::from(plane.height) - top);
            let area = Area { left, top, width: w.min(max_w), height: h.min(max_h) };
            plane.resized(area, color_size)
        };
        let (cb, cr) = (resized(&self.cb)?, resized(&self.cr)?);
        Ok(Self { width: size.0, height: size.1, y, cb, cr, subsampling: (2, 2) })
    }

    /// The image brought upright from this orientation.
    pub(super) fn rotated(self, orientation: Orientation) -> Self {
        if orientation.is_upright() {
            return self;
        }
        let rotate = |plane: Plane| {
            let size = (plane.width, plane.height);
            let ((width, height), pixels) = bitmap::rotate(&plane.pixels, size, 1, orientation);
            Plane { width, height, pixels }
        };
        let swap = orientation.is_sideways();
        let (width, height) =
            if swap { (self.height, self.width) } else { (self.width, self.height) };
        let subsampling =
            if swap { (self.subsampling.1, self.subsampling.0) } else { self.subsampling };
        let (y, cb, cr) = (rotate(self.y), rotate(self.cb), rotate(self.cr));
        Self { width, height, y, cb, cr, subsampling }
    }

    /// The image in RGB, by the formula of JFIF.
    pub(super) fn to_rgb(&self) -> Bitmap {
        let mut pixels = Vec::with_capacity(self.width as usize * self.height as usize * 3);
        for row in 0..self.height {
            for column in 0..self.width {
                let y = f32::from(self.y.at(column, row));
                let (cx, cy) = (column / self.subsampling.0, row / self.subsampling.1);
                let cb = f32::from(self.cb.at(cx, cy)) - 128.0;
                let cr = f32::from(self.cr.at(cx, cy)) - 128.0;
                #[expect(
                    clippy::cast_possible_truncation,
                    clippy::cast_sign_loss,
                    reason = "clamped to a byte"
                )]
                let byte = |value: f32| value.round().clamp(0.0, 255.0) as u8;
                pixels.push(byte(y + 1.402 * cr));
                pixels.push(byte(y - 0.344_136 * cb - 0.714_136 * cr));
                pixels.push(byte(y + 1.772 * cb));
            }
        }
        Bitmap { width: self.width, height: self.height, channels: 3, pixels }
    }
}

impl Plane {
    /// A part of the plane in another size.
    fn resized(&self, area: Area, size: (u32, u32)) -> Result<Self, CodecError> {
        let from = (self.width, self.height);
        let pixels = bitmap::resample(&self.pixels, from, PixelType::U8, area, size)?;
        Ok(Self { width: size.0, height: size.1, pixels })
    }

    /// The value of a pixel; beyond an edge, that of the nearest pixel.
    fn at(&self, column: u32, row: u32) -> u8 {
        let (column, row) = (column.min(self.width - 1), row.min(self.height - 1));
        self.pixels[row as usize * self.width as usize + column as usize]
    }

    /// The plane with its last column and row repeated if their number is odd: the encoder reads
    /// whole pairs.
    pub(super) fn padded_to_even(&self) -> Cow<'_, Self> {
        let (width, height) = (self.width.next_multiple_of(2), self.height.next_multiple_of(2));
        if (width, height) == (self.width, self.height) {
            return Cow::Borrowed(self);
        }
        let pixels = (0..height)
            .flat_map(|row| (0..width).map(move |column| self.at(column, row)))
            .collect();
        Cow::Owned(Self { width, height, pixels })
    }
}
