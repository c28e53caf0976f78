//! GIF, decoded: its first frame.

use super::bitmap::Bitmap;
use super::codec::Decoded;
use super::error::CodecError;
use std::io::Cursor;

/// Decodes the first frame, at its place on the canvas.
pub(crate) fn decode(bytes: &[u8], _sizes: &[(u32, u32)]) -> Result<Decoded, CodecError> {
    let mut options = gif::DecodeOptions::new();
    options.set_color_output(gif::ColorOutput::RGBA);
    options.set_memory_limit(gif::MemoryLimit::Unlimited);
    let mut decoder = options.read_info(Cursor::new(bytes)).map_err(CodecError::decode)?;
    let (canvas_w, canvas_h) = (usize::from(decoder.width()), usize::from(decoder.height()));
    let Some(frame) = decoder.read_next_frame().map_err(CodecError::decode)? else {
        return Err(CodecError::Decode("it has no frame".to_owned()));
    };
    let (w, h) = (usize::from(frame.width), usize::from(frame.height));
    let (left, top) = (usize::from(frame.left), usize::from(frame.top));
    // A canvas without a size has that of the first frame, as in the inspection.
    let (out_w, out_h) = if canvas_w == 0 || canvas_h == 0 { (w, h) } else { (canvas_w, canvas_h) };
    let mut pixels = vec![0; out_w * out_h * 4];
    for row in 0..h.min(out_h.saturating_sub(top)) {
        let visible = w.min(out_w.saturating_sub(left)) * 4;
        let to = ((row + top) * out_w + left) * 4;
        if visible > 0 {
            pixels[to..to + visible].copy_from_slice(&frame.buffer[row * w * 4..][..visible]);
        }
    }
    let side = |pixels: usize| u32::try_from(pixels).unwrap_or(u32::MAX);
    let bitmap = Bitmap { width: side(out_w), height: side(out_h), channels: 4, pixels };
    Ok(Decoded::from_bitmap(bitmap, None))
}
