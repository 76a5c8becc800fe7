//! JPEGs in four inks. Adobe's programs store them inverted and label the file; readers take a file
//! without that label for one with it.

use jpeg_encoder::{ColorType, Encoder};

use crate::{pixels, recipe, thumbnail};
use thumbnail::FormatChoice;

/// Amounts of cyan, magenta, yellow and black, with 0 for none, and their colour on paper.
const INKS: [([u8; 4], [u8; 3]); 8] = [
    ([0, 0, 0, 0], [255, 255, 255]),
    ([255, 0, 0, 0], [0, 180, 240]),
    ([0, 255, 0, 0], [240, 40, 150]),
    ([0, 0, 255, 0], [255, 235, 40]),
    ([0, 255, 255, 0], [245, 32, 20]),
    ([255, 0, 255, 0], [0, 165, 75]),
    ([0, 0, 0, 255], [36, 38, 38]),
    ([255, 255, 255, 255], [0, 0, 0]),
];

/// How a file stores inks.
#[derive(Debug, Clone, Copy, PartialEq)]
enum Stored {
    /// Inverted, with Adobe's label.
    Adobe,
    /// The same as luma, chroma and black.
    AdobeYcck,
    /// Inverted, without a label.
    Unlabelled,
}

const EVERY: [Stored; 3] = [Stored::Adobe, Stored::AdobeYcck, Stored::Unlabelled];

/// A file of one mixture of inks.
fn file(amounts: [u8; 4], stored: Stored, is_progressive: bool) -> Vec<u8> {
    let mut file = Vec::new();
    let mut encoder = Encoder::new(&mut file, 100);
    encoder.set_progressive(is_progressive);
    // The encoder inverts, and writes Adobe's label.
    let (amounts, color) = match stored {
        Stored::Adobe | Stored::Unlabelled => (amounts, ColorType::Cmyk),
        Stored::AdobeYcck => (amounts, ColorType::CmykAsYcck),
    };
    encoder.encode(&amounts.repeat(96 * 96), 96, 96, color).unwrap();
    let label = file.windows(9).position(|at| at == b"\xFF\xEE\0\x0EAdobe").unwrap();
    if stored == Stored::Unlabelled {
        file.drain(label..label + 16);
    }
    file
}

/// The colour in the middle of a thumbnail.
fn shown(file: &[u8], format: FormatChoice, side: u32) -> [u8; 3] {
    let made = thumbnail(file, &recipe(side, side, format));
    pixels(&made).to_rgb8().get_pixel(side / 2, side / 2).0
}

fn off(one: [u8; 3], other: [u8; 3]) -> u8 {
    one.iter().zip(other).map(|(&one, other)| one.abs_diff(other)).max().unwrap()
}

#[test]
fn inks_are_shown_in_the_colours_of_a_printed_page_however_they_are_stored() {
    let mut cases = 0;
    for (amounts, expected) in INKS {
        for stored in EVERY {
            for is_progressive in [false, true] {
                let file = file(amounts, stored, is_progressive);
                // Decoded to an eighth of the size, to five eighths, and whole.
                for (format, side) in
                    [(FormatChoice::Jpeg, 10), (FormatChoice::Png, 50), (FormatChoice::Png, 96)]
                {
                    let found = shown(&file, format, side);
                    let most = if expected == [0, 0, 0] { 2 } else { 25 };
                    let off = off(found, expected);
                    assert!(off <= most, "{amounts:?} {stored:?} to {side}: {found:?}");
                    cases += 1;
                }
            }
        }
    }
    assert_eq!(cases, 8 * 3 * 2 * 3);
}

#[test]
fn the_same_inks_are_the_same_colour_however_they_are_stored() {
    for amounts in [[40, 90, 10, 20], [200, 30, 120, 0], [10, 10, 10, 180], [90, 200, 60, 60]] {
        let [adobe, ycck, unlabelled] =
            EVERY.map(|stored| shown(&file(amounts, stored, false), FormatChoice::Png, 50));
        assert!(off(adobe, unlabelled) == 0, "{amounts:?}: {adobe:?} and {unlabelled:?}");
        assert!(off(adobe, ycck) <= 6, "{amounts:?}: {adobe:?} and {ycck:?}");
    }
}
