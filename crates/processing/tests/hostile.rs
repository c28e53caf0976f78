//! Truncated, damaged and malicious files are refused in bounded time, without a panic.

use birdhouse_processing::formats::{Format, sniff};
use birdhouse_processing::{ImageLimits, Unreadable, inspect_image};
use proptest::prelude::*;
use std::io::Cursor;
use std::process::Command;
use std::sync::OnceLock;

/// Width, height and number of frames.
fn inspect(bytes: &[u8]) -> Result<(u32, u32, u32), Unreadable> {
    let facts = inspect_image(&mut Cursor::new(bytes), &ImageLimits::default())?.facts;
    Ok((facts.width, facts.height, facts.frames))
}

/// A file of 40x30 pixels as a real encoder writes it.
struct Sample {
    name: &'static str,
    bytes: Vec<u8>,
    frames: u32,
}

/// Files of every format that is inspected; the animated ones have three frames.
fn samples() -> &'static [Sample] {
    static SAMPLES: OnceLock<Vec<Sample>> = OnceLock::new();
    SAMPLES.get_or_init(|| {
        let dir = tempfile::tempdir().expect("a temporary directory");
        let encode = |name: &'static str, frames: u32, options: &[&str]| {
            let path = dir.path().join(name);
            let status = Command::new("ffmpeg")
                .args(["-v", "error", "-f", "lavfi", "-i", "testsrc=size=40x30:rate=3"])
                .args(["-frames:v", &frames.to_string()])
                .args(options)
                .arg(&path)
                .status();
            assert!(status.expect("ffmpeg is installed").success(), "{name}");
            let bytes = std::fs::read(&path).expect("ffmpeg wrote the file");
            Sample { name, bytes, frames }
        };
        vec![
            encode("still.jpg", 1, &["-pix_fmt", "yuvj420p"]),
            encode("still.png", 1, &[]),
            encode("gray.png", 1, &["-pix_fmt", "gray16be"]),
            encode("palette.png", 1, &["-pix_fmt", "pal8"]),
            encode("still.gif", 1, &[]),
            encode("animated.gif", 3, &[]),
            encode("lossy.webp", 1, &["-lossless", "0"]),
            encode("lossless.webp", 1, &["-lossless", "1"]),
            encode("animated.webp", 3, &["-c:v", "libwebp_anim"]),
        ]
    })
}

#[test]
fn valid_files_are_inspected_correctly() {
    for Sample { name, bytes, frames } in samples() {
        assert_eq!(inspect(bytes).map_err(|e| e.to_string()), Ok((40, 30, *frames)), "{name}");
    }
}

#[test]
fn a_file_truncated_at_any_byte_is_refused() {
    for Sample { name, bytes, .. } in samples() {
        for end in 0..bytes.len() {
            assert!(
                inspect(&bytes[..end]).is_err(),
                "{name} truncated at {end} of {}",
                bytes.len()
            );
        }
    }
}

#[test]
fn bytes_after_the_end_of_the_image_are_ignored() {
    for Sample { name, bytes, frames } in samples() {
        let longer = [bytes.as_slice(), b"PK\x03\x04<script>"].concat();
        assert_eq!(inspect(&longer).map_err(|e| e.to_string()), Ok((40, 30, *frames)), "{name}");
    }
}

/// The RIFF length may include bytes that are too few for a chunk.
#[test]
fn cleaning_removes_stray_bytes_at_the_end_of_a_webp() {
    let original = samples().iter().find(|sample| sample.name == "lossless.webp").expect("encoded");
    for stray in 1..8_u8 {
        let mut longer = [original.bytes.as_slice(), &vec![0; usize::from(stray)]].concat();
        longer[4] += stray;
        let inspected =
            inspect_image(&mut Cursor::new(&longer), &ImageLimits::default()).expect("valid");
        let mut cleaned = Vec::new();
        let written = inspected.metadata.write_cleaned(&mut Cursor::new(&longer), &mut cleaned);
        written.expect("writing to memory");
        assert!(cleaned == original.bytes, "{stray} stray bytes");
    }
}

fn chunk(kind: [u8; 4], body: &[u8]) -> Vec<u8> {
    let length = u32::try_from(body.len()).expect("a short chunk").to_be_bytes();
    let named = [&kind, body].concat();
    [length.as_slice(), &named, &crc32fast::hash(&named).to_be_bytes()].concat()
}

/// The header of a grayscale PNG.
struct PngHeader {
    width: u32,
    height: u32,
    bits_per_pixel: u8,
}

/// A PNG with extra chunks before its compressed image data.
fn png(header: &PngHeader, data: &[u8], extra: &[Vec<u8>]) -> Vec<u8> {
    let PngHeader { width, height, bits_per_pixel } = header;
    let header =
        [&width.to_be_bytes()[..], &height.to_be_bytes(), &[*bits_per_pixel, 0, 0, 0, 0]].concat();
    let mut out = b"\x89PNG\r\n\x1a\n".to_vec();
    out.extend(chunk(*b"IHDR", &header));
    out.extend(extra.concat());
    out.extend(chunk(*b"IDAT", data));
    out.extend(chunk(*b"IEND", b""));
    out
}

/// This many zero bytes, compressed by zlib.
fn deflated_zeros(bytes: usize) -> Vec<u8> {
    use std::io::Write;
    let mut out = flate2::write::ZlibEncoder::new(Vec::new(), flate2::Compression::best());
    let zeros = vec![0; 1 << 20];
    let mut remaining = bytes;
    while remaining > 0 {
        let count = remaining.min(zeros.len());
        out.write_all(&zeros[..count]).expect("writing to memory");
        remaining -= count;
    }
    out.finish().expect("writing to memory")
}

/// A progressive JPEG of 320x320 pixels with this many scans, each of a bit for each of 1600 blocks.
fn jpeg_with_scans(count: usize) -> Vec<u8> {
    let mut out = b"\xff\xd8\xff\xdb\x00\x43\x00".to_vec();
    out.extend([1; 64]);
    out.extend(b"\xff\xc2\x00\x0b\x08\x01\x40\x01\x40\x01\x01\x11\x00");
    out.extend(b"\xff\xc4\x00\x14\x00\x01\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0");
    for _ in 0..count {
        out.extend(b"\xff\xda\x00\x08\x01\x01\x00\x00\x00\x00");
        out.extend([0; 200]);
    }
    out.extend(b"\xff\xd9");
    out
}

#[test]
fn decompression_bombs_are_refused_for_their_size() {
    let png = |width, height, bits_per_pixel, data: &[u8]| {
        png(&PngHeader { width, height, bits_per_pixel }, data, &[])
    };
    let gif = |w: u16, h: u16, frames: usize| {
        let mut out = b"GIF89a".to_vec();
        out.extend([w.to_le_bytes(), h.to_le_bytes()].concat());
        out.extend([0, 0, 0]);
        for _ in 0..frames {
            // Four by four pixels, whatever the size of the screen.
            out.extend(b"\x2c\0\0\0\0\x04\0\x04\0\0\x02\x04\x84\x8f\x09\x05\0");
        }
        out.push(b';');
        out
    };
    let webp = b"RIFF\x1a\0\0\0WEBPVP8L\x0d\0\0\0\x2f\xff\xff\xff\x0f\0\0\0\0\0\0\0\0\0".to_vec();
    let bombs = [
        ("it has 2500000000 pixels", png(50_000, 50_000, 1, &deflated_zeros(1000))),
        ("there is more image data than the size", png(10, 10, 8, &deflated_zeros(200_000_000))),
        ("it has 4294836225 pixels", gif(65_535, 65_535, 1)),
        ("it has 5001 frames", gif(4, 4, 100_000)),
        ("it has 65 scans", jpeg_with_scans(2000)),
        ("it has 268435456 pixels", webp),
    ];
    for (why, bytes) in bombs {
        let refused = inspect(&bytes).expect_err(why).to_string();
        assert!(refused.starts_with(why), "{refused}, not: {why}");
    }
}

#[test]
fn compressed_text_is_not_inflated_without_a_limit() {
    use std::io::Write;
    // Orientation 6 in hexadecimal, then nothing in plenty.
    let exif = "4d4d002a00000008000101120003000000010006000000000000";
    let mut text = flate2::write::ZlibEncoder::new(Vec::new(), flate2::Compression::best());
    write!(text, "\nexif\n      26\n{exif}\n").expect("writing to memory");
    for _ in 0..200 {
        text.write_all(&vec![0; 1 << 20]).expect("writing to memory");
    }
    let text = text.finish().expect("writing to memory");
    // Whoever inflates it to its end finds that that is missing, and ignores it.
    let text = [b"Raw profile type exif\0\0".as_slice(), &text[..text.len() - 100]].concat();
    // Whoever inflates this to its end keeps it.
    let profile = [b"icc\0\0".as_slice(), &deflated_zeros(200_000_000)].concat();
    let extra = [chunk(*b"zTXt", &text), chunk(*b"iCCP", &profile)];
    let header = PngHeader { width: 1, height: 1, bits_per_pixel: 8 };
    let bytes = png(&header, &deflated_zeros(2), &extra);
    assert_eq!(inspect(&bytes).map_err(|e| e.to_string()), Ok((1, 1, 1)));
    let inspected = inspect_image(&mut Cursor::new(&bytes), &ImageLimits::default());
    let mut cleaned = Vec::new();
    let metadata = inspected.expect("valid").metadata;
    metadata.write_cleaned(&mut Cursor::new(&bytes), &mut cleaned).expect("writing to memory");
    let has = |name: &[u8]| cleaned.windows(4).any(|window| window == name);
    assert_eq!((has(b"eXIf"), has(b"zTXt"), has(b"iCCP")), (true, false, false));
}

/// An XMP packet with an alt text.
fn packet(alt_text: &str) -> Vec<u8> {
    format!(
        "<x xmlns:q='http://iptc.org/std/Iptc4xmpCore/1.0/xmlns/' q:AltTextAccessibility='{alt_text}'/>"
    )
    .into_bytes()
}

fn deflated(bytes: &[u8]) -> Vec<u8> {
    use std::io::Write;
    let mut out = flate2::write::ZlibEncoder::new(Vec::new(), flate2::Compression::best());
    out.write_all(bytes).expect("writing to memory");
    out.finish().expect("writing to memory")
}

/// A megabyte of tags takes a kilobyte: were each packet parsed, a few megabytes would take a minute.
#[test]
fn of_a_thousand_xmp_packets_the_first_is_read_and_all_are_removed() {
    let bomb = deflated(&b"<q></q>".repeat(140_000));
    let text = |packed: &[u8]| {
        chunk(*b"iTXt", &[b"XML:com.adobe.xmp\0\x01\0\0\0".as_slice(), packed].concat())
    };
    let mut extra = vec![text(&deflated(&packet("the first")))];
    extra.resize(1000, text(&bomb));
    extra.push(text(&deflated(&packet("the last"))));
    let png =
        png(&PngHeader { width: 1, height: 1, bits_per_pixel: 8 }, &deflated(&[0; 2]), &extra);

    let sample = |name| samples().iter().find(|sample| sample.name == name).expect("encoded");
    let segment = |text: &str| {
        let body = [b"http://ns.adobe.com/xap/1.0/\0".to_vec(), packet(text)].concat();
        let length = u16::try_from(body.len() + 2).expect("a short segment").to_be_bytes();
        [b"\xff\xe1".as_slice(), &length, &body].concat()
    };
    let jpeg = &sample("still.jpg").bytes;
    let packets = [segment("the first"), segment("later").repeat(1000)].concat();
    let jpeg = [&jpeg[..2], &packets, &jpeg[2..]].concat();

    let webp_chunk = |text: &str| {
        let mut body = packet(text);
        body.resize(body.len().next_multiple_of(2), b' ');
        let length = u32::try_from(body.len()).expect("a short chunk").to_le_bytes();
        [b"XMP ".as_slice(), &length, &body].concat()
    };
    let packets = [webp_chunk("the first"), webp_chunk("later").repeat(1000)].concat();
    let mut webp = [sample("lossless.webp").bytes.clone(), packets].concat();
    let length = u32::try_from(webp.len() - 8).expect("a short file").to_le_bytes();
    webp[4..8].copy_from_slice(&length);

    for bytes in [png, jpeg, webp] {
        let inspected = inspect_image(&mut Cursor::new(&bytes), &ImageLimits::default());
        let metadata = inspected.expect("valid").metadata;
        let found = birdhouse_processing::xmp::read(&metadata.xmp);
        assert_eq!(found[0].alt_text.as_deref(), Some("the first"));
        let mut cleaned = Vec::new();
        metadata.write_cleaned(&mut Cursor::new(&bytes), &mut cleaned).expect("writing to memory");
        assert!(cleaned.len() < 2000, "{} bytes are left", cleaned.len());
    }
}

#[test]
fn of_many_color_profiles_and_exif_blocks_in_text_only_the_first_is_inflated() {
    let profile = chunk(*b"iCCP", &[b"icc\0\0".as_slice(), &deflated(&[7; 500])].concat());
    let text = |orientation: u8| {
        let exif = format!("4d4d002a000000080001011200030000000100{orientation:02}000000000000");
        let text = format!("\nexif\n      26\n{exif}\n");
        chunk(
            *b"zTXt",
            &[b"Raw profile type exif\0\0".as_slice(), &deflated(text.as_bytes())].concat(),
        )
    };
    let extra = [profile.clone(), profile.clone(), text(1), text(6)];
    let header = PngHeader { width: 1, height: 1, bits_per_pixel: 8 };
    let bytes = png(&header, &deflated(&[0; 2]), &extra);
    let inspected = inspect_image(&mut Cursor::new(&bytes), &ImageLimits::default());
    let metadata = inspected.expect("valid").metadata;
    assert_eq!(metadata.orientation.value(), 1);
    let mut cleaned = Vec::new();
    metadata.write_cleaned(&mut Cursor::new(&bytes), &mut cleaned).expect("writing to memory");
    assert_eq!(cleaned, png(&header, &deflated(&[0; 2]), &[profile]));
}

#[test]
fn other_formats_are_not_images() {
    let others: [&[u8]; 6] =
        [b"", b"<svg/>", b"<!doctype html>", b"%PDF-1.7", b"PK\x03\x04", b"BM\0\0\0\0"];
    for other in others {
        assert_eq!(sniff(other), None);
        assert!(matches!(inspect(other), Err(Unreadable::UnknownFormat)));
    }
    let avif = b"\0\0\0\x1cftypavif\0\0\0\0avifmif1miaf";
    assert_eq!(sniff(avif), None);
    assert_eq!(sniff(b"\0\0\0\x18ftypmp42\0\0\0\0"), Some(Format::Mp4));
    assert_eq!(sniff(b"\0\0\0\x14ftypqt  \0\0\0\0"), Some(Format::QuickTime));
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(2000))]

    #[test]
    fn damaged_files_never_panic(
        which: prop::sample::Index,
        flips in prop::collection::vec((any::<prop::sample::Index>(), 0..8_u8), 1..6),
    ) {
        let Sample { bytes, .. } = which.get(samples());
        let mut damaged = bytes.clone();
        for (at, bit) in flips {
            let at = at.index(damaged.len());
            damaged[at] ^= 1 << bit;
        }
        drop(inspect(&damaged));
    }

    #[test]
    fn any_bytes_after_a_signature_never_panic(which: prop::sample::Index, rest: Vec<u8>) {
        let Sample { bytes, .. } = which.get(samples());
        drop(inspect(&[&bytes[..12], &rest].concat()));
    }
}
