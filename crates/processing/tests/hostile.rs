//! Files that are cut, bent or made to hurt: refused, in bounded time, and never with a panic.

use birdhouse_processing::{Limits, Unreadable, inspect_image, sniff};
use proptest::prelude::*;
use std::io::Cursor;
use std::process::Command;
use std::sync::OnceLock;
use std::time::{Duration, Instant};

fn inspect(bytes: &[u8]) -> Result<(u32, u32, u32), Unreadable> {
    let facts = inspect_image(&mut Cursor::new(bytes), &Limits::default())?.facts;
    Ok((facts.width, facts.height, facts.frames))
}

/// Real encoders' files of 40x30 pixels, by format; the animated ones have three frames.
fn samples() -> &'static [(&'static str, Vec<u8>, u32)] {
    static SAMPLES: OnceLock<Vec<(&'static str, Vec<u8>, u32)>> = OnceLock::new();
    SAMPLES.get_or_init(|| {
        let dir = tempfile::tempdir().expect("a temporary folder");
        let make = |name: &'static str, frames: u32, more: &[&str]| {
            let path = dir.path().join(name);
            let made = Command::new("ffmpeg")
                .args(["-v", "error", "-f", "lavfi", "-i", "testsrc=size=40x30:rate=3"])
                .args(["-frames:v", &frames.to_string()])
                .args(more)
                .arg(&path)
                .status();
            assert!(made.expect("ffmpeg is installed").success(), "{name}");
            (name, std::fs::read(&path).expect("the file is there"), frames)
        };
        vec![
            make("still.jpg", 1, &["-pix_fmt", "yuvj420p"]),
            make("still.png", 1, &[]),
            make("gray.png", 1, &["-pix_fmt", "gray16be"]),
            make("palette.png", 1, &["-pix_fmt", "pal8"]),
            make("still.gif", 1, &[]),
            make("animated.gif", 3, &[]),
            make("lossy.webp", 1, &["-lossless", "0"]),
            make("lossless.webp", 1, &["-lossless", "1"]),
            make("animated.webp", 3, &["-c:v", "libwebp_anim"]),
        ]
    })
}

#[test]
fn whole_files_are_read_right() {
    for (name, bytes, frames) in samples() {
        assert_eq!(inspect(bytes).map_err(|e| e.to_string()), Ok((40, 30, *frames)), "{name}");
    }
}

#[test]
fn a_file_cut_at_any_byte_is_refused() {
    for (name, bytes, _) in samples() {
        for end in 0..bytes.len() {
            assert!(inspect(&bytes[..end]).is_err(), "{name} cut at {end} of {}", bytes.len());
        }
    }
}

#[test]
fn bytes_behind_the_end_do_no_harm() {
    for (name, bytes, frames) in samples() {
        let longer = [bytes.as_slice(), b"PK\x03\x04<script>"].concat();
        assert_eq!(inspect(&longer).map_err(|e| e.to_string()), Ok((40, 30, *frames)), "{name}");
    }
}

/// A RIFF length may count bytes that are too few for a chunk.
#[test]
fn a_webp_with_stray_bytes_is_whole_after_cleaning() {
    let (_, webp, _) = samples().iter().find(|(name, ..)| *name == "lossless.webp").expect("made");
    for stray in 1..8_u8 {
        let mut longer = [webp.as_slice(), &vec![0; usize::from(stray)]].concat();
        longer[4] += stray;
        let inspected =
            inspect_image(&mut Cursor::new(&longer), &Limits::default()).expect("whole");
        let mut cleaned = Vec::new();
        let written = inspected.metadata.clean(&mut Cursor::new(&longer), &mut cleaned);
        written.expect("memory can be written");
        assert!(cleaned == *webp, "{stray} stray bytes");
    }
}

fn chunk(kind: [u8; 4], body: &[u8]) -> Vec<u8> {
    let length = u32::try_from(body.len()).expect("a short chunk").to_be_bytes();
    let named = [&kind, body].concat();
    [length.as_slice(), &named, &crc32fast::hash(&named).to_be_bytes()].concat()
}

/// A PNG of one sample a pixel with so many bits.
fn png((width, height, depth): (u32, u32, u8), data: &[u8], more: &[Vec<u8>]) -> Vec<u8> {
    let header = [&width.to_be_bytes()[..], &height.to_be_bytes(), &[depth, 0, 0, 0, 0]].concat();
    let mut out = b"\x89PNG\r\n\x1a\n".to_vec();
    out.extend(chunk(*b"IHDR", &header));
    out.extend(more.concat());
    out.extend(chunk(*b"IDAT", data));
    out.extend(chunk(*b"IEND", b""));
    out
}

fn deflated(bytes: usize) -> Vec<u8> {
    use std::io::Write;
    let mut out = flate2::write::ZlibEncoder::new(Vec::new(), flate2::Compression::best());
    let zeros = vec![0; 1 << 20];
    let mut left = bytes;
    while left > 0 {
        let now = left.min(zeros.len());
        out.write_all(&zeros[..now]).expect("writing to memory");
        left -= now;
    }
    out.finish().expect("writing to memory")
}

/// A progressive JPEG of 8000x8000 with so many scans of nothing.
fn scans(count: usize) -> Vec<u8> {
    let mut out = b"\xff\xd8\xff\xdb\x00\x43\x00".to_vec();
    out.extend([1; 64]);
    out.extend(b"\xff\xc2\x00\x0b\x08\x1f\x40\x1f\x40\x01\x01\x11\x00");
    out.extend(b"\xff\xc4\x00\x14\x00\x01\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0");
    for _ in 0..count {
        out.extend(b"\xff\xda\x00\x08\x01\x01\x00\x00\x00\x00");
        out.extend([0; 200]);
    }
    out.extend(b"\xff\xd9");
    out
}

#[test]
fn bombs_are_refused_at_once() {
    let gif = |w: u16, h: u16, frames: usize| {
        let mut out = b"GIF89a".to_vec();
        out.extend([w.to_le_bytes(), h.to_le_bytes()].concat());
        out.extend([0, 0, 0]);
        for _ in 0..frames {
            out.extend(b"\x2c\0\0\0\0");
            out.extend([w.to_le_bytes(), h.to_le_bytes()].concat());
            out.extend(b"\0\x02\x02\x4c\x01\0");
        }
        out.push(b';');
        out
    };
    let webp = b"RIFF\x1a\0\0\0WEBPVP8L\x0d\0\0\0\x2f\xff\xff\xff\x0f\0\0\0\0\0\0\0\0\0".to_vec();
    let bombs = [
        ("a PNG of 50,000x50,000", png((50_000, 50_000, 1), &deflated(1000), &[])),
        ("more data than the size needs", png((10, 10, 8), &deflated(200_000_000), &[])),
        ("a GIF of 65,535x65,535", gif(65_535, 65_535, 1)),
        ("a GIF of 100,000 frames", gif(1280, 1080, 100_000)),
        ("a JPEG of 2,000 scans", scans(2000)),
        ("a WebP of 16,383x16,383", webp),
    ];
    for (name, bytes) in bombs {
        let started = Instant::now();
        assert!(inspect(&bytes).is_err(), "{name}");
        // Far above what any of them takes, far below what decoding them would.
        assert!(started.elapsed() < Duration::from_secs(5), "{name}");
    }
}

#[test]
fn text_that_would_inflate_to_much_is_not_inflated() {
    let text = [b"Comment\0\0".as_slice(), &deflated(200_000_000)].concat();
    let profile = [b"icc\0\0".as_slice(), &deflated(200_000_000)].concat();
    let more = [chunk(*b"zTXt", &text), chunk(*b"iCCP", &profile)];
    let bytes = png((1, 1, 8), &deflated(2), &more);
    assert_eq!(inspect(&bytes).map_err(|e| e.to_string()), Ok((1, 1, 1)));
}

#[test]
fn what_only_claims_to_be_a_picture_is_told() {
    let others: [&[u8]; 6] =
        [b"", b"<svg/>", b"<!doctype html>", b"%PDF-1.7", b"PK\x03\x04", b"BM\0\0\0\0"];
    for other in others {
        assert_eq!(sniff::sniff(other), None);
        assert!(matches!(inspect(other), Err(Unreadable::UnknownFormat)));
    }
    let avif = b"\0\0\0\x1cftypavif\0\0\0\0avifmif1miaf";
    assert_eq!(sniff::sniff(avif), None);
    assert_eq!(sniff::sniff(b"\0\0\0\x18ftypmp42\0\0\0\0"), Some(sniff::Format::Mp4));
    assert_eq!(sniff::sniff(b"\0\0\0\x14ftypqt  \0\0\0\0"), Some(sniff::Format::QuickTime));
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(2000))]

    #[test]
    fn bent_files_never_panic(which: prop::sample::Index, flips in prop::collection::vec((any::<prop::sample::Index>(), 0..8_u8), 1..6)) {
        let (_, bytes, _) = which.get(samples());
        let mut bent = bytes.clone();
        for (at, bit) in flips {
            let at = at.index(bent.len());
            bent[at] ^= 1 << bit;
        }
        drop(inspect(&bent));
    }

    #[test]
    fn any_bytes_behind_a_signature_never_panic(which: prop::sample::Index, rest: Vec<u8>) {
        let (_, bytes, _) = which.get(samples());
        drop(inspect(&[&bytes[..12], &rest].concat()));
    }
}
