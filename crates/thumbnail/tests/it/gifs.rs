//! GIF files that are unusual or broken in ways that do no harm.

use image::{ImageFormat, RgbaImage};

use crate::{ROOMY, gradient, recipe, shown, write};
use thumbnail::{FormatChoice, Output, Recipe, render};

/// The header: signature, screen, flags, background and aspect ratio.
const HEAD: usize = 13;

/// A file without extensions, and where its first block begins.
fn file() -> (Vec<u8>, usize) {
    let file = write(&gradient(60, 40).into(), ImageFormat::Gif);
    let palette = if file[10] & 0x80 == 0 { 0 } else { 3 << ((file[10] & 7) + 1) };
    (file, HEAD + palette)
}

/// Where the descriptor of the first frame begins.
fn descriptor(file: &[u8], first: usize) -> usize {
    let mut at = first;
    while file[at] == 0x21 {
        at += 2;
        while file[at] != 0 {
            at += usize::from(file[at]) + 1;
        }
        at += 1;
    }
    assert_eq!(file[at], 0x2C);
    at
}

fn seen(file: &[u8]) -> RgbaImage {
    shown(file).to_rgba8()
}

#[test]
fn a_screen_that_is_too_small_takes_the_size_of_the_first_frame() {
    let (whole, _) = file();
    for (width, height) in [(0, 0), (20, 10), (60, 0), (5, 40), (59, 40)] {
        let mut file = whole.clone();
        file[6..8].copy_from_slice(&u16::to_le_bytes(width));
        file[8..10].copy_from_slice(&u16::to_le_bytes(height));
        assert_eq!(seen(&file), seen(&whole), "{width} x {height}");
    }
    // A frame that only reaches beyond its screen is cut off there.
    let (mut file, first) = file();
    let frame = descriptor(&file, first);
    file[frame + 1] = 50;
    let cut = seen(&file);
    assert_eq!(cut.dimensions(), (60, 40));
    assert_eq!(cut.get_pixel(50, 7), seen(&whole).get_pixel(0, 7));
    assert_eq!(cut.get_pixel(49, 7).0[3], 0);
}

#[test]
fn unknown_extensions_and_stray_zeros_are_passed_over() {
    let (whole, first) = file();
    for stray in [&b"\0"[..], b"\0\0\0", b"\x21\xAB\x03abc\x01d\0", b"\x21\0\0", b"\x21\xF9\0"] {
        let file = [&whole[..first], stray, &whole[first..]].concat();
        assert_eq!(seen(&file), seen(&whole), "{stray:?}");
    }
}

#[test]
fn pixels_that_a_whole_frame_lacks_are_black() {
    let (whole, first) = file();
    let frame = descriptor(&whole, first);
    let palette = if whole[frame + 9] & 0x80 == 0 { 0 } else { 3 << ((whole[frame + 9] & 7) + 1) };
    let data = frame + 10 + palette + 1;
    let length = usize::from(whole[data]);
    assert!(length > 50);
    // Only one block of pixels.
    let file = [&whole[..=data + length], b"\0;"].concat();
    let (short, expected) = (seen(&file), seen(&whole));
    assert_eq!(short.get_pixel(3, 1), expected.get_pixel(3, 1));
    assert_eq!(short.get_pixel(3, 39).0, [0, 0, 0, 255]);
    // Where the file ends, they are lost.
    let cut = render(&file[..file.len() - 2], &recipe(9, 9, FormatChoice::Png), &ROOMY);
    assert_eq!(cut.unwrap_err().reason(), "truncated");
    let empty = [&whole[..data], b"\0;"].concat();
    let empty = render(&empty, &recipe(9, 9, FormatChoice::Png), &ROOMY);
    assert_eq!(empty.unwrap_err().reason(), "undecodable");
}

#[test]
fn a_file_without_its_last_byte_is_shown() {
    let (whole, _) = file();
    assert_eq!(whole.last(), Some(&b';'));
    assert_eq!(seen(&whole[..whole.len() - 1]), seen(&whole));
}

#[test]
fn without_colors_two_are_black_and_white() {
    // Codes of three bits: clear, 0, 1, end.
    let pixels: u16 = 0b100 | 0b001 << 6 | 0b101 << 9;
    let mut file = b"GIF89a\x02\0\x01\0\0\0\0,\0\0\0\0\x02\0\x01\0\0\x02\x02".to_vec();
    file.extend(pixels.to_le_bytes());
    file.extend(b"\0;");
    let seen = seen(&file);
    assert_eq!(seen.get_pixel(0, 0).0, [0, 0, 0, 255]);
    assert_eq!(seen.get_pixel(1, 0).0, [255; 4]);
}

#[test]
fn frames_beyond_the_canvas_are_cut_off_in_an_animation() {
    let whole = pictures::animated_gif(48, 36, 3);
    let output = Output { animated: true, format: FormatChoice::Png, ..Output::inside(48, 36) };
    let recipe = Recipe::of(vec![output]);
    let mut file = whole.clone();
    let palette = if file[10] & 0x80 == 0 { 0 } else { 3 << ((file[10] & 7) + 1) };
    let mut at = descriptor(&file, HEAD + palette);
    // The second frame.
    at += 10 + if file[at + 9] & 0x80 == 0 { 0 } else { 3 << ((file[at + 9] & 7) + 1) } + 1;
    while file[at] != 0 {
        at += usize::from(file[at]) + 1;
    }
    let second = descriptor(&file, at + 1);
    file[second + 1..second + 5].copy_from_slice(&[40, 0, 255, 255]);
    let made = render(&file, &recipe, &ROOMY).unwrap();
    let frames = crate::animation::frames(&made.thumbnails[0].bytes, thumbnail::EncodedFormat::Png);
    assert_eq!(frames.len(), 3);
}
