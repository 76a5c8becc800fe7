//! Every orientation in every kind of file that can tell it: thumbnails are upright however much of
//! the picture is decoded for them.

use image::{DynamicImage, ImageFormat};
use pictures::{Order, exif_block, tiff, with_exif};

use crate::animation::frames;
use crate::sizes::{UPRIGHT, corners, letters};
use crate::{pixels, recipe, thumbnail, write};
use thumbnail::{EncodedFormat, FormatChoice, Output, Recipe};

const WIDTH: u32 = 256;
const HEIGHT: u32 = 128;

/// The picture in every kind of file that holds EXIF.
fn files() -> Vec<(&'static str, Vec<u8>)> {
    let picture = DynamicImage::from(corners(WIDTH, HEIGHT));
    let mut glass = picture.to_rgba8();
    glass.pixels_mut().for_each(|pixel| pixel.0[3] = 250);
    let lossy = webp::Encoder::from_rgb(picture.as_bytes(), WIDTH, HEIGHT);
    let lossy_glass = glass.clone();
    let lossy_glass = webp::Encoder::from_rgba(&lossy_glass, WIDTH, HEIGHT);
    let mut progressive = Vec::new();
    let mut encoder = jpeg_encoder::Encoder::new(&mut progressive, 95);
    encoder.set_progressive(true);
    encoder.encode(picture.as_bytes(), 256, 128, jpeg_encoder::ColorType::Rgb).unwrap();
    vec![
        ("JPEG", write(&picture, ImageFormat::Jpeg)),
        ("progressive JPEG", progressive),
        ("PNG", write(&picture, ImageFormat::Png)),
        ("PNG with alpha", write(&glass.clone().into(), ImageFormat::Png)),
        ("PNG of 16 bits", write(&picture.to_rgb16().into(), ImageFormat::Png)),
        ("lossy WebP", lossy.encode(95.0).to_vec()),
        ("lossy WebP with alpha", lossy_glass.encode(95.0).to_vec()),
        ("lossless WebP", write(&picture, ImageFormat::WebP)),
        ("lossless WebP with alpha", write(&glass.into(), ImageFormat::WebP)),
    ]
}

/// The picture as a TIFF with an orientation.
fn tiff_file(order: Order, orientation: u8) -> Vec<u8> {
    let size = [u64::from(WIDTH), u64::from(HEIGHT)];
    let turn = [u64::from(orientation)];
    let fields: [(u16, &[u64]); 8] = [
        (256, &size[..1]),
        (257, &size[1..]),
        (258, &[8, 8, 8]),
        (259, &[1]),
        (262, &[2]),
        (274, &turn),
        (277, &[3]),
        (278, &size[1..]),
    ];
    tiff(order, &fields, &[corners(WIDTH, HEIGHT).into_raw()])
}

#[track_caller]
fn check(name: &str, file: &[u8], orientation: u8, expected: &str) {
    // JPEGs are made from planes if the file has them, PNGs from pixels: shrunk as they are
    // decoded, shrunk by columns, and all of them.
    for (format, side) in [
        (FormatChoice::Jpeg, 32),
        (FormatChoice::Png, 32),
        (FormatChoice::Png, 200),
        (FormatChoice::Png, 500),
    ] {
        let made = thumbnail(file, &recipe(side, side, format));
        let long = side.min(WIDTH);
        let size = if orientation < 5 { (long, long / 2) } else { (long / 2, long) };
        assert_eq!((made.width, made.height), size, "{name}, {orientation}, {side}");
        assert_eq!(letters(&pixels(&made)), expected, "{name}, {orientation}, {side}");
    }
}

#[test]
fn every_orientation_is_found_in_every_kind_of_file_that_holds_exif() {
    let mut cases = 0;
    for (name, file) in files() {
        for (orientation, expected) in UPRIGHT {
            check(name, &with_exif(&file, &exif_block(orientation, &[])), orientation, expected);
            cases += 1;
        }
    }
    assert_eq!(cases, 9 * 9);
}

#[test]
fn every_orientation_of_a_tiff_is_found_in_either_order_of_bytes_and_as_bigtiff() {
    let mut cases = 0;
    for is_big_endian in [false, true] {
        for is_big_tiff in [false, true] {
            let order = Order { is_big_endian, is_big_tiff };
            for (orientation, expected) in UPRIGHT {
                check("TIFF", &tiff_file(order, orientation), orientation, expected);
                cases += 1;
            }
        }
    }
    assert_eq!(cases, 4 * 9);
}

#[test]
fn an_orientation_that_does_not_exist_is_none() {
    for orientation in [9, 255] {
        let block = exif_block(orientation, &[]);
        for (name, file) in files() {
            check(name, &with_exif(&file, &block), 1, "RGBW");
        }
        check("TIFF", &tiff_file(Order::default(), orientation), 1, "RGBW");
    }
}

/// The picture as the first frame of two, the second of which is upside down.
fn animated_png() -> Vec<u8> {
    let mut file = Vec::new();
    let mut encoder = png::Encoder::new(&mut file, WIDTH, HEIGHT);
    encoder.set_color(png::ColorType::Rgb);
    encoder.set_animated(2, 0).unwrap();
    let mut writer = encoder.write_header().unwrap();
    let mut picture = corners(WIDTH, HEIGHT);
    writer.write_image_data(&picture).unwrap();
    image::imageops::flip_vertical_in_place(&mut picture);
    writer.write_image_data(&picture).unwrap();
    writer.finish().unwrap();
    file
}

#[test]
fn every_frame_of_an_animation_is_turned_upright() {
    let png = animated_png();
    let moving = |format, side| {
        let output = Output { animated: true, format, ..Output::inside(side, side) };
        Recipe::of(vec![output])
    };
    let webp = thumbnail(&png, &moving(FormatChoice::WebPLossless, 256)).bytes;
    let mut cases = 0;
    for file in [png, webp] {
        for (orientation, expected) in UPRIGHT {
            let file = with_exif(&file, &exif_block(orientation, &[]));
            // In the second frame, what was above is below.
            let flipped = |letters: &str| {
                let [a, b, c, d] = [0, 1, 2, 3].map(|at| letters.as_bytes()[at]);
                let is_on_side = orientation >= 5;
                let flipped = if is_on_side { [b, a, d, c] } else { [d, c, b, a] };
                String::from_utf8(flipped.to_vec()).unwrap()
            };
            for (format, to) in
                [(FormatChoice::Png, EncodedFormat::Png), (FormatChoice::WebP, EncodedFormat::WebP)]
            {
                let made = thumbnail(&file, &moving(format, 64));
                assert_eq!(made.format, to);
                let found: Vec<String> = frames(&made.bytes, to)
                    .into_iter()
                    .map(|(frame, _)| letters(&frame.into()))
                    .collect();
                assert_eq!(found, [expected.to_owned(), flipped(expected)], "{orientation}");
                cases += 1;
            }
        }
    }
    assert_eq!(cases, 2 * 9 * 2);
}
