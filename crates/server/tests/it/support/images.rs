//! Small images, made on the spot.

/// An RGB PNG of this size with pseudo-random pixels.
pub(crate) fn png(width: u32, height: u32) -> Vec<u8> {
    use std::io::Write;
    let mut pixels = flate2::write::ZlibEncoder::new(Vec::new(), flate2::Compression::fast());
    let mut value = 1_u32;
    for _ in 0..height {
        let mut row = vec![0];
        row.extend((0..width * 3).map(|_| {
            value = value.wrapping_mul(1_103_515_245).wrapping_add(12_345);
            u8::try_from(value >> 24).unwrap()
        }));
        pixels.write_all(&row).unwrap();
    }
    let mut header = [width.to_be_bytes(), height.to_be_bytes()].concat();
    header.extend([8, 2, 0, 0, 0]);
    let mut out = b"\x89PNG\r\n\x1a\n".to_vec();
    for (kind, body) in
        [(b"IHDR", header), (b"IDAT", pixels.finish().unwrap()), (b"IEND", Vec::new())]
    {
        out.extend(u32::try_from(body.len()).unwrap().to_be_bytes());
        let chunk = [kind.as_slice(), &body].concat();
        out.extend(&chunk);
        out.extend(crc32fast::hash(&chunk).to_be_bytes());
    }
    out
}

/// A GIF of 4x4 pixels in one color with this number of frames.
pub(crate) fn gif(frames: usize) -> Vec<u8> {
    let mut out = b"GIF89a\x04\x00\x04\x00\x80\x00\x00\x00\x00\x00\xff\xff\xff".to_vec();
    for _ in 0..frames {
        out.extend(b"\x2c\x00\x00\x00\x00\x04\x00\x04\x00\x00\x02\x04\x84\x8f\x09\x05\x00");
    }
    out.push(b';');
    out
}
