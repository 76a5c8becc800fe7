//! WebP: contradictory sizes, huge numbers of frames, and tens of thousands of code tables.

use image::{DynamicImage, ImageFormat};

use crate::bits::Bits;
use crate::{landscape, logo};

pub(super) fn files() -> Vec<(String, Vec<u8>)> {
    let mut files = Vec::new();
    let mut add = |name: &str, bytes: Vec<u8>| files.push((format!("webp {name}"), bytes));
    let solid = |width, height| chunk(*b"VP8L", &lossless((width, height), 0));
    add("that declares 16384 x 16384", file(&solid(16_384, 16_384)));
    add("lossy that declares 16383 x 16383", file(&lossy(16_383, 16_383)));
    add("lossy of 16383 x 6000 without data", file(&lossy(16_383, 6_000)));
    add("lossy of no size", file(&lossy(0, 0)));
    add("of 16384 x 6000 in 20 bytes", file(&solid(16_384, 6_000)));
    add("of 1 x 16384", file(&solid(1, 16_384)));
    for (canvas, inner) in
        [((1, 1), (16_384, 6000)), ((1 << 24, 1 << 24), (1, 1)), ((9000, 9000), (1, 1))]
    {
        let name = format!("with a canvas of {canvas:?} around {inner:?}");
        add(&name, file(&[header(canvas, 0), solid(inner.0, inner.1)].concat()));
        let frame = chunk(*b"ANMF", &[&[0; 16][..], &solid(inner.0, inner.1)].concat());
        let name = format!("animated, with a canvas of {canvas:?} around {inner:?}");
        add(&name, file(&[header(canvas, 2), chunk(*b"ANIM", &[0; 6]), frame].concat()));
    }
    let still = |name: &str, extra: &[u8]| {
        (
            format!("webp {name}"),
            file(&[header((1, 1), 0x20), extra.to_vec(), solid(1, 1)].concat()),
        )
    };
    let mut more = vec![
        still("with 100000 unknown chunks", &chunk(*b"abcd", b"").repeat(100_000)),
        still("with a profile of 8 MB", &chunk(*b"ICCP", &vec![0; 8 << 20])),
        still("with EXIF of 8 MB", &chunk(*b"EXIF", &vec![0; 8 << 20])),
        still("whose chunk is longer than any file", b"EXIF\xFF\xFF\xFF\xFF"),
    ];
    files.append(&mut more);
    let mut add = |name: &str, bytes: Vec<u8>| files.push((format!("webp {name}"), bytes));
    add("of 20000 frames", {
        let frame = chunk(*b"ANMF", &[&[0; 16][..], &solid(1, 1)].concat());
        file(&[header((1, 1), 2), chunk(*b"ANIM", &[0; 6]), frame.repeat(20_000)].concat())
    });
    add("of nested frames", {
        let nest = |inner: Vec<u8>, _| chunk(*b"ANMF", &[&[0; 16][..], &inner].concat());
        let nested = (0..1000).fold(solid(1, 1), nest);
        file(&[header((1, 1), 2), chunk(*b"ANIM", &[0; 6]), nested].concat())
    });
    for groups in [1000, 20_000, 65_535] {
        let name = format!("with {groups} groups of code tables");
        add(&name, file(&chunk(*b"VP8L", &lossless((64, 64), groups))));
    }
    add("with alpha that has 65535 groups of code tables", {
        // The same without the header of a picture of its own.
        let alpha = [&[1][..], lossless((64, 64), 65_535).get(5..).unwrap_or_default()].concat();
        file(&[header((64, 64), 0x10), chunk(*b"ALPH", &alpha), lossy_picture(64, 64)].concat())
    });
    files
}

pub(super) fn seeds() -> Vec<(&'static str, Vec<u8>)> {
    let with_alpha = logo(32);
    let encoder =
        webp::Encoder::from_rgba(with_alpha.as_raw(), with_alpha.width(), with_alpha.height());
    let mut lossless = std::io::Cursor::new(Vec::new());
    let written =
        DynamicImage::from(landscape(24, 16, 10)).write_to(&mut lossless, ImageFormat::WebP);
    let lossless = written.map(|()| lossless.into_inner()).unwrap_or_default();
    let animated = {
        let frame = [
            &[0; 6][..],
            &[23, 0, 0, 15, 0, 0, 9, 0, 0, 0],
            lossless.get(12..).unwrap_or_default(),
        ]
        .concat();
        file(
            &[header((24, 16), 2), chunk(*b"ANIM", &[0; 6]), chunk(*b"ANMF", &frame).repeat(2)]
                .concat(),
        )
    };
    vec![
        ("webp with alpha", encoder.encode(70.0).to_vec()),
        ("webp lossless", lossless),
        ("webp animated", animated),
    ]
}

fn file(chunks: &[u8]) -> Vec<u8> {
    let length = u32::try_from(chunks.len() + 4).unwrap_or(u32::MAX);
    [&b"RIFF"[..], &length.to_le_bytes(), b"WEBP", chunks].concat()
}

fn chunk(name: [u8; 4], payload: &[u8]) -> Vec<u8> {
    let length = u32::try_from(payload.len()).unwrap_or(u32::MAX);
    let padding = vec![0; payload.len() % 2];
    [&name[..], &length.to_le_bytes(), payload, &padding].concat()
}

fn header((width, height): (u32, u32), flags: u8) -> Vec<u8> {
    let side = |pixels: u32| (pixels - 1).to_le_bytes().into_iter().take(3);
    let mut body = vec![flags, 0, 0, 0];
    body.extend(side(width));
    body.extend(side(height));
    chunk(*b"VP8X", &body)
}

/// A key frame's header with hardly any data.
fn lossy(width: u16, height: u16) -> Vec<u8> {
    let mut body = b"\x10\x02\0\x9D\x01\x2A".to_vec();
    body.extend(width.to_le_bytes());
    body.extend(height.to_le_bytes());
    body.extend([0; 64]);
    chunk(*b"VP8 ", &body)
}

/// A sound lossy picture, as a chunk.
fn lossy_picture(width: u32, height: u32) -> Vec<u8> {
    let file = crate::photo_webp(width, height, 11);
    file.get(12..).unwrap_or_default().to_vec()
}

/// A lossless picture of one colour. With `groups`, it defines that many groups of code tables,
/// each table with 1024 entries, but its pixels use only the last group.
fn lossless((width, height): (u32, u32), groups: u32) -> Vec<u8> {
    let mut bits = Bits::default();
    bits.push(0x2F, 8);
    bits.push(width - 1, 14);
    bits.push(height - 1, 14);
    bits.push(0, 1 + 3 + 1 + 1); // No alpha, version 0, no transform, no colour cache,
    let Some(last) = groups.checked_sub(1) else {
        bits.push(0, 1); // one group:
        (0..5).for_each(|_| one_symbol(&mut bits, 0));
        return bits.into_bytes();
    };
    bits.push(1, 1); // groups,
    bits.push(7, 3); // a number for every 512 pixels each way:
    bits.push(0, 1);
    one_symbol(&mut bits, last & 255); // its lower half in green,
    one_symbol(&mut bits, last >> 8); // its upper half in red.
    (0..3).for_each(|_| one_symbol(&mut bits, 0));
    for _ in 0..groups {
        (0..5).for_each(|_| deep_table(&mut bits));
    }
    // Pixels: the shortest code of each table is a single 0.
    let mut bytes = bits.into_bytes();
    bytes.extend(vec![0; width as usize * height as usize]);
    bytes
}

/// A code of one symbol, which takes no bits.
fn one_symbol(bits: &mut Bits, symbol: u32) {
    bits.push(0b101, 3); // Simple, one symbol, of 8 bits.
    bits.push(symbol, 8);
}

/// A code whose lengths are 1, 2, 3 and so on: eleven symbols, in a table of 1024 entries.
fn deep_table(bits: &mut Bits) {
    bits.push(0, 1);
    bits.push(11, 4); // 15 lengths of code lengths follow, in WebP's order:
    for symbol in [17, 18, 0, 1, 2, 3, 4, 5, 16, 6, 7, 8, 9, 10, 11] {
        let length = match symbol {
            1..=6 => 3,
            7..=10 => 4,
            _ => 0,
        };
        bits.push(length, 3);
    }
    bits.push(1, 1); // Not all symbols have a length:
    bits.push(1, 3); // a number of 4 bits says
    bits.push(11 - 2, 4); // that eleven have.
    for length in [1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 10_u32] {
        // Canonical codes: six of 3 bits, then four of 4; the first bit written is the highest.
        let (code, count) = if length <= 6 { (length - 1, 3) } else { (12 + length - 7, 4) };
        (0..count).rev().for_each(|bit| bits.push(code >> bit & 1, 1));
    }
}
