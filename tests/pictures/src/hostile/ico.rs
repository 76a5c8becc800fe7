//! ICO and CUR: misleading directories, and pictures that differ from their entries.

use super::{bmp, png};

pub(super) fn files() -> Vec<(String, Vec<u8>)> {
    let mut files = Vec::new();
    let mut add = |name: String, bytes: Vec<u8>| files.push((format!("ico {name}"), bytes));
    let inner = crate::logo_png(32);
    for (length, offset) in [
        (u32::MAX, 22),
        (u32::MAX, u32::MAX),
        (100, u32::MAX - 50),
        (12, 22),
        (1000, 22),
        (i32::MAX as u32, 23),
    ] {
        let name = format!("with {length} bytes from {offset}");
        add(name, [&directory(1, 1, length, offset)[..], &inner].concat());
    }
    for (width, height) in [
        (65_535, 65_535),
        (65_535, 131_070),
        (i32::MAX, i32::MAX),
        (i32::MIN, i32::MIN),
        (0, 0),
        (1, 1),
        (-32, 64),
        (32, -64),
        (9999, 19_998),
        (257, 514),
    ] {
        for bits in [1, 8, 16, 24, 32] {
            let name = format!("with a BMP of {bits} bits of {width} x {height}");
            add(name, file(1, &dib(width, height, bits, 0, &[0x55; 64])));
        }
    }
    for compression in [1, 2, 3, 4, 5] {
        let name = format!("with a BMP of 64 x 64 in compression {compression}");
        add(name, file(2, &dib(64, 128, 8, compression, &[0x55; 4096])));
    }
    for (name, bytes) in png::files().into_iter().filter(|(_, bytes)| bytes.len() < 1 << 21) {
        add(format!("with a {name}"), file(1, &bytes));
    }
    let entry = directory(1, 1, 40, 22).split_off(6);
    let many = [&[0, 0, 1, 0, 0xFF, 0xFF][..], &entry.repeat(65_535)].concat();
    add("of 65535 entries, all of them inside the directory".to_owned(), many);
    let nested = (0..50).fold(inner, |inner, _| file(1, &inner));
    add("inside an ico, fifty times".to_owned(), nested);
    files
}

pub(super) fn seeds() -> Vec<(&'static str, Vec<u8>)> {
    let pixels: Vec<u8> = (0..16 * 16 * 4).map(|at| (at % 251).try_into().unwrap_or(0)).collect();
    let mask = [0xF0, 0, 0, 0].repeat(16);
    let bitmap = dib(16, 32, 32, 0, &[pixels, mask].concat());
    vec![
        ("ico of a png", file(1, &crate::logo_png(32))),
        ("cur of a bmp", file(2, &bitmap)),
        ("ico of a bmp of 24 bits", file(1, &dib(16, 32, 24, 0, &[0x5A; 16 * 16 * 3 + 64]))),
    ]
}

/// One picture in a file of the given type.
fn file(kind: u8, inner: &[u8]) -> Vec<u8> {
    let length = u32::try_from(inner.len()).unwrap_or(u32::MAX);
    [&directory(kind, 1, length, 22)[..], inner].concat()
}

fn directory(kind: u8, count: u8, length: u32, offset: u32) -> Vec<u8> {
    let mut directory = vec![0, 0, kind, 0, count, 0, 32, 32, 0, 0, 1, 0, 32, 0];
    directory.extend(length.to_le_bytes());
    directory.extend(offset.to_le_bytes());
    directory
}

/// A BMP without its file header. Its declared height is twice the picture's.
fn dib(width: i32, height: i32, bits: u16, compression: u32, rest: &[u8]) -> Vec<u8> {
    bmp::file((width, height), bits, compression, 0, rest).split_off(14)
}
