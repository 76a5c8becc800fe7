//! JPEG XL: sizes and boxes that make no sense, layers that are each as large as the picture, and a
//! tree that grows without end.

use image::DynamicImage;

use crate::bits::Bits;
use crate::{
    animated_jxl, boxed_jxl, jxl_header, landscape, layered_jxl, logo, lossless_jxl, turned_jxl,
};

const SIGNATURE: &[u8] = b"\0\0\0\x0CJXL \r\n\x87\n\0\0\0\x14ftypjxl \0\0\0\0jxl ";

pub(super) fn files() -> Vec<(String, Vec<u8>)> {
    let mut files = Vec::new();
    let mut add = |name: String, bytes: Vec<u8>| files.push((format!("jxl {name}"), bytes));
    for (width, height) in [(1 << 30, 1 << 30), (65_535, 65_535), (1, 1 << 30), (99_999_999, 1)] {
        add(format!("that declares {width} x {height}"), jxl_header((width, height)));
    }
    for size in [(9_999, 9_999), (1, 99_999), (64, 64)] {
        let header = jxl_header(size);
        // A frame with all defaults is VarDCT.
        add(format!("of nothing of {size:?}"), [&header[..], &[1, 0, 0, 0, 0]].concat());
        add(format!("of zeros of {size:?}"), [&header[..], &[1], &[0; 4096]].concat());
        add(format!("of ones of {size:?}"), [&header[..], &[0xFF; 4096]].concat());
        add(
            format!("with an endless tree of {size:?}"),
            [&header[..], &endless_tree(size)].concat(),
        );
    }
    for (side, layers) in [(2, 20_000), (256, 20_000)] {
        add(
            format!("of {layers} layers of {side} x {side}"),
            layered_jxl(&image::RgbImage::new(side, side), layers),
        );
    }
    let whole = lossless_jxl(&DynamicImage::from(landscape(24, 16, 3)));
    let mut boxed = |name: &str, boxes: &[u8]| add(name.to_owned(), [SIGNATURE, boxes].concat());
    boxed("in no box", b"");
    boxed("with 100000 boxes", &b"\0\0\0\x08free".repeat(100_000));
    boxed("with 100000 pieces of nothing", &b"\0\0\0\x0Cjxlp\0\0\0\0".repeat(100_000));
    boxed(
        "in a box that is longer than any file",
        b"\0\0\0\x01jxlc\xFF\xFF\xFF\xFF\xFF\xFF\xFF\xFF",
    );
    boxed("in a box that is too short", b"\0\0\0\x07jxlc\xFF\x0A");
    let pieces =
        whole.iter().flat_map(|&byte| b"\0\0\0\x0Djxlp\0\0\0\0".iter().copied().chain([byte]));
    boxed("in a box for every byte", &pieces.collect::<Vec<_>>());
    files
}

pub(super) fn seeds() -> Vec<(&'static str, Vec<u8>)> {
    let photo = landscape(24, 16, 4);
    vec![
        ("jxl", lossless_jxl(&DynamicImage::from(photo.clone()))),
        ("jxl with alpha", lossless_jxl(&DynamicImage::from(logo(16)))),
        ("jxl in boxes", boxed_jxl(&lossless_jxl(&DynamicImage::from(photo.clone())))),
        ("jxl with orientation", turned_jxl(&photo, 6)),
        ("jxl animated", animated_jxl(&[photo.clone(), landscape(24, 16, 5)])),
        ("jxl in layers", layered_jxl(&photo, 2)),
    ]
}

/// A frame whose tree splits again and again without taking a bit: every number in it is 1.
fn endless_tree((width, height): (u32, u32)) -> Vec<u8> {
    let mut bits = Bits::default();
    bits.push(0b1000, 4); // A frame's header, as in any other.
    bits.push(0, 5);
    bits.push(1, 2);
    bits.push(0, 5);
    bits.push(1, 1);
    bits.push(0, 2 + 6 + 2 + 1);
    let mut frame = bits.into_bytes();
    // Sections of 100 bytes each: a single one, or many, the first of which counts.
    let groups = |side: u32| width.div_ceil(side) * height.div_ceil(side);
    let count = if groups(256) == 1 { 1 } else { 2 + groups(2048) + groups(256) };
    let mut sections = Bits::default();
    (0..count).for_each(|_| sections.push(100 << 2, 12));
    frame.extend(sections.into_bytes());
    let mut tree = Bits::default();
    tree.push(0b011, 3); // Default factors, a tree for all, no repetitions in it,
    tree.push(0b001, 3); // one code for everything,
    tree.push(1, 1 + 4); // a prefix code of numbers as they are,
    tree.push(0b1, 1 + 4); // of two symbols,
    tree.push(1, 2 + 2); // of which one is used:
    tree.push(1, 1); // 1.
    frame.extend(tree.into_bytes());
    frame.extend([0; 8192]);
    frame
}
