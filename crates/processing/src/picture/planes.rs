//! A JPEG's own planes: brightness, and two of colour that are often half as wide and high.

use super::bitmap::{self, Bitmap};
use super::{Encoding, Undecodable, encode};
use crate::inspect::Orientation;
use fast_image_resize::PixelType;
use turbojpeg::{
    Compressor, DecompressHeader, Decompressor, ScalingFactor, Subsamp, YuvImage, YuvPlanesImage,
    yuv_pixels_len,
};

#[derive(Clone, Debug)]
struct Plane {
    width: u32,
    height: u32,
    pixels: Vec<u8>,
}

/// A picture in YCbCr.
#[derive(Clone, Debug)]
pub(super) struct Planes {
    width: u32,
    height: u32,
    y: Plane,
    cb: Plane,
    cr: Plane,
    /// How much coarser the colour is, across and down.
    coarse: (u32, u32),
}

/// The smallest scale at which the decoder still gives twice what is needed; only halves are
/// fast in it.
pub(super) fn scale((width, height): (usize, usize), needed: &[(u32, u32)]) -> ScalingFactor {
    let (w, h) = needed.iter().fold((0, 0), |(w, h), n| (w.max(n.0), h.max(n.1)));
    let is_enough = |factor: &ScalingFactor| {
        factor.scale(width) >= 2 * w as usize && factor.scale(height) >= 2 * h as usize
    };
    [ScalingFactor::ONE_EIGHTH, ScalingFactor::ONE_QUARTER, ScalingFactor::ONE_HALF]
        .into_iter()
        .find(is_enough)
        .unwrap_or(ScalingFactor::ONE)
}

/// Decoders report what they could mend as an error too. Bytes between markers, an unknown
/// colour code and a broken colour profile are in many real files and harm nothing; anything else means lost pixels.
pub(super) fn forgive(outcome: turbojpeg::Result<()>) -> Result<(), Undecodable> {
    match outcome {
        Ok(()) => Ok(()),
        Err(error) => {
            let text = error.to_string();
            let known = ["extraneous bytes", "Unknown Adobe color", "bad ICC marker"];
            let is_harmless = known.iter().any(|words| text.contains(words));
            if is_harmless { Ok(()) } else { Err(Undecodable::Decode(text)) }
        }
    }
}

pub(super) fn decode(
    decoder: &mut Decompressor,
    bytes: &[u8],
    header: &DecompressHeader,
) -> Result<Planes, Undecodable> {
    let length = yuv_pixels_len(header.width, 1, header.height, header.subsamp)
        .map_err(Undecodable::decode)?;
    let mut image = YuvImage {
        pixels: vec![0; length],
        width: header.width,
        align: 1,
        height: header.height,
        subsamp: header.subsamp,
    };
    forgive(decoder.decompress_to_yuv(bytes, image.as_deref_mut()))?;
    let side = |pixels: usize| u32::try_from(pixels).unwrap_or(u32::MAX);
    let ((y_w, y_h), (c_w, c_h)) = (image.y_size(), image.uv_size());
    let coarse = (side(header.subsamp.width()), side(header.subsamp.height()));
    let mut pixels = image.pixels;
    let mut take = |w: usize, h: usize| {
        let rest = pixels.split_off(w * h);
        let plane = std::mem::replace(&mut pixels, rest);
        Plane { width: side(w), height: side(h), pixels: plane }
    };
    let (y, cb, cr) = (take(y_w, y_h), take(c_w, c_h), take(c_w, c_h));
    Ok(Planes { width: side(header.width), height: side(header.height), y, cb, cr, coarse })
}

impl Planes {
    pub(super) fn size(&self) -> (u32, u32) {
        (self.width, self.height)
    }

    /// The same picture in another size, its colour half as fine across and down.
    pub(super) fn resized(&self, size: (u32, u32), crop: bool) -> Result<Self, Undecodable> {
        let [left, top, width, height] = bitmap::area(self.size(), size, crop);
        let y = self.y.part([left, top, width, height], size)?;
        let colour_size = (size.0.div_ceil(2), size.1.div_ceil(2));
        // An odd size has half a column of colour that no brightness stands over.
        let beyond = |to: u32, half: u32| f64::from(half * 2) / f64::from(to);
        let (fx, fy) = (f64::from(self.coarse.0), f64::from(self.coarse.1));
        let part = |plane: &Plane| {
            let (left, top) = (left / fx, top / fy);
            let w = width / fx * beyond(size.0, colour_size.0);
            let h = height / fy * beyond(size.1, colour_size.1);
            let (max_w, max_h) = (f64::from(plane.width) - left, f64::from(plane.height) - top);
            plane.part([left, top, w.min(max_w), h.min(max_h)], colour_size)
        };
        let (cb, cr) = (part(&self.cb)?, part(&self.cr)?);
        Ok(Self { width: size.0, height: size.1, y, cb, cr, coarse: (2, 2) })
    }

    pub(super) fn turned(self, orientation: Orientation) -> Self {
        if orientation.is_upright() {
            return self;
        }
        let turn = |plane: Plane| {
            let size = (plane.width, plane.height);
            let ((width, height), pixels) = bitmap::turn(&plane.pixels, size, 1, orientation);
            Plane { width, height, pixels }
        };
        let swap = orientation.is_sideways();
        let (width, height) =
            if swap { (self.height, self.width) } else { (self.width, self.height) };
        let coarse = if swap { (self.coarse.1, self.coarse.0) } else { self.coarse };
        Self { width, height, y: turn(self.y), cb: turn(self.cb), cr: turn(self.cr), coarse }
    }

    /// As a JPEG; only after [`Planes::resized`], which brings the colour to 4:2:0.
    pub(super) fn encoded(&self) -> Result<Vec<u8>, Undecodable> {
        let broken = |_| Undecodable::Encode(Encoding::Jpeg);
        let (y, cb, cr) = (self.y.evened(), &self.cb, &self.cr);
        let image = YuvPlanesImage {
            y_plane: &y.pixels[..],
            u_plane: &cb.pixels[..],
            v_plane: &cr.pixels[..],
            width: self.width as usize,
            height: self.height as usize,
            y_stride: y.width as usize,
            u_stride: cb.width as usize,
            v_stride: cr.width as usize,
            subsamp: Subsamp::Sub2x2,
        };
        let mut compressor = Compressor::new().map_err(broken)?;
        compressor.set_quality(encode::JPEG_QUALITY.into()).map_err(broken)?;
        compressor.compress_yuv_planes_to_vec(&image).map_err(broken)
    }

    /// In RGB, by the formula of JFIF.
    pub(super) fn to_rgb(&self) -> Bitmap {
        let mut pixels = Vec::with_capacity(self.width as usize * self.height as usize * 3);
        for row in 0..self.height {
            for column in 0..self.width {
                let y = f32::from(self.y.at(column, row));
                let (cx, cy) = (column / self.coarse.0, row / self.coarse.1);
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
    fn part(&self, area: [f64; 4], size: (u32, u32)) -> Result<Self, Undecodable> {
        let from = (self.width, self.height);
        let pixels = bitmap::resample(&self.pixels, from, PixelType::U8, area, size)?;
        Ok(Self { width: size.0, height: size.1, pixels })
    }

    fn at(&self, column: u32, row: u32) -> u8 {
        let (column, row) = (column.min(self.width - 1), row.min(self.height - 1));
        self.pixels[row as usize * self.width as usize + column as usize]
    }

    /// With its last column and row doubled where they are odd: the encoder reads whole pairs.
    fn evened(&self) -> std::borrow::Cow<'_, Self> {
        let (width, height) = (self.width.next_multiple_of(2), self.height.next_multiple_of(2));
        if (width, height) == (self.width, self.height) {
            return std::borrow::Cow::Borrowed(self);
        }
        let pixels = (0..height)
            .flat_map(|row| (0..width).map(move |column| self.at(column, row)))
            .collect();
        std::borrow::Cow::Owned(Self { width, height, pixels })
    }
}
