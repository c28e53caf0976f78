//! GIF, decoded: its first frame.

use super::bitmap::Bitmap;
use super::codec::Decoded;
use super::error::CodecError;
use std::io::Cursor;

/// Decodes the first frame, at its place on the canvas. Without a transparent pixel the image has
/// three channels, which cost less from here on.
pub(crate) fn decode(bytes: &[u8], _sizes: &[(u32, u32)]) -> Result<Decoded, CodecError> {
    let mut options = gif::DecodeOptions::new();
    options.set_color_output(gif::ColorOutput::Indexed);
    options.set_memory_limit(gif::MemoryLimit::Unlimited);
    let mut decoder = options.read_info(Cursor::new(bytes)).map_err(CodecError::decode)?;
    let canvas = (usize::from(decoder.width()), usize::from(decoder.height()));
    let global = decoder.global_palette().unwrap_or_default().to_vec();
    let Some(frame) = decoder.read_next_frame().map_err(CodecError::decode)? else {
        return Err(CodecError::Decode("it has no frame".to_owned()));
    };
    let colors = colors(frame.palette.as_ref().unwrap_or(&global), frame.transparent);
    // A canvas without a size has that of the first frame, as in the inspection.
    let own = (usize::from(frame.width), usize::from(frame.height));
    let size = if canvas.0 == 0 || canvas.1 == 0 { own } else { canvas };
    let is_opaque = frame.buffer.iter().all(|index| colors[usize::from(*index)][3] == u8::MAX);
    let (left, top) = (usize::from(frame.left), usize::from(frame.top));
    let is_covered = left == 0 && top == 0 && own.0 >= size.0 && own.1 >= size.1;
    let channels = if is_opaque && is_covered { 3 } else { 4 };
    let mut pixels = vec![0; size.0 * size.1 * channels];
    let visible = own.0.min(size.0.saturating_sub(left));
    let rows = frame.buffer.chunks_exact(own.0.max(1)).take(size.1.saturating_sub(top));
    for (row, indices) in rows.enumerate().filter(|_| visible > 0) {
        let to = ((row + top) * size.0 + left) * channels;
        let out = pixels[to..to + visible * channels].chunks_exact_mut(channels);
        for (pixel, index) in out.zip(indices) {
            pixel.copy_from_slice(&colors[usize::from(*index)][..channels]);
        }
    }
    let side = |pixels: usize| u32::try_from(pixels).unwrap_or(u32::MAX);
    let channels = if channels == 3 { 3 } else { 4 };
    let bitmap = Bitmap { width: side(size.0), height: side(size.1), channels, pixels };
    Ok(Decoded::from_bitmap(bitmap, None))
}

/// The color of each index; transparent where the palette has none.
fn colors(palette: &[u8], transparent: Option<u8>) -> [[u8; 4]; 256] {
    let mut colors = [[0; 4]; 256];
    for (color, rgb) in colors.iter_mut().zip(palette.chunks_exact(3)) {
        *color = [rgb[0], rgb[1], rgb[2], u8::MAX];
    }
    if let Some(index) = transparent {
        colors[usize::from(index)][3] = 0;
    }
    colors
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A GIF of 2x1 pixels, black and white, on a canvas of this width.
    fn gif(canvas: u8, transparent: bool) -> Vec<u8> {
        let mut out = Vec::new();
        let palette = [0, 0, 0, 255, 255, 255];
        let mut encoder = gif::Encoder::new(&mut out, canvas.into(), 1, &palette).unwrap();
        let transparent = transparent.then_some(1);
        let buffer = vec![0, 1].into();
        let frame = gif::Frame { width: 2, height: 1, transparent, buffer, ..Default::default() };
        encoder.write_frame(&frame).unwrap();
        drop(encoder);
        out
    }

    #[test]
    fn only_an_image_with_transparency_has_a_fourth_channel() {
        let pixels = |gif: &[u8]| decode(gif, &[]).unwrap().raster.to_bitmap().pixels.clone();
        assert_eq!(pixels(&gif(2, false)), [0, 0, 0, 255, 255, 255]);
        assert_eq!(pixels(&gif(2, true)), [0, 0, 0, 255, 255, 255, 255, 0]);
        assert_eq!(pixels(&gif(3, false)), [0, 0, 0, 255, 255, 255, 255, 255, 0, 0, 0, 0]);
    }
}
