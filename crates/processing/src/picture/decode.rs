//! Files to pixels.

use super::bitmap::Bitmap;
use super::{Raster, Undecodable, color};
use std::io::Cursor;

/// A picture as its decoder hands it out.
pub(super) struct Decoded {
    pub(super) raster: Raster,
    /// A colour profile that is not sRGB.
    pub(super) profile: Option<Vec<u8>>,
}

impl Decoded {
    fn rgb(bitmap: Bitmap, profile: Option<Vec<u8>>) -> Self {
        let profile = profile.filter(|profile| !color::is_srgb(profile));
        Self { raster: Raster::Rgb(bitmap), profile }
    }
}

fn bitmap(width: u32, height: u32, channels: u8, pixels: Vec<u8>) -> Bitmap {
    Bitmap { width, height, channels, pixels }
}

/// `needed` are the sizes that will be made, of the picture as stored.
#[cfg(feature = "native")]
pub(super) fn jpeg(bytes: &[u8], needed: &[(u32, u32)]) -> Result<Decoded, Undecodable> {
    use turbojpeg::{Colorspace, PixelFormat};
    let mut decoder = turbojpeg::Decompressor::new().map_err(Undecodable::decode)?;
    decoder.set_scan_limit(100).map_err(Undecodable::decode)?;
    let header = decoder.read_header(bytes).map_err(Undecodable::decode)?;
    let profile = jpeg_profile(bytes).filter(|profile| !color::is_srgb(profile));
    let factor = super::planes::scale((header.width, header.height), needed);
    decoder.set_scaling_factor(factor).map_err(Undecodable::decode)?;
    if profile.is_none() && header.colorspace == Colorspace::YCbCr {
        let planes = super::planes::decode(&mut decoder, bytes, &header.scaled(factor))?;
        return Ok(Decoded { raster: Raster::Planes(planes), profile: None });
    }
    let is_cmyk = matches!(header.colorspace, Colorspace::CMYK | Colorspace::YCCK);
    let scaled = header.scaled(factor);
    let (format, channels) = if is_cmyk { (PixelFormat::CMYK, 4) } else { (PixelFormat::RGB, 3) };
    let mut pixels = vec![0; scaled.width * scaled.height * channels];
    let image = turbojpeg::Image {
        pixels: &mut pixels[..],
        width: scaled.width,
        pitch: scaled.width * channels,
        height: scaled.height,
        format,
    };
    super::planes::forgive(decoder.decompress(bytes, image))?;
    let side = |pixels: usize| u32::try_from(pixels).unwrap_or(u32::MAX);
    let (width, height) = (side(scaled.width), side(scaled.height));
    if is_cmyk {
        // The profile is of four inks; without it, the plain formula.
        let rgb = color::inverted_cmyk_to_rgb(&pixels);
        return Ok(Decoded::rgb(bitmap(width, height, 3, rgb), None));
    }
    Ok(Decoded::rgb(bitmap(width, height, 3, pixels), profile))
}

/// The colour profile of a JPEG: its pieces in order.
#[cfg(feature = "native")]
fn jpeg_profile(bytes: &[u8]) -> Option<Vec<u8>> {
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

/// `needed` are the sizes that will be made; this decoder knows only the full size.
#[cfg(not(feature = "native"))]
pub(super) fn jpeg(bytes: &[u8], _needed: &[(u32, u32)]) -> Result<Decoded, Undecodable> {
    use zune_core::colorspace::ColorSpace;
    use zune_core::options::DecoderOptions;
    let wrong = |error| Undecodable::Decode(format!("{error:?}"));
    let options = DecoderOptions::default()
        .set_max_width(65_535)
        .set_max_height(65_535)
        .set_strict_mode(true)
        .jpeg_set_max_scans(100)
        .jpeg_set_out_colorspace(ColorSpace::RGB);
    let mut decoder = zune_jpeg::JpegDecoder::new_with_options(Cursor::new(bytes), options);
    decoder.decode_headers().map_err(wrong)?;
    let is_cmyk = matches!(decoder.input_colorspace(), Some(ColorSpace::CMYK | ColorSpace::YCCK));
    if is_cmyk {
        decoder.set_options(options.jpeg_set_out_colorspace(ColorSpace::CMYK));
    }
    let pixels = decoder.decode().map_err(wrong)?;
    let info = decoder.info().ok_or_else(|| Undecodable::Decode("it has no size".to_owned()))?;
    let (width, height) = (info.width.into(), info.height.into());
    let profile = decoder.icc_profile();
    if is_cmyk && decoder.output_colorspace() == Some(ColorSpace::CMYK) {
        let rgb = color::inverted_cmyk_to_rgb(&pixels);
        return Ok(Decoded::rgb(bitmap(width, height, 3, rgb), None));
    }
    Ok(Decoded::rgb(bitmap(width, height, 3, pixels), profile.filter(|_| !is_cmyk)))
}

pub(super) fn png(bytes: &[u8]) -> Result<Decoded, Undecodable> {
    let mut decoder = png::Decoder::new(Cursor::new(bytes));
    decoder.set_transformations(png::Transformations::normalize_to_color8());
    decoder.set_ignore_text_chunk(true);
    decoder.set_limits(png::Limits { bytes: 1 << 30 });
    let mut reader = decoder.read_info().map_err(Undecodable::decode)?;
    let (width, height) = (reader.info().width, reader.info().height);
    let profile = reader.info().icc_profile.as_ref().map(|profile| profile.to_vec());
    let length = reader
        .output_buffer_size()
        .ok_or_else(|| Undecodable::Decode("it is too large".to_owned()))?;
    let mut pixels = vec![0; length];
    let frame = reader.next_frame(&mut pixels).map_err(Undecodable::decode)?;
    pixels.truncate(frame.buffer_size());
    let (channels, pixels) = match frame.color_type {
        png::ColorType::Rgb => (3, pixels),
        png::ColorType::Rgba => (4, pixels),
        png::ColorType::Grayscale => (3, pixels.iter().flat_map(|g| [*g, *g, *g]).collect()),
        png::ColorType::GrayscaleAlpha => {
            (4, pixels.chunks_exact(2).flat_map(|p| [p[0], p[0], p[0], p[1]]).collect())
        }
        png::ColorType::Indexed => {
            return Err(Undecodable::Decode("its palette is missing".to_owned()));
        }
    };
    // A profile of greys says nothing about the three channels that they became.
    let is_color = matches!(frame.color_type, png::ColorType::Rgb | png::ColorType::Rgba);
    Ok(Decoded::rgb(bitmap(width, height, channels, pixels), profile.filter(|_| is_color)))
}

/// The first frame, on the canvas.
pub(super) fn gif(bytes: &[u8]) -> Result<Decoded, Undecodable> {
    let mut options = gif::DecodeOptions::new();
    options.set_color_output(gif::ColorOutput::RGBA);
    options.set_memory_limit(gif::MemoryLimit::Unlimited);
    let mut decoder = options.read_info(Cursor::new(bytes)).map_err(Undecodable::decode)?;
    let (canvas_w, canvas_h) = (usize::from(decoder.width()), usize::from(decoder.height()));
    let Some(frame) = decoder.read_next_frame().map_err(Undecodable::decode)? else {
        return Err(Undecodable::Decode("it has no frame".to_owned()));
    };
    let (w, h) = (usize::from(frame.width), usize::from(frame.height));
    let (left, top) = (usize::from(frame.left), usize::from(frame.top));
    // A canvas of no size is that of the first frame, as the check found.
    let (out_w, out_h) = if canvas_w == 0 || canvas_h == 0 { (w, h) } else { (canvas_w, canvas_h) };
    let mut pixels = vec![0; out_w * out_h * 4];
    for row in 0..h.min(out_h.saturating_sub(top)) {
        let shown = w.min(out_w.saturating_sub(left)) * 4;
        let to = ((row + top) * out_w + left) * 4;
        if shown > 0 {
            pixels[to..to + shown].copy_from_slice(&frame.buffer[row * w * 4..][..shown]);
        }
    }
    let side = |pixels: usize| u32::try_from(pixels).unwrap_or(u32::MAX);
    Ok(Decoded::rgb(bitmap(side(out_w), side(out_h), 4, pixels), None))
}

/// The first frame; libwebp is faster, and the Rust decoder reads animations too.
pub(super) fn webp(bytes: &[u8]) -> Result<Decoded, Undecodable> {
    let mut decoder =
        image_webp::WebPDecoder::new(Cursor::new(bytes)).map_err(Undecodable::decode)?;
    decoder.set_memory_limit(1 << 30);
    let (width, height) = decoder.dimensions();
    let channels = if decoder.has_alpha() { 4 } else { 3 };
    let profile = decoder.icc_profile().unwrap_or_default();
    #[cfg(feature = "native")]
    if !decoder.is_animated()
        && let Some(fast) = webp::Decoder::new(bytes).decode()
        && (fast.width(), fast.height()) == (width, height)
    {
        let channels = if fast.is_alpha() { 4 } else { 3 };
        return Ok(Decoded::rgb(bitmap(width, height, channels, fast.to_vec()), profile));
    }
    let length = decoder
        .output_buffer_size()
        .ok_or_else(|| Undecodable::Decode("it is too large".to_owned()))?;
    let mut pixels = vec![0; length];
    if decoder.is_animated() {
        decoder.read_frame(&mut pixels).map_err(Undecodable::decode)?;
    } else {
        decoder.read_image(&mut pixels).map_err(Undecodable::decode)?;
    }
    Ok(Decoded::rgb(bitmap(width, height, channels, pixels), profile))
}
