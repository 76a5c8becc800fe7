//! JPEG 2000: sizes that make no sense, and tiles, layers and precincts without end.

use image::DynamicImage;

use crate::{jp2, jpeg2000, landscape, logo};

pub(super) fn files() -> Vec<(String, Vec<u8>)> {
    let mut files = Vec::new();
    let photo = DynamicImage::from(landscape(60, 40, 3));
    let sound = jpeg2000(&photo, 1);
    let mut with = |name: String, at: usize, bytes: &[u8]| {
        let mut file = sound.clone();
        file.iter_mut().skip(at).zip(bytes).for_each(|(to, &byte)| *to = byte);
        files.push((format!("jp2 {name}"), file));
    };
    let sides = |width: u32, height: u32| [width.to_be_bytes(), height.to_be_bytes()].concat();
    for (width, height) in [
        (9999, 9999),
        (65_535, 65_535),
        (u32::MAX, u32::MAX),
        (0, 0),
        (1, 99_999_999),
        (99_999_999, 1),
    ] {
        with(format!("that declares {width} x {height}"), 8, &sides(width, height));
        with(format!("of tiles of {width} x {height}"), 24, &sides(width, height));
        with(format!("that begins at {width}, {height}"), 16, &sides(width, height));
    }
    with("of tiles of 1 x 1".to_owned(), 24, &sides(1, 1));
    with("of 16384 components".to_owned(), 40, &[0x40, 0]);
    // The coding comes after the sizes of three components.
    let coding = 4 + 38 + 2 + 9;
    for (name, at, byte) in [
        ("levels without end", 9, 32),
        ("255 levels", 9, 255),
        ("blocks of 4 x 1024", 10, 0),
        ("blocks of 1024 x 1024", 10, 8),
        ("passes by themselves", 12, 5),
        ("precincts", 4, 1),
    ] {
        with(format!("of {name}"), coding + at, &[byte]);
    }
    with("of 65535 layers".to_owned(), coding + 6, &[0xFF, 0xFF]);
    with("of 32 layers".to_owned(), coding + 6, &[0, 32]);
    files
}

pub(super) fn seeds() -> Vec<(&'static str, Vec<u8>)> {
    let photo = DynamicImage::from(landscape(70, 50, 4));
    let grey = DynamicImage::from(photo.to_luma8());
    let glass = jpeg2000(&DynamicImage::from(logo(32)), 0);
    let alpha =
        b"\0\0\0\x22cdef\0\x04\0\0\0\0\0\x01\0\x01\0\0\0\x02\0\x02\0\0\0\x03\0\x03\0\x01\0\0";
    vec![
        ("jp2 bare", jpeg2000(&photo, 1)),
        ("jp2 grey", jpeg2000(&grey, 2)),
        ("jp2", jp2(&jpeg2000(&photo, 0), b"\x01\0\0\0\0\0\x10", &[])),
        ("jp2 with alpha", jp2(&glass, b"\x01\0\0\0\0\0\x10", &[alpha.to_vec()])),
    ]
}
