//! Boxes and orientations: the size of thumbnails, and which side is up.

use image::{DynamicImage, ImageFormat, Rgb, RgbImage};

use crate::{jpeg, pixels, recipe, thumbnail, write};
use thumbnail::FormatChoice;

/// A minimal EXIF block with only an orientation (EXIF 3.0, 4.6.5).
pub(super) fn exif(orientation: u8) -> Vec<u8> {
    let mut block = b"MM\0\x2A\0\0\0\x08\0\x01\x01\x12\0\x03\0\0\0\x01\0".to_vec();
    block.extend([orientation, 0, 0, 0, 0, 0, 0]);
    block
}

/// Wider than high, with red, green, blue and white corners from the top left clockwise.
fn corners() -> RgbImage {
    RgbImage::from_fn(64, 32, |x, y| match (x < 32, y < 16) {
        (true, true) => Rgb([255, 0, 0]),
        (false, true) => Rgb([0, 255, 0]),
        (false, false) => Rgb([0, 0, 255]),
        (true, false) => Rgb([255, 255, 255]),
    })
}

/// The colours of a picture's corners, from the top left clockwise, as letters.
fn letters(picture: &DynamicImage) -> String {
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
const UPRIGHT: [(u8, &str); 9] = [
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
        encoder.add_exif_metadata(&exif(orientation)).unwrap();
        encoder.encode(&corners(), 64, 32, jpeg_encoder::ColorType::Rgb).unwrap();
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
fn orientation_is_found_in_png_webp_and_tiff_too() {
    use image::ImageEncoder;
    let color = image::ExtendedColorType::Rgb8;
    let mut cases = 0;
    for (orientation, expected) in UPRIGHT.into_iter().skip(1) {
        let mut png = Vec::new();
        let mut encoder = image::codecs::png::PngEncoder::new(&mut png);
        encoder.set_exif_metadata(exif(orientation)).unwrap();
        encoder.write_image(&corners(), 64, 32, color).unwrap();

        let mut webp = Vec::new();
        let mut encoder = image::codecs::webp::WebPEncoder::new_lossless(&mut webp);
        encoder.set_exif_metadata(exif(orientation)).unwrap();
        encoder.write_image(&corners(), 64, 32, color).unwrap();

        let mut tiff = write(&corners().into(), ImageFormat::Tiff);
        // The encoder writes no orientation: rename a tag that nothing here depends on. Tags are
        // 12 bytes each: number, type (3 is a 16-bit number), count, value.
        let resolution_unit = [0x28, 0x01, 3, 0, 1, 0, 0, 0];
        let renamed = tiff
            .windows(8)
            .position(|bytes| bytes == resolution_unit)
            .expect("the encoder states a resolution unit");
        tiff[renamed..renamed + 2].copy_from_slice(&0x0112_u16.to_le_bytes());
        tiff[renamed + 8..renamed + 10].copy_from_slice(&u16::from(orientation).to_le_bytes());

        for file in [png, webp, tiff] {
            let made = thumbnail(&file, &recipe(16, 16, FormatChoice::Png));
            assert_eq!(letters(&pixels(&made)), expected, "orientation {orientation}");
            cases += 1;
        }
    }
    assert_eq!(cases, 8 * 3);
}

#[test]
fn orientation_is_found_however_its_writer_put_it() {
    let exif = exif(6);
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
        encoder.write_image(&corners(), 64, 32, image::ExtendedColorType::Rgb8).unwrap();
        let made = thumbnail(&webp, &recipe(16, 16, FormatChoice::Png));
        assert_eq!(letters(&pixels(&made)), "WRGB", "{block:?}");
    }
    assert_eq!(blocks.len(), 4);
}

#[test]
fn the_box_is_measured_after_turning() {
    let mut file = Vec::new();
    let mut encoder = jpeg_encoder::Encoder::new(&mut file, 95);
    encoder.add_exif_metadata(&exif(6)).unwrap();
    encoder.encode(&corners(), 64, 32, jpeg_encoder::ColorType::Rgb).unwrap();
    // Upright it is 32 x 64.
    let made = thumbnail(&file, &recipe(8, 64, FormatChoice::Png));
    assert_eq!((made.width, made.height), (8, 16));
    let made = thumbnail(&file, &recipe(64, 8, FormatChoice::Png));
    assert_eq!((made.width, made.height), (4, 8));
}

#[test]
fn a_picture_that_fits_is_not_resampled() {
    let picture = DynamicImage::from(corners());
    let file = write(&picture, ImageFormat::Png);
    for side in [64, 65, 1000] {
        let made = thumbnail(&file, &recipe(side, side, FormatChoice::Png));
        assert_eq!(pixels(&made).to_rgb8(), corners());
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
