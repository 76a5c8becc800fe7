//! What is taken for a graphic where a recipe leaves the format to the picture, at the bounds that
//! the documentation of `FormatChoice::Auto` names.

use image::{ImageFormat, Rgb, RgbImage};

use crate::{recipe, thumbnail, write};
use thumbnail::{EncodedFormat, FormatChoice};

fn is_graphic(picture: &RgbImage) -> bool {
    let (width, height) = picture.dimensions();
    let file = write(&picture.clone().into(), ImageFormat::Png);
    let made = thumbnail(&file, &recipe(width, height, FormatChoice::Auto));
    assert_eq!((made.width, made.height), (width, height));
    made.format != EncodedFormat::Jpeg
}

/// The colour of a number, each different.
fn color(number: u32) -> Rgb<u8> {
    let [low, high, ..] = number.to_le_bytes();
    Rgb([low, 40 + high, 200])
}

/// The grey of a number.
fn grey(number: u32) -> Rgb<u8> {
    Rgb([u8::try_from(number).unwrap(); 3])
}

/// So many colours, each in so many places, no two of which touch across.
fn columns(colors: u32, places: u32, color: fn(u32) -> Rgb<u8>) -> RgbImage {
    RgbImage::from_fn(colors, places, |x, _| color(x))
}

#[test]
fn few_colours_in_many_places_each_are_a_graphic() {
    assert!(is_graphic(&columns(256, 8, color)));
    assert!(!is_graphic(&columns(257, 8, color)));
    assert!(!is_graphic(&columns(256, 7, color)));
    assert!(is_graphic(&columns(32, 8, grey)));
    assert!(!is_graphic(&columns(33, 8, grey)));
    assert!(!is_graphic(&columns(32, 7, grey)));
}

/// A picture of 4000 pixels: so many of one colour, and then as many colours as that, by turns.
fn flat_above(flat: u32, colors: u32, color: fn(u32) -> Rgb<u8>) -> RgbImage {
    RgbImage::from_fn(100, 40, |x, y| {
        let at = y * 100 + x;
        if at < flat { color(0) } else { color(1 + (at - flat) % colors) }
    })
}

#[test]
fn flat_areas_are_a_graphic_unless_there_are_many_colours_elsewhere() {
    // Half of the pixels, and 15 colours for each hundred of them.
    assert!(is_graphic(&flat_above(2000, 599, color)));
    assert!(!is_graphic(&flat_above(1999, 599, color)));
    assert!(!is_graphic(&flat_above(2000, 600, color)));
    // Without colour, four fifths.
    assert!(is_graphic(&flat_above(3200, 64, grey)));
    assert!(!is_graphic(&flat_above(3199, 64, grey)));
}
