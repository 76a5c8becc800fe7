//! Fits, gravity and backgrounds, upright whatever the orientation.
#![expect(
    clippy::cast_possible_truncation,
    clippy::needless_pass_by_value,
    reason = "small numbers, and outputs that read best where they are used"
)]

use image::{DynamicImage, ImageFormat, Rgb, RgbImage, Rgba, RgbaImage};
use pictures::exif_block;

use crate::{pixels, thumbnail, write};
use thumbnail::{Color, Fit, FormatChoice, Gravity, Output, Recipe, Thumbnail};

fn make(file: &[u8], output: Output) -> Thumbnail {
    let output = Output { format: FormatChoice::Png, ..output };
    thumbnail(file, &Recipe::of(vec![output]))
}

fn fitted(fit: Fit, width: u32, height: u32) -> Output {
    Output { fit, ..Output::inside(width, height) }
}

/// Four columns of 16 pixels: red, green, blue, white.
fn columns() -> RgbImage {
    const COLOURS: [[u8; 3]; 4] = [[255, 0, 0], [0, 255, 0], [0, 0, 255], [255; 3]];
    RgbImage::from_fn(64, 16, |x, _| Rgb(COLOURS[(x / 16) as usize]))
}

#[test]
fn cover_keeps_the_part_that_gravity_names() {
    let file = write(&columns().into(), ImageFormat::Png);
    for (gravity, colour) in [(Gravity::West, [255, 0, 0]), (Gravity::East, [255, 255, 255])] {
        for side in [8, 16] {
            let made = make(&file, Output { gravity, ..fitted(Fit::Cover, side, side) });
            assert_eq!((made.width, made.height), (side, side));
            let made = pixels(&made).to_rgb8().get_pixel(side / 2, side / 2).0;
            assert_eq!(made, colour, "{gravity:?}");
        }
    }
    let made = pixels(&make(&file, fitted(Fit::Cover, 16, 16))).to_rgb8();
    assert_eq!((made.get_pixel(2, 8).0, made.get_pixel(13, 8).0), ([0, 255, 0], [0, 0, 255]));
}

#[test]
fn cutting_equals_resizing_the_whole_picture_and_cutting_then() {
    let file = write(&columns().into(), ImageFormat::Png);
    let whole = pixels(&make(&file, Output::inside(32, 8)));
    for (gravity, x) in [(Gravity::West, 0), (Gravity::Center, 12), (Gravity::East, 24)] {
        let cut = pixels(&make(&file, Output { gravity, ..fitted(Fit::Cover, 8, 8) }));
        assert_eq!(cut.to_rgb8(), whole.crop_imm(x, 0, 8, 8).to_rgb8(), "{gravity:?}");
    }
}

#[test]
fn gravity_is_upright_whatever_the_orientation() {
    let upright = columns();
    let mut cases = 0;
    for orientation in 1..=8 {
        // As a camera held that way would have stored it.
        let stored = match orientation {
            2 => image::imageops::flip_horizontal(&upright),
            3 => image::imageops::rotate180(&upright),
            4 => image::imageops::flip_vertical(&upright),
            5 => image::imageops::flip_horizontal(&image::imageops::rotate90(&upright)),
            6 => image::imageops::rotate270(&upright),
            7 => image::imageops::flip_horizontal(&image::imageops::rotate270(&upright)),
            8 => image::imageops::rotate90(&upright),
            _ => upright.clone(),
        };
        let mut file = Vec::new();
        let mut encoder = jpeg_encoder::Encoder::new(&mut file, 100);
        encoder.add_exif_metadata(&exif_block(orientation, &[])).unwrap();
        encoder.set_sampling_factor(jpeg_encoder::SamplingFactor::R_4_4_4);
        let (width, height) = (stored.width() as u16, stored.height() as u16);
        encoder.encode(&stored, width, height, jpeg_encoder::ColorType::Rgb).unwrap();
        for (gravity, colour) in [(Gravity::West, [255, 0, 0]), (Gravity::East, [255; 3])] {
            let made = make(&file, Output { gravity, ..fitted(Fit::Cover, 8, 8) });
            let found = pixels(&made).to_rgb8().get_pixel(4, 4).0;
            let off = found.iter().zip(colour).map(|(&a, b)| a.abs_diff(b)).max().unwrap();
            assert!(off < 8, "orientation {orientation}, {gravity:?}: {found:?}");
        }
        let output = Output { gravity: Gravity::NorthWest, ..fitted(Fit::Contain, 80, 40) };
        let made = make(&file, output);
        assert_eq!((made.width, made.height), (80, 40));
        let made = pixels(&made).to_rgb8();
        assert!(made.get_pixel(4, 8).0[1] < 8, "red lies to the left, orientation {orientation}");
        assert_eq!(made.get_pixel(40, 30).0, [255; 3], "and white space below");
        cases += 1;
    }
    assert_eq!(cases, 8);
}

#[test]
fn contain_lays_the_picture_on_its_background() {
    let file = write(&RgbImage::from_pixel(40, 20, Rgb([10, 20, 30])).into(), ImageFormat::Png);
    let background = Color { rgb: [200, 100, 50], alpha: 255 };
    let made = make(&file, Output { background, ..fitted(Fit::Contain, 20, 20) });
    let made = pixels(&made).to_rgba8();
    assert_eq!(made.dimensions(), (20, 20));
    for (x, y, expected) in [
        (10, 4, [200, 100, 50, 255]),
        (10, 5, [10, 20, 30, 255]),
        (10, 14, [10, 20, 30, 255]),
        (10, 15, [200, 100, 50, 255]),
    ] {
        assert_eq!(made.get_pixel(x, y).0, expected, "{x} {y}");
    }
}

#[test]
fn a_background_is_as_transparent_as_it_says_where_the_format_has_alpha() {
    let file = write(&RgbImage::from_pixel(40, 20, Rgb([10, 20, 30])).into(), ImageFormat::Png);
    let background = Color { rgb: [200, 100, 50], alpha: 128 };
    let output = Output { background, ..fitted(Fit::Contain, 20, 20) };
    for (format, space) in [
        (FormatChoice::Png, [200, 100, 50, 128]),
        (FormatChoice::WebPLossless, [200, 100, 50, 128]),
        (FormatChoice::Jpeg, [200, 100, 50, 255]),
    ] {
        let outputs = vec![Output { format, ..output.clone() }];
        let made = thumbnail(&file, &Recipe::of(outputs));
        let found = pixels(&made).to_rgba8().get_pixel(1, 1).0;
        let off = found.iter().zip(space).map(|(&a, b)| a.abs_diff(b)).max().unwrap();
        assert!(off <= if format == FormatChoice::Jpeg { 4 } else { 0 }, "{format:?} {found:?}");
    }
}

#[test]
fn transparent_parts_lie_on_the_background_where_the_format_has_no_alpha() {
    let glass = RgbaImage::from_pixel(16, 16, Rgba([0, 0, 0, 128]));
    let file = write(&glass.into(), ImageFormat::Png);
    for (rgb, expected) in [([255; 3], [127; 3]), ([200, 100, 0], [100, 50, 0]), ([0; 3], [0; 3])] {
        let background = Color { rgb, alpha: 255 };
        let output = Output { background, format: FormatChoice::Jpeg, ..Output::inside(16, 16) };
        let made = thumbnail(&file, &Recipe::of(vec![output]));
        let found = pixels(&made).to_rgb8().get_pixel(8, 8).0;
        let off = found.iter().zip(expected).map(|(&a, b): (&u8, u8)| a.abs_diff(b)).max();
        assert!(off <= Some(3), "on {rgb:?}: {found:?}");
    }
}

#[test]
fn grey_stays_grey_on_grey_and_takes_colour_from_a_coloured_background() {
    let file = write(&DynamicImage::from(columns()).to_luma8().into(), ImageFormat::Png);
    for (rgb, has_color) in [([255; 3], false), ([9, 9, 9], false), ([255, 0, 0], true)] {
        let background = Color { rgb, alpha: 255 };
        let made = make(&file, Output { background, ..fitted(Fit::Contain, 32, 32) });
        assert_eq!(pixels(&made).color().has_color(), has_color, "{rgb:?}");
    }
}

#[test]
fn small_pictures_are_enlarged_only_where_asked() {
    let file = write(&columns().into(), ImageFormat::Png);
    let mut cases = 0;
    for (fit, kept, enlarged) in [
        (Fit::Inside, (64, 16), (128, 32)),
        (Fit::Cover, (16, 16), (128, 128)),
        (Fit::Contain, (128, 128), (128, 128)),
        (Fit::Fill, (128, 128), (128, 128)),
        (Fit::Outside, (64, 16), (512, 128)),
    ] {
        for (enlarge, expected) in [(false, kept), (true, enlarged)] {
            let made = make(&file, Output { enlarge, ..fitted(fit, 128, 128) });
            assert_eq!((made.width, made.height), expected, "{fit:?}, enlarge: {enlarge}");
            cases += 1;
        }
    }
    assert_eq!(cases, 10);
}

#[test]
fn fill_squeezes_the_whole_picture() {
    let file = write(&columns().into(), ImageFormat::Png);
    let made = pixels(&make(&file, fitted(Fit::Fill, 16, 32))).to_rgb8();
    assert_eq!(made.dimensions(), (16, 32));
    assert!(made.get_pixel(0, 20).0[0] > 240 && made.get_pixel(0, 20).0[1] < 15);
    assert!(made.get_pixel(15, 20).0.iter().all(|&sample| sample > 240));
}

#[test]
fn smart_gravity_finds_what_there_is_to_see() {
    let mut cases = 0;
    for at in [20_u32, 100, 170] {
        for lies in [true, false] {
            // A plain wall, and something with many edges on it.
            let picture = RgbImage::from_fn(200, 50, |x, y| {
                let is_there = (at..at + 20).contains(&x) && (15..35).contains(&y);
                if is_there && (x + y) % 4 < 2 { Rgb([30, 60, 30]) } else { Rgb([190, 195, 200]) }
            });
            let picture = if lies { picture } else { image::imageops::rotate90(&picture) };
            let file = write(&picture.into(), ImageFormat::Png);
            let made =
                make(&file, Output { gravity: Gravity::Smart, ..fitted(Fit::Cover, 50, 50) });
            let dark = pixels(&made).to_luma8().iter().filter(|&&grey| grey < 100).count();
            assert!(dark >= 190, "at {at}: {dark} of 200 dark pixels are kept");
            cases += 1;
        }
    }
    assert_eq!(cases, 6);
}

#[test]
fn smart_gravity_prefers_faces_to_leaves() {
    // Skin, which is smooth, against texture of the same brightness.
    let picture = RgbImage::from_fn(180, 60, |x, y| {
        let is_face = (x.abs_diff(40)).pow(2) + (y.abs_diff(30)).pow(2) < 18 * 18;
        let is_leaf = x > 120 && (x / 3 + y / 3) % 2 == 0;
        if is_face {
            Rgb([220, 160, 124])
        } else if is_leaf {
            Rgb([150, 150, 140])
        } else {
            Rgb([165, 165, 155])
        }
    });
    let file = write(&picture.into(), ImageFormat::Png);
    let made = make(&file, Output { gravity: Gravity::Smart, ..fitted(Fit::Cover, 60, 60) });
    let skin = pixels(&made).to_rgb8().pixels().filter(|pixel| pixel.0[0] > 200).count();
    assert!(skin > 900, "{skin} of some 1000 pixels of the face are kept");
}

/// Dull blues from one end to the other: every place is another, and none stands out.
fn dull(width: u32, height: u32) -> RgbImage {
    RgbImage::from_fn(width, height, |x, y| {
        Rgb([100, 100, u8::try_from(100 + (x + y) * 50 / (width + height)).unwrap()])
    })
}

#[test]
fn where_nothing_stands_out_smart_gravity_keeps_the_middle() {
    for (width, height) in [(90, 30), (30, 90)] {
        let file = write(&dull(width, height).into(), ImageFormat::Png);
        let cut = |gravity| make(&file, Output { gravity, ..fitted(Fit::Cover, 30, 30) });
        assert_eq!(cut(Gravity::Smart), cut(Gravity::Center), "{width} x {height}");
        assert_ne!(cut(Gravity::Smart), cut(Gravity::NorthWest), "{width} x {height}");
    }
}
