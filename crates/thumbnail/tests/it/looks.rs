//! Linear light, sharpening and placeholders.
#![expect(clippy::needless_pass_by_value, reason = "outputs read best where they are used")]

use image::{DynamicImage, ImageBuffer, ImageFormat, Luma, Rgb, RgbImage, Rgba, RgbaImage};

use crate::{ROOMY, gradient, pixels, thumbnail, write};
use thumbnail::{Color, FormatChoice, Output, Placeholders, Recipe, render};

fn make(file: &[u8], output: Output) -> DynamicImage {
    let output = Output { format: FormatChoice::Png, ..output };
    pixels(&thumbnail(file, &Recipe::of(vec![output])))
}

/// Alternating black and white, which has half of white's light: grey 188 in sRGB, not 128.
#[test]
fn in_linear_light_half_the_light_is_half_as_bright() {
    let checks = RgbImage::from_fn(64, 64, |x, y| Rgb([u8::from((x + y) % 2 == 0) * 255; 3]));
    let wide = ImageBuffer::<Luma<u16>, _>::from_fn(64, 64, |x, y| {
        Luma([u16::from((x + y) % 2 == 0) * u16::MAX])
    });
    let mut cases = 0;
    for picture in [DynamicImage::from(checks), wide.into()] {
        let file = write(&picture, ImageFormat::Png);
        for (linear_light, expected) in [(true, 188), (false, 128)] {
            let made = make(&file, Output { linear_light, ..Output::inside(16, 16) }).to_luma8();
            let found = made.get_pixel(8, 8).0[0];
            assert!(found.abs_diff(expected) <= 1, "linear: {linear_light}, {found}");
            cases += 1;
        }
    }
    assert_eq!(cases, 4);
}

#[test]
fn plain_colours_and_transparency_are_the_same_in_any_light() {
    let picture = RgbaImage::from_fn(40, 40, |x, _| {
        if x < 20 { Rgba([200, 100, 50, 255]) } else { Rgba([200, 100, 50, 100]) }
    });
    let file = write(&picture.into(), ImageFormat::Png);
    let made = make(&file, Output { linear_light: true, ..Output::inside(20, 20) }).to_rgba8();
    assert_eq!(made.get_pixel(3, 10).0, [200, 100, 50, 255]);
    assert_eq!(made.get_pixel(16, 10).0, [200, 100, 50, 100]);
}

#[test]
fn sharpening_steepens_edges_and_leaves_plain_areas_alone() {
    let picture = RgbImage::from_fn(40, 40, |x, _| Rgb([if x < 20 { 100 } else { 150 }; 3]));
    let file = write(&picture.into(), ImageFormat::Png);
    let row = |sharpen| {
        let made = make(&file, Output { sharpen, ..Output::inside(40, 40) }).to_luma8();
        [10, 19, 20, 30].map(|x| made.get_pixel(x, 20).0[0])
    };
    assert_eq!(row(0), [100, 100, 150, 150]);
    // A quarter of the blurred surroundings is beyond the edge: 12.5 of the step of 50.
    assert_eq!(row(100), [100, 88, 162, 150]);
    assert_eq!(row(50), [100, 94, 156, 150]);
}

#[test]
fn sharpening_keeps_alpha_and_takes_no_colour_from_what_is_transparent() {
    let picture = RgbaImage::from_fn(20, 20, |x, _| {
        if x < 10 { Rgba([120, 130, 140, 255]) } else { Rgba([0, 0, 0, 0]) }
    });
    let file = write(&picture.clone().into(), ImageFormat::Png);
    let made = make(&file, Output { sharpen: 100, ..Output::inside(20, 20) }).to_rgba8();
    assert_eq!(made, picture);
}

fn placeholders(picture: &DynamicImage) -> Placeholders {
    let outputs = vec![Output::inside(16, 16)];
    let file = write(picture, ImageFormat::Png);
    let recipe = Recipe { placeholders: true, ..Recipe::of(outputs) };
    render(&file, &recipe, &ROOMY).unwrap().placeholders.unwrap()
}

#[test]
fn placeholders_are_worked_out_only_where_asked() {
    let file = write(&gradient(40, 30).into(), ImageFormat::Png);
    let outputs = vec![Output::inside(16, 16)];
    let recipe = Recipe::of(outputs);
    assert_eq!(render(&file, &recipe, &ROOMY).unwrap().placeholders, None);
}

#[test]
fn placeholders_show_the_shape_and_the_colours_of_the_picture() {
    // Blue sky over a green field, twice as wide as high.
    let picture =
        RgbImage::from_fn(
            300,
            150,
            |_, y| {
                if y < 75 { Rgb([60, 120, 230]) } else { Rgb([40, 160, 60]) }
            },
        );
    let found = placeholders(&picture.into());
    let (width, height, shown) = thumbhash::thumb_hash_to_rgba(&found.thumb_hash).unwrap();
    assert!((16..=24).contains(&(width * 10 / height)), "{width} x {height}");
    let (top, bottom) = (&shown[..4], &shown[shown.len() - 4..]);
    assert!(top[2] > top[1] && bottom[1] > bottom[2], "{top:?} {bottom:?}");

    let shown = blurhash::decode(&found.blur_hash, 8, 4, 1.0).unwrap();
    let (top, bottom) = (&shown[..4], &shown[shown.len() - 4..]);
    assert!(top[2] > top[1] && bottom[1] > bottom[2], "{top:?} {bottom:?}");
    assert_eq!(found.blur_hash.len(), 6 + (4 * 3 - 1) * 2);
}

#[test]
fn a_blurhash_has_its_finer_side_along_the_picture_and_white_behind_it() {
    for (size, expected) in [((90, 60), (4, 3)), ((60, 60), (4, 3)), ((60, 90), (3, 4))] {
        let glass = RgbaImage::from_pixel(size.0, size.1, Rgba([0, 0, 0, 0]));
        let hash = placeholders(&glass.into()).blur_hash;
        // The first digit tells how many parts there are across and down, less 1.
        let digits = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz";
        let parts = digits.find(hash.chars().next().unwrap()).unwrap();
        assert_eq!((parts % 9 + 1, parts / 9 + 1), expected, "{size:?}");
        let shown = blurhash::decode(&hash, 4, 4, 1.0).unwrap();
        assert!(shown.iter().all(|&sample| sample > 250), "{size:?}: {shown:?}");
    }
}

#[test]
fn the_dominant_colour_is_the_one_there_is_most_of() {
    let picture = RgbaImage::from_fn(90, 90, |x, y| match (x / 30, y / 30) {
        (0, _) => Rgba([200, 0, 0, 255]),
        (1, 0) => Rgba([0, 200, 0, 255]),
        // There is more of this colour, but it hardly shows.
        _ => Rgba([0, 0, 200, 20]),
    });
    assert_eq!(placeholders(&picture.into()).dominant, Color { rgb: [200, 0, 0], alpha: 255 });
    let nothing = RgbaImage::new(30, 30);
    assert_eq!(placeholders(&nothing.into()).dominant, Color::WHITE);
}

#[test]
fn placeholders_are_made_of_any_size() {
    let mut cases = 0;
    for (width, height) in [(1, 1), (1, 500), (500, 1), (101, 99), (3, 2)] {
        let found = placeholders(&gradient(width, height).into());
        assert!((5..40).contains(&found.thumb_hash.len()), "{width} x {height}");
        assert!(!found.blur_hash.is_empty());
        cases += 1;
    }
    assert_eq!(cases, 5);
}

#[test]
fn placeholders_are_upright() {
    let picture = RgbImage::from_fn(100, 50, |x, _| Rgb([if x < 50 { 250 } else { 10 }; 3]));
    let mut file = Vec::new();
    let mut encoder = jpeg_encoder::Encoder::new(&mut file, 90);
    encoder.add_exif_metadata(&pictures::exif_block(6, &[])).unwrap();
    encoder.encode(&picture, 100, 50, jpeg_encoder::ColorType::Rgb).unwrap();
    let recipe = Recipe { placeholders: true, ..Recipe::of(vec![Output::inside(9, 9)]) };
    let found = render(&file, &recipe, &ROOMY).unwrap().placeholders.unwrap();
    let (width, height, shown) = thumbhash::thumb_hash_to_rgba(&found.thumb_hash).unwrap();
    assert!(height > width);
    assert!(shown[0] > 150 && shown[shown.len() - 4] < 100, "bright above, dark below");
}
