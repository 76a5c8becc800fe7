//! Boxes and orientations: the size of thumbnails, and which side is up.

use image::{DynamicImage, ImageFormat, Rgb, RgbImage};
use pictures::exif_block;

use crate::{jpeg, pixels, recipe, thumbnail, write};
use thumbnail::FormatChoice;

/// Wider than high, with red, green, blue and white corners from the top left clockwise.
pub(super) fn corners(width: u32, height: u32) -> RgbImage {
    RgbImage::from_fn(width, height, |x, y| match (x < width / 2, y < height / 2) {
        (true, true) => Rgb([255, 0, 0]),
        (false, true) => Rgb([0, 255, 0]),
        (false, false) => Rgb([0, 0, 255]),
        (true, false) => Rgb([255, 255, 255]),
    })
}

/// The colours of a picture's corners, from the top left clockwise, as letters.
pub(super) fn letters(picture: &DynamicImage) -> String {
    let picture = picture.to_rgb8();
    let (right, bottom) = (picture.width() - 2, picture.height() - 2);
    [(1, 1), (right, 1), (right, bottom), (1, bottom)]
        .map(|(x, y)| match picture.get_pixel(x, y).0.map(|sample| sample > 128) {
            [true, false, false] => 'R',
            [false, true, false] => 'G',
            [false, false, true] => 'B',
            [true, true, true] => 'W',
            _ => '?',
        })
        .into_iter()
        .collect()
}

/// The corners R G B W in each orientation (EXIF 3.0, figure 5).
pub(super) const UPRIGHT: [(u8, &str); 9] = [
    (0, "RGBW"),
    (1, "RGBW"),
    (2, "GRWB"),
    (3, "BWRG"),
    (4, "WBGR"),
    (5, "RWBG"),
    (6, "WRGB"),
    (7, "BGRW"),
    (8, "GBWR"),
];

#[test]
fn every_orientation_of_a_jpeg_is_turned_upright() {
    let mut cases = 0;
    for (orientation, expected) in UPRIGHT {
        let mut file = Vec::new();
        let mut encoder = jpeg_encoder::Encoder::new(&mut file, 95);
        encoder.add_exif_metadata(&exif_block(orientation, &[])).unwrap();
        encoder.encode(&corners(64, 32), 64, 32, jpeg_encoder::ColorType::Rgb).unwrap();
        for side in [16, 100] {
            let made = thumbnail(&file, &recipe(side, side, FormatChoice::Png));
            let (long, short) = if side == 16 { (16, 8) } else { (64, 32) };
            let size = if orientation >= 5 { (short, long) } else { (long, short) };
            assert_eq!((made.width, made.height), size, "orientation {orientation}");
            assert_eq!(letters(&pixels(&made)), expected, "orientation {orientation}");
            cases += 1;
        }
    }
    assert_eq!(cases, 18);
}

#[test]
fn orientation_is_found_however_its_writer_put_it() {
    let exif = exif_block(6, &[]);
    // The field's type and value, at 12 and 18: as a signed or unsigned long.
    let typed = |kind: u8| {
        let mut block = exif.clone();
        block[13] = kind;
        block[18..22].copy_from_slice(&6_u32.to_be_bytes());
        block
    };
    let named = [b"Exif\0\0".as_slice(), &exif].concat();
    let blocks = [exif.clone(), named, typed(4), typed(9)];
    for block in &blocks {
        use image::ImageEncoder;
        let mut webp = Vec::new();
        let mut encoder = image::codecs::webp::WebPEncoder::new_lossless(&mut webp);
        encoder.set_exif_metadata(block.clone()).unwrap();
        encoder.write_image(&corners(64, 32), 64, 32, image::ExtendedColorType::Rgb8).unwrap();
        let made = thumbnail(&webp, &recipe(16, 16, FormatChoice::Png));
        assert_eq!(letters(&pixels(&made)), "WRGB", "{block:?}");
    }
    assert_eq!(blocks.len(), 4);
}

#[test]
fn the_box_is_measured_after_turning() {
    let mut file = Vec::new();
    let mut encoder = jpeg_encoder::Encoder::new(&mut file, 95);
    encoder.add_exif_metadata(&exif_block(6, &[])).unwrap();
    encoder.encode(&corners(64, 32), 64, 32, jpeg_encoder::ColorType::Rgb).unwrap();
    // Upright it is 32 x 64.
    let made = thumbnail(&file, &recipe(8, 64, FormatChoice::Png));
    assert_eq!((made.width, made.height), (8, 16));
    let made = thumbnail(&file, &recipe(64, 8, FormatChoice::Png));
    assert_eq!((made.width, made.height), (4, 8));
}

#[test]
fn a_picture_that_fits_is_not_resampled() {
    let picture = DynamicImage::from(corners(64, 32));
    let file = write(&picture, ImageFormat::Png);
    for side in [64, 65, 1000] {
        let made = thumbnail(&file, &recipe(side, side, FormatChoice::Png));
        assert_eq!(pixels(&made).to_rgb8(), corners(64, 32));
    }
}

#[test]
fn a_hair_of_a_picture_keeps_one_pixel() {
    let file = write(&RgbImage::new(3000, 1).into(), ImageFormat::Png);
    let made = thumbnail(&file, &recipe(100, 100, FormatChoice::Source));
    assert_eq!((made.width, made.height), (100, 1));
    let file = jpeg(&RgbImage::new(1, 3000), false);
    let made = thumbnail(&file, &recipe(100, 100, FormatChoice::Source));
    assert_eq!((made.width, made.height), (1, 100));
}
