use super::*;
use crate::inspect::{ImageFacts, Limits, inspect_image};
use std::io::Cursor;

fn want(name: &str, width: u32, height: u32, crop: bool, encoding: Encoding) -> Wanted {
    Wanted { name: name.to_owned(), width, height, crop, encoding }
}

/// Left half red, right half blue, top rows white.
fn quadrants(width: u32, height: u32) -> Bitmap {
    let mut pixels = Vec::new();
    for y in 0..height {
        for x in 0..width {
            let color = match (y < height / 4, x < width / 2) {
                (true, _) => [255, 255, 255],
                (_, true) => [200, 20, 20],
                _ => [20, 20, 200],
            };
            pixels.extend_from_slice(&color);
        }
    }
    Bitmap { width, height, channels: 3, pixels }
}

fn facts_of(bytes: &[u8]) -> ImageFacts {
    inspect_image(&mut Cursor::new(bytes), &Limits::default()).unwrap().facts
}

fn pixel(made: &Made, x: u32, y: u32) -> [u8; 3] {
    let facts = facts_of(&made.bytes);
    assert_eq!((facts.width, facts.height), (made.width, made.height), "{}", made.name);
    let wanted = [(made.width, made.height)];
    let (raster, _) = open(&made.bytes, facts.format, Orientation::default(), &wanted).unwrap();
    let bitmap = raster.to_bitmap().into_owned();
    let at = (y * bitmap.width + x) as usize * usize::from(bitmap.channels);
    [bitmap.pixels[at], bitmap.pixels[at + 1], bitmap.pixels[at + 2]]
}

fn is_near(a: [u8; 3], b: [u8; 3]) -> bool {
    a.iter().zip(b).all(|(a, b)| a.abs_diff(b) < 24)
}

const RED: [u8; 3] = [200, 20, 20];
const BLUE: [u8; 3] = [20, 20, 200];
const WHITE: [u8; 3] = [255, 255, 255];

#[test]
fn every_size_is_exact_and_in_its_colours() {
    for encoding in [Encoding::Jpeg, Encoding::Png] {
        let source = encode::encode(&quadrants(401, 303), encoding).unwrap();
        let facts = facts_of(&source);
        let wanted = [
            want("large", 301, 227, false, encoding),
            want("small", 101, 76, false, Encoding::Jpeg),
            want("thumb", 50, 50, true, Encoding::Png),
            want("odd", 7, 5, false, Encoding::Jpeg),
        ];
        let (made, placeholders) =
            derive(&source, facts.format, Orientation::default(), &wanted).unwrap();
        assert_eq!(made.len(), 4);
        for one in &made[..3] {
            let (w, h) = (one.width, one.height);
            assert!(is_near(pixel(one, w / 4, h * 3 / 4), RED), "{} {encoding:?}", one.name);
            assert!(is_near(pixel(one, w * 3 / 4, h * 3 / 4), BLUE), "{} {encoding:?}", one.name);
            assert!(is_near(pixel(one, w / 2, h / 12), WHITE), "{} {encoding:?}", one.name);
        }
        assert_eq!(placeholders.blurhash.len(), 28);
        assert!(placeholders.thumbhash.len() > 15);
    }
}

#[test]
fn every_orientation_comes_upright() {
    for value in 1..=8 {
        let orientation = Orientation::new(value);
        // Store the upright picture the way this orientation says: the inverse turn.
        let inverse = match value {
            6 => Orientation::new(8),
            8 => Orientation::new(6),
            _ => orientation,
        };
        let stored = quadrants(320, 240).turned(inverse);
        for encoding in [Encoding::Jpeg, Encoding::Png] {
            let source = encode::encode(&stored, encoding).unwrap();
            let facts = facts_of(&source);
            let wanted = [want("small", 160, 120, false, encoding)];
            let (made, _) = derive(&source, facts.format, orientation, &wanted).unwrap();
            assert!(is_near(pixel(&made[0], 40, 90), RED), "{value} {encoding:?}");
            assert!(is_near(pixel(&made[0], 120, 90), BLUE), "{value} {encoding:?}");
            assert!(is_near(pixel(&made[0], 80, 10), WHITE), "{value} {encoding:?}");
        }
    }
}

#[test]
fn transparency_stays_in_png_and_becomes_white_in_jpeg() {
    let pixels = [0, 0, 0, 0].repeat(64 * 64);
    let clear = Bitmap { width: 64, height: 64, channels: 4, pixels };
    let source = encode::encode(&clear, Encoding::Png).unwrap();
    let facts = facts_of(&source);
    let wanted =
        [want("a", 32, 32, false, Encoding::Jpeg), want("b", 32, 32, false, Encoding::Png)];
    let (made, _) = derive(&source, facts.format, Orientation::default(), &wanted).unwrap();
    assert!(is_near(pixel(&made[0], 16, 16), WHITE));
    let decoded = decode::png(&made[1].bytes).unwrap();
    let bitmap = decoded.raster.to_bitmap().into_owned();
    assert_eq!((bitmap.channels, bitmap.pixels[3]), (4, 0));
}

#[test]
fn broken_entropy_is_an_error_and_no_picture() {
    let mut source = encode::encode(&quadrants(400, 300), Encoding::Jpeg).unwrap();
    let facts = facts_of(&source);
    let middle = source.len() / 2;
    source.truncate(middle);
    let wanted = [want("small", 100, 75, false, Encoding::Jpeg)];
    assert!(derive(&source, facts.format, Orientation::default(), &wanted).is_err());
}
