//! JPEG by libjpeg-turbo.

use crate::image::bitmap::Bitmap;
use crate::image::codec::Decoded;
use crate::image::color;
use crate::image::error::CodecError;
use crate::image::planes::{Plane, Planes};
use crate::image::raster::Raster;
use turbojpeg::{
    Colorspace, Compressor, DecompressHeader, Decompressor, PixelFormat, ScalingFactor, Subsamp,
    YuvImage, YuvPlanesImage, yuv_pixels_len,
};

const ENCODE_FAILED: CodecError = CodecError::Encode("JPEG");

/// Decodes to planes if no color conversion is needed, otherwise to RGB.
pub(super) fn decode(bytes: &[u8], sizes: &[(u32, u32)]) -> Result<Decoded, CodecError> {
    let mut decoder = Decompressor::new().map_err(CodecError::decode)?;
    decoder.set_scan_limit(100).map_err(CodecError::decode)?;
    let header = decoder.read_header(bytes).map_err(CodecError::decode)?;
    let profile = color_profile(bytes).filter(|profile| !color::is_srgb(profile));
    let factor = scaling_factor((header.width, header.height), sizes);
    decoder.set_scaling_factor(factor).map_err(CodecError::decode)?;
    let scaled = header.scaled(factor);
    if profile.is_none() && header.colorspace == Colorspace::YCbCr {
        let planes = decode_planes(&mut decoder, bytes, &scaled)?;
        return Ok(Decoded { raster: Raster::Planes(planes), profile: None });
    }
    let is_cmyk = matches!(header.colorspace, Colorspace::CMYK | Colorspace::YCCK);
    let (format, channels) = if is_cmyk { (PixelFormat::CMYK, 4) } else { (PixelFormat::RGB, 3) };
    let mut pixels = vec![0; scaled.width * scaled.height * channels];
    let image = turbojpeg::Image {
        pixels: &mut pixels[..],
        width: scaled.width,
        pitch: scaled.width * channels,
        height: scaled.height,
        format,
    };
    tolerate_warnings(decoder.decompress(bytes, image))?;
    let (width, height) = (side(scaled.width), side(scaled.height));
    if is_cmyk {
        // The profile describes four inks; without it, the plain formula is used.
        let pixels = color::inverted_cmyk_to_rgb(&pixels);
        return Ok(Decoded::from_bitmap(Bitmap { width, height, channels: 3, pixels }, None));
    }
    Ok(Decoded::from_bitmap(Bitmap { width, height, channels: 3, pixels }, profile))
}

fn side(pixels: usize) -> u32 {
    u32::try_from(pixels).unwrap_or(u32::MAX)
}

/// The color profile of a JPEG: its pieces in order.
fn color_profile(bytes: &[u8]) -> Option<Vec<u8>> {
    let mut pieces: Vec<(u8, &[u8])> = Vec::new();
    let mut rest = bytes.get(2..)?;
    while let [0xff, marker, high, low, ..] = rest {
        let length = usize::from(u16::from_be_bytes([*high, *low]));
        if *marker == 0xda || length < 2 {
            break;
        }
        let body = rest.get(4..2 + length)?;
        if *marker == 0xe2
            && let Some([number, _, piece @ ..]) = body.strip_prefix(b"ICC_PROFILE\0")
        {
            pieces.push((*number, piece));
        }
        rest = &rest[2 + length..];
    }
    pieces.sort_by_key(|(number, _)| *number);
    let whole: Vec<u8> = pieces.into_iter().flat_map(|(_, piece)| piece.iter().copied()).collect();
    (!whole.is_empty()).then_some(whole)
}

/// The smallest scale at which the decoder still returns twice the largest size; only powers of
/// two are fast in it.
fn scaling_factor((width, height): (usize, usize), sizes: &[(u32, u32)]) -> ScalingFactor {
    let (w, h) = sizes.iter().fold((0, 0), |(w, h), size| (w.max(size.0), h.max(size.1)));
    let is_enough = |factor: &ScalingFactor| {
        factor.scale(width) >= 2 * w as usize && factor.scale(height) >= 2 * h as usize
    };
    [ScalingFactor::ONE_EIGHTH, ScalingFactor::ONE_QUARTER, ScalingFactor::ONE_HALF]
        .into_iter()
        .find(is_enough)
        .unwrap_or(ScalingFactor::ONE)
}

/// The decoder reports what it could repair as an error too. Bytes between markers, an unknown
/// color code and a broken color profile are in many real files and harm nothing; anything else
/// means lost pixels.
fn tolerate_warnings(outcome: turbojpeg::Result<()>) -> Result<(), CodecError> {
    match outcome {
        Ok(()) => Ok(()),
        Err(error) => {
            let text = error.to_string();
            let harmless = ["extraneous bytes", "Unknown Adobe color", "bad ICC marker"];
            let is_harmless = harmless.iter().any(|words| text.contains(words));
            if is_harmless { Ok(()) } else { Err(CodecError::Decode(text)) }
        }
    }
}

fn decode_planes(
    decoder: &mut Decompressor,
    bytes: &[u8],
    header: &DecompressHeader,
) -> Result<Planes, CodecError> {
    let length = yuv_pixels_len(header.width, 1, header.height, header.subsamp)
        .map_err(CodecError::decode)?;
    let mut image = YuvImage {
        pixels: vec![0; length],
        width: header.width,
        align: 1,
        height: header.height,
        subsamp: header.subsamp,
    };
    tolerate_warnings(decoder.decompress_to_yuv(bytes, image.as_deref_mut()))?;
    let (luma_size, chroma_size) = (image.y_size(), image.uv_size());
    let subsampling = (side(header.subsamp.width()), side(header.subsamp.height()));
    let mut pixels = image.pixels;
    let mut split_off = |(w, h): (usize, usize)| {
        let rest = pixels.split_off(w * h);
        let plane = std::mem::replace(&mut pixels, rest);
        Plane { width: side(w), height: side(h), pixels: plane }
    };
    let (y, cb, cr) = (split_off(luma_size), split_off(chroma_size), split_off(chroma_size));
    let (width, height) = (side(header.width), side(header.height));
    Ok(Planes { width, height, y, cb, cr, subsampling })
}

/// Encodes planes as they are, everything else from RGB.
pub(super) fn encode(raster: &Raster, quality: u8) -> Result<Vec<u8>, CodecError> {
    match raster {
        Raster::Rgb(bitmap) => encode_rgb(&bitmap.opaque(), quality),
        Raster::Planes(planes) => encode_planes(planes, quality),
    }
}

fn encode_rgb(bitmap: &Bitmap, quality: u8) -> Result<Vec<u8>, CodecError> {
    let mut compressor = compressor(quality)?;
    compressor.set_subsamp(Subsamp::Sub2x2).map_err(|_| ENCODE_FAILED)?;
    let image = turbojpeg::Image {
        pixels: &bitmap.pixels[..],
        width: bitmap.width as usize,
        pitch: bitmap.width as usize * 3,
        height: bitmap.height as usize,
        format: PixelFormat::RGB,
    };
    compressor.compress_to_vec(image).map_err(|_| ENCODE_FAILED)
}

/// Only after [`Planes::resized`], which brings the color to 4:2:0.
fn encode_planes(planes: &Planes, quality: u8) -> Result<Vec<u8>, CodecError> {
    let (y, cb, cr) = (planes.y.padded_to_even(), &planes.cb, &planes.cr);
    let image = YuvPlanesImage {
        y_plane: &y.pixels[..],
        u_plane: &cb.pixels[..],
        v_plane: &cr.pixels[..],
        width: planes.width as usize,
        height: planes.height as usize,
        y_stride: y.width as usize,
        u_stride: cb.width as usize,
        v_stride: cr.width as usize,
        subsamp: Subsamp::Sub2x2,
    };
    compressor(quality)?.compress_yuv_planes_to_vec(&image).map_err(|_| ENCODE_FAILED)
}

fn compressor(quality: u8) -> Result<Compressor, CodecError> {
    let mut compressor = Compressor::new().map_err(|_| ENCODE_FAILED)?;
    compressor.set_quality(quality.into()).map_err(|_| ENCODE_FAILED)?;
    Ok(compressor)
}
