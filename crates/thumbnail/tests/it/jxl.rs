//! Variants of JPEG XL: each is read, and shows the same picture.

use image::{DynamicImage, ImageBuffer, Luma, Rgb, RgbImage, RgbaImage, imageops};
use pictures::{
    animated_jxl, boxed_jxl, inks_jxl, jxl_header, layered_jxl, lossless_jxl, refined_jxl,
    turned_jxl,
};

use crate::{ROOMY, difference, gradient, pixels, recipe, thumbnail};
use thumbnail::{FormatChoice, SourceFormat, memory_to_render, render};

/// Checks that `file` shows `expected`, to the last bit.
fn check(name: &str, file: &[u8], expected: &DynamicImage) {
    let rendering = render(file, &recipe(500, 500, FormatChoice::Png), &ROOMY);
    let rendering = rendering.unwrap_or_else(|error| panic!("{name}: {error:?}"));
    assert_eq!(rendering.source_format, SourceFormat::Jxl, "{name}");
    let difference = difference(&pixels(&rendering.thumbnails[0]), expected);
    assert!(difference == 0.0, "{name} is off by {difference}");
}

#[test]
fn every_kind_of_samples_is_read() {
    let colour = DynamicImage::from(gradient(301, 40));
    let glass = DynamicImage::from(RgbaImage::from_fn(37, 21, |x, y| {
        let shade = u8::try_from(x * 6).unwrap();
        image::Rgba([shade, 255 - shade, 90, u8::try_from(y * 12).unwrap()])
    }));
    let cases = [
        ("grey", DynamicImage::from(colour.to_luma8())),
        ("grey with alpha", DynamicImage::from(glass.to_luma_alpha8())),
        ("colour", colour.clone()),
        ("colour with alpha", glass),
        ("grey of 16 bits", DynamicImage::from(colour.to_luma16())),
        ("colour of 16 bits", DynamicImage::from(colour.to_rgb16())),
    ];
    for (name, picture) in cases {
        check(name, &lossless_jxl(&picture), &picture);
    }
}

#[test]
fn sixteen_bits_are_resized_as_such() {
    // Shades that differ by less than 1/256; their mean is half-way between two of those steps.
    let detail =
        ImageBuffer::from_fn(64, 64, |x, _| Luma([if x % 2 == 0 { 0x7F00 } else { 0x8001_u16 }]));
    let file = lossless_jxl(&DynamicImage::from(detail));
    let made = pixels(&thumbnail(&file, &recipe(8, 8, FormatChoice::Png))).to_luma8();
    assert!(made.pixels().all(|pixel| pixel.0[0] == 127), "{made:?}");
}

#[test]
fn inks_are_those_of_a_jpeg_with_the_same() {
    let mut cases = 0;
    for amounts in [[0, 0, 0, 0], [200, 30, 120, 0], [0, 0, 0, 255], [40, 90, 10, 20]] {
        let mut jpeg = Vec::new();
        let encoder = jpeg_encoder::Encoder::new(&mut jpeg, 100);
        encoder.encode(&amounts.repeat(32 * 32), 32, 32, jpeg_encoder::ColorType::Cmyk).unwrap();
        let stored = RgbaImage::from_pixel(32, 32, image::Rgba(amounts.map(|ink| 255 - ink)));
        let [expected, made] = [jpeg, inks_jxl(&stored, true)]
            .map(|file| pixels(&thumbnail(&file, &recipe(32, 32, FormatChoice::Png))));
        let off = difference(&made, &expected);
        assert!(off < 2.0, "{amounts:?} are off by {off}");
        cases += 1;
    }
    assert_eq!(cases, 4);
    let without_black = inks_jxl(&RgbaImage::new(32, 32), false);
    let refusal = render(&without_black, &recipe(9, 9, FormatChoice::Source), &ROOMY).unwrap_err();
    assert_eq!(refusal.reason(), "unsupported");
}

#[test]
fn boxes_do_not_change_the_picture() {
    let picture = gradient(120, 80);
    let file = lossless_jxl(&DynamicImage::from(picture.clone()));
    check("in boxes", &boxed_jxl(&file), &picture.into());
}

#[test]
fn every_orientation_is_shown_upright() {
    let upright = gradient(60, 40);
    let stored: [(u8, RgbImage); 8] = [
        (1, upright.clone()),
        (2, imageops::flip_horizontal(&upright)),
        (3, imageops::rotate180(&upright)),
        (4, imageops::flip_vertical(&upright)),
        (5, imageops::rotate90(&imageops::flip_vertical(&upright))),
        (6, imageops::rotate270(&upright)),
        (7, imageops::rotate90(&imageops::flip_horizontal(&upright))),
        (8, imageops::rotate90(&upright)),
    ];
    let upright = DynamicImage::from(upright);
    for (orientation, stored) in stored {
        check(&format!("orientation {orientation}"), &turned_jxl(&stored, orientation), &upright);
    }
}

#[test]
fn of_an_animation_the_first_frame_is_shown_and_of_layers_the_last() {
    let (first, second) = (gradient(50, 30), RgbImage::from_pixel(50, 30, Rgb([9, 99, 199])));
    let animated = animated_jxl(&[first.clone(), second]);
    check("animated", &animated, &DynamicImage::from(first.clone()));
    check("in layers", &layered_jxl(&first, 5), &DynamicImage::from(first));
}

#[test]
fn no_part_of_a_file_from_its_start_is_taken_for_the_whole() {
    let picture = gradient(300, 40);
    let bare = lossless_jxl(&DynamicImage::from(picture.clone()));
    let animated = animated_jxl(&[picture.clone(), picture.clone()]);
    let first_frame = animated.len() / 2;
    let mut cases = 0;
    for (file, start, end) in [
        (boxed_jxl(&bare), 12, boxed_jxl(&bare).len()),
        (layered_jxl(&picture, 2), 2, layered_jxl(&picture, 2).len()),
        (animated, 2, first_frame - 20),
        (bare.clone(), 2, bare.len()),
    ] {
        for length in (start..end).filter(|length| length % 7 == 0 || *length < 200) {
            let refusal = render(&file[..length], &recipe(9, 9, FormatChoice::Source), &ROOMY);
            let reason = refusal.map(|_| ()).unwrap_err().reason();
            assert_eq!(reason, "truncated", "cut to {length} of {}", file.len());
            cases += 1;
        }
    }
    assert!(cases > 4_000, "{cases}");
}

#[test]
fn the_small_pictures_that_are_damaged_elsewhere_are_sound() {
    let mut cases = 0;
    for (name, file) in pictures::hostile::seeds() {
        if name.starts_with("jxl") {
            let rendering = render(&file, &recipe(9, 9, FormatChoice::Source), &ROOMY);
            assert!(rendering.is_ok(), "{name}: {rendering:?}");
            cases += 1;
        }
    }
    assert_eq!(cases, 6);
}

#[test]
fn a_picture_that_refines_a_small_one_takes_hardly_more_memory_than_another() {
    let size = (2400, 1800);
    let memory = |file: &[u8]| {
        memory_to_render(file, &recipe(99, 99, FormatChoice::Jpeg), &ROOMY).expect("its headers")
    };
    // A frame with all defaults is VarDCT.
    let plain = [jxl_header(size), vec![1; 64]].concat();
    let refined = refined_jxl(size);
    let (plain, refining) = (memory(&plain), memory(&refined));
    assert!((plain..plain * 3 / 2).contains(&refining), "{refining} instead of {plain}");
    // Layers that follow an LF frame are counted as such.
    let mut layers = refined[..refined.len() - 64].to_vec();
    let first = layered_jxl(&gradient(64, 64), 2);
    let header = layers.len() - 4;
    layers.truncate(header);
    layers.extend(&first[jxl_header((64, 64)).len()..]);
    assert!(memory(&layers) > refining * 2, "{} {refining}", memory(&layers));
}
