//! What a copy keeps, and what it leaves out.
#![expect(clippy::cast_possible_truncation, reason = "a picture of any colours")]

use std::io::Cursor;

use image::{ImageFormat, Rgb, RgbImage};

use super::copy;
use crate::{Output, SourceFormat};

/// Said beside the pixels: 28 bytes.
const SECRET: &[u8] = b"taken at 52.5163 N 13.3777 E";

#[test]
fn a_png_copy_keeps_its_pixels_and_nothing_beside_or_behind_them() {
    let picture = RgbImage::from_fn(80, 60, |x, y| Rgb([x as u8, y as u8, (x * y) as u8]));
    let mut file = Cursor::new(Vec::new());
    picture.write_to(&mut file, ImageFormat::Png).unwrap();
    let mut file = file.into_inner();
    let text = [b"\0\0\0\x24tEXtComment\0", SECRET, b"\0\0\0\0"].concat();
    file.splice(33..33, text);
    file.extend(SECRET);
    let copy = |file: &[u8]| copy(file, SourceFormat::Png, &Output::default());
    let copied = copy(&file).unwrap();
    assert!(!copied.windows(SECRET.len()).any(|at| at == SECRET));
    assert_eq!(image::load_from_memory(&copied).unwrap().to_rgb8(), picture);
    // One more chunk of pixels than the stream of pixels has: what an editor left of a larger one.
    let end = copied.len() - 12;
    let mut left = u32::try_from(SECRET.len()).unwrap().to_be_bytes().to_vec();
    left.extend(b"IDAT");
    left.extend(SECRET);
    left.extend([0; 4]);
    let leaking = [&copied[..end], &left, &copied[end..]].concat();
    assert_eq!(copy(&leaking), None);
    for length in 0..copied.len() - 4 {
        assert_eq!(copy(&copied[..length]), None, "a file cut off after {length} bytes");
    }
}

#[test]
fn a_jpeg_without_code_tables_is_not_copied() {
    let picture = RgbImage::from_fn(40, 30, |x, y| Rgb([x as u8, y as u8, 90]));
    let mut file = Vec::new();
    let encoder = jpeg_encoder::Encoder::new(&mut file, 80);
    encoder.encode(&picture, 40, 30, jpeg_encoder::ColorType::Rgb).unwrap();
    let copy = |file: &[u8]| copy(file, SourceFormat::Jpeg, &Output::default());
    assert!(copy(&file).is_some());
    while let Some(at) = file.windows(2).position(|pair| pair == [0xFF, 0xC4]) {
        let length = usize::from(u16::from_be_bytes([file[at + 2], file[at + 3]]));
        file.drain(at..at + 2 + length);
    }
    assert_eq!(copy(&file), None);
}

#[test]
fn a_jpeg_that_few_readers_know_is_not_copied() {
    let picture = RgbImage::from_fn(40, 30, |x, y| Rgb([x as u8, y as u8, 90]));
    let mut file = Vec::new();
    let encoder = jpeg_encoder::Encoder::new(&mut file, 80);
    encoder.encode(&picture, 40, 30, jpeg_encoder::ColorType::Rgb).unwrap();
    let frame = file.windows(2).position(|pair| pair == [0xFF, 0xC0]).unwrap();
    let copy = |place: usize, value| {
        let mut file = file.clone();
        file[frame + place] = value;
        copy(&file, SourceFormat::Jpeg, &Output::default())
    };
    // Extended, with 12 bits a sample, and with arithmetic coding.
    assert!(copy(1, 0xC1).is_some());
    assert_eq!(copy(4, 12), None);
    assert_eq!(copy(1, 0xC9), None);
}
