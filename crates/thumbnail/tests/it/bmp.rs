//! BMP and ICO: pixels in runs, headers of OS/2, and masks.

use image::{DynamicImage, ImageFormat, Rgb, RgbImage, Rgba, RgbaImage};

use crate::{ROOMY, difference, gradient, ico, recipe, shown, write};
use thumbnail::{FormatChoice, render};

const WIDTH: u32 = 20;
const HEIGHT: u32 = 9;

/// Colours by index; the first is neither black nor white.
fn color(index: u8) -> [u8; 3] {
    [60 + index * 10, 200 - index * 9, 90 + index * 3]
}

fn reason(file: &[u8]) -> &'static str {
    let refusal = render(file, &recipe(9, 9, FormatChoice::Source), &ROOMY);
    refusal.map(|_| ()).unwrap_err().reason()
}

fn check(name: &str, file: &[u8], expected: impl Into<DynamicImage>) {
    let difference = difference(&shown(file), &expected.into());
    assert!(difference == 0.0, "{name} is off by {difference}");
}

/// A file with a header of `length` bytes and 16 colours.
fn bmp(length: u32, height: i32, bits: u16, compression: u32, planes: u16, data: &[u8]) -> Vec<u8> {
    let mut header = length.to_le_bytes().to_vec();
    header.extend(WIDTH.to_le_bytes());
    header.extend(height.to_le_bytes());
    header.extend(planes.to_le_bytes());
    header.extend(bits.to_le_bytes());
    header.extend(compression.to_le_bytes());
    header.extend([0; 12]);
    header.extend(16_u32.to_le_bytes());
    header.resize(length as usize, 0);
    // A short header leaves out how many colours there are.
    let colors = if length < 36 { 1_usize << bits } else { 16 };
    let palette = (0..colors).flat_map(|index| {
        let [red, green, blue] = color(u8::try_from(index % 16).unwrap());
        [blue, green, red, 0]
    });
    header.extend(palette);
    let mut file = b"BM\0\0\0\0\0\0\0\0".to_vec();
    file.extend(u32::try_from(14 + header.len()).unwrap().to_le_bytes());
    [file, header, data.to_vec()].concat()
}

fn picture(index: impl Fn(u32, u32) -> u8) -> RgbImage {
    RgbImage::from_fn(WIDTH, HEIGHT, |x, y| Rgb(color(index(x, y))))
}

#[test]
fn pixels_that_runs_leave_out_have_the_first_colour() {
    // Rows from the bottom up: a short one, one that begins late, two that are jumped over, stored
    // pixels of an odd count, one that is too long, and an early end.
    let eight = [
        &[5, 3, 0, 0][..],
        &[0, 2, 4, 0, 3, 7, 0, 0],
        &[0, 2, 1, 2, 2, 4, 0, 0],
        &[0, 3, 1, 2, 3, 0, 0, 0],
        &[30, 9, 0, 0],
        &[0, 1],
    ];
    let four = [
        &[5, 0x33, 0, 0][..],
        &[0, 2, 4, 0, 3, 0x77, 0, 0],
        &[0, 2, 1, 2, 2, 0x44, 0, 0],
        &[0, 3, 0x12, 0x30, 0, 0],
        &[30, 0x99, 0, 0],
        &[0, 1],
    ];
    for (bits, compression, data) in [(8, 1, eight.concat()), (4, 2, four.concat())] {
        let index = |x: u32, row: u32| match (row, x) {
            (0, 0..5) | (5, 2) => 3,
            (1, 4..7) => 7,
            (4, 1..3) => 4,
            (5, 0) => 1,
            (5, 1) => 2,
            (6, _) => 9,
            _ => 0,
        };
        let file = bmp(40, 9, bits, compression, 1, &data);
        check("from the bottom", &file, picture(|x, y| index(x, HEIGHT - 1 - y)));
        let file = bmp(40, -9, bits, compression, 1, &data);
        check("from the top", &file, picture(index));
        let file = bmp(64, 9, bits, compression, 1, &data);
        check("of OS/2", &file, picture(|x, y| index(x, HEIGHT - 1 - y)));
        let file = bmp(40, 9, bits, compression, 1, &data[..data.len() - 2]);
        assert_eq!(reason(&file), "truncated");
        let file = bmp(40, 9, bits, compression, 3, &data);
        assert_eq!(reason(&file), "undecodable");
    }
}

#[test]
fn runs_may_end_with_the_last_pixel() {
    let rows: Vec<u8> = (0..9).flat_map(|row| [20, row]).collect();
    // Without a code for the end of each row, one row is all there is.
    let file = bmp(40, 1, 8, 1, 1, &rows[..2]);
    check("one row", &file, RgbImage::from_pixel(WIDTH, 1, Rgb(color(0))));
}

#[test]
fn headers_of_os2_may_have_any_length() {
    let index = |x: u32, y: u32| u8::try_from((x * y) % 16).unwrap();
    let rows = || (0..HEIGHT).rev();
    let eight: Vec<u8> = rows().flat_map(|y| (0..WIDTH).map(move |x| index(x, y))).collect();
    let four: Vec<u8> = rows()
        .flat_map(|y| {
            let pairs = (0..WIDTH).step_by(2).map(move |x| index(x, y) << 4 | index(x + 1, y));
            pairs.chain([0; 2])
        })
        .collect();
    for length in [16, 24, 36, 40, 48, 64] {
        check(&format!("8 bits, {length}"), &bmp(length, 9, 8, 0, 1, &eight), picture(index));
        check(&format!("4 bits, {length}"), &bmp(length, 9, 4, 0, 1, &four), picture(index));
    }
    // Codes of faxes, and runs of 24 bits.
    for (bits, compression) in [(1, 3), (24, 4)] {
        assert_eq!(reason(&bmp(64, 9, bits, compression, 1, &eight)), "unsupported");
    }
    let cut = bmp(64, 9, 8, 0, 1, &eight[..eight.len() - 1]);
    assert_eq!(reason(&cut), "truncated");
}

/// The bitmap of an icon: its pixels with empty alpha, and a mask.
fn masked(picture: &RgbImage, mask: &[u8]) -> Vec<u8> {
    let empty = RgbaImage::from_fn(20, 20, |x, y| {
        let Rgb([red, green, blue]) = *picture.get_pixel(x, y);
        Rgba([red, green, blue, 0])
    });
    let mut bitmap = write(&empty.into(), ImageFormat::Bmp);
    let data = u32::from_le_bytes(bitmap[10..14].try_into().unwrap()) as usize;
    let pixels = bitmap.split_off(data);
    let mut header = vec![40, 0, 0, 0, 20, 0, 0, 0, 40, 0, 0, 0, 1, 0, 32, 0];
    header.resize(40, 0);
    [&header, &pixels, mask].concat()
}

#[test]
fn the_mask_of_an_icon_counts_where_alpha_is_empty_and_may_be_cut_short() {
    let picture = gradient(20, 20);
    // The left half is hidden, in rows from the bottom up.
    let mask = [0xFF, 0xC0, 0, 0].repeat(20);
    for rows in [20, 13, 1, 0] {
        let file = ico(&[(20, 20, masked(&picture, &mask[..rows * 4]))]);
        let expected = RgbaImage::from_fn(20, 20, |x, y| {
            let Rgb([red, green, blue]) = *picture.get_pixel(x, y);
            let is_hidden = x < 10 && usize::try_from(19 - y).unwrap() < rows;
            if is_hidden { Rgba([0; 4]) } else { Rgba([red, green, blue, 255]) }
        });
        check(&format!("{rows} rows"), &file, expected);
    }
    let all = ico(&[(20, 20, masked(&picture, &[0xFF; 80]))]);
    check("everything hidden", &all, picture);
}
