use super::*;
use crate::image::bitmap::Bitmap;
use crate::image::png;
use crate::inspect::limits::ImageLimits;
use crate::inspection::inspect_image;
use std::io::Cursor;

fn size(name: &str, (width, height): (u32, u32), format: Format) -> SizeSpec {
    let encoding = Encoding::try_from(format).unwrap();
    SizeSpec { name: name.to_owned(), width, height, crop: false, encoding }
}

fn encoded(bitmap: &Bitmap, format: Format) -> Vec<u8> {
    Encoding::try_from(format).unwrap().encode(&Raster::Rgb(bitmap.clone())).unwrap()
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

fn pixel((image, file): &(DerivedImage, Vec<u8>), x: u32, y: u32) -> [u8; 3] {
    let inspected = inspect_image(&mut Cursor::new(&file[..]), &ImageLimits::default()).unwrap();
    let (format, facts) = (inspected.format, inspected.facts);
    assert_eq!((facts.width, facts.height), (image.width, image.height), "{}", image.name);
    assert_eq!((format, file.len() as u64), (image.encoding.format(), image.length));
    let sizes = [(image.width, image.height)];
    let decoded = decode(file, format, Orientation::default(), &sizes).unwrap();
    let bitmap = decoded.raster.to_bitmap().into_owned();
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
fn every_size_has_its_exact_pixels_and_colors() {
    for format in [Format::Jpeg, Format::Png] {
        let original = encoded(&quadrants(401, 303), format);
        let sizes = [
            size("large", (301, 227), format),
            size("small", (101, 76), Format::Jpeg),
            SizeSpec { crop: true, ..size("thumb", (50, 50), Format::Png) },
            size("odd", (7, 5), Format::Jpeg),
        ];
        let Derivation { images, placeholders } =
            derive(&original, format, Orientation::default(), &sizes).unwrap();
        assert_eq!(images.len(), 4);
        for image in &images[..3] {
            let (w, h, name) = (image.0.width, image.0.height, &image.0.name);
            assert!(is_near(pixel(image, w / 4, h * 3 / 4), RED), "{name} {format:?}");
            assert!(is_near(pixel(image, w * 3 / 4, h * 3 / 4), BLUE), "{name} {format:?}");
            assert!(is_near(pixel(image, w / 2, h / 12), WHITE), "{name} {format:?}");
        }
        assert_eq!(placeholders.blurhash.len(), 28);
        assert!(placeholders.thumbhash.len() > 15);
    }
}

#[test]
fn every_orientation_is_brought_upright() {
    for value in 1..=8 {
        let orientation = Orientation::new(value);
        // The upright image as this orientation stores it: by the inverse rotation.
        let inverse = match value {
            6 => Orientation::new(8),
            8 => Orientation::new(6),
            _ => orientation,
        };
        let stored = quadrants(320, 240).rotated(inverse);
        for format in [Format::Jpeg, Format::Png] {
            let original = encoded(&stored, format);
            let sizes = [size("small", (160, 120), format)];
            let images = derive(&original, format, orientation, &sizes).unwrap().images;
            assert!(is_near(pixel(&images[0], 40, 90), RED), "{value} {format:?}");
            assert!(is_near(pixel(&images[0], 120, 90), BLUE), "{value} {format:?}");
            assert!(is_near(pixel(&images[0], 80, 10), WHITE), "{value} {format:?}");
        }
    }
}

#[test]
fn transparency_is_kept_in_png_and_becomes_white_in_jpeg() {
    let pixels = [0, 0, 0, 0].repeat(64 * 64);
    let clear = Bitmap { width: 64, height: 64, channels: 4, pixels };
    let original = encoded(&clear, Format::Png);
    let sizes = [size("a", (32, 32), Format::Jpeg), size("b", (32, 32), Format::Png)];
    let images = derive(&original, Format::Png, Orientation::default(), &sizes).unwrap().images;
    assert!(is_near(pixel(&images[0], 16, 16), WHITE));
    let decoded = png::decode(&images[1].1, &[]).unwrap();
    let bitmap = decoded.raster.to_bitmap().into_owned();
    assert_eq!((bitmap.channels, bitmap.pixels[3]), (4, 0));
}

#[test]
fn truncated_image_data_is_an_error() {
    let mut original = encoded(&quadrants(400, 300), Format::Jpeg);
    original.truncate(original.len() / 2);
    let sizes = [size("small", (100, 75), Format::Jpeg)];
    assert!(derive(&original, Format::Jpeg, Orientation::default(), &sizes).is_err());
}
