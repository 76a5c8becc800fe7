//! TIFF: the ways in which strips and tiles are compressed. What samples mean is tested in `tiff`.

use image::{DynamicImage, RgbImage};
use pictures::{Order, tiff};

use crate::gradient;
use crate::tiff::{check, deflated, reason};

pub(crate) const WIDTH: u32 = 37;
pub(crate) const HEIGHT: u32 = 21;

/// What compresses a strip.
pub(crate) type Code = fn(&[u8]) -> Vec<u8>;

/// The entries of a picture of whole strips of `rows` rows, with others in their place.
pub(crate) fn entries<'a>(own: &[(u16, &'a [u64])], rows: &'a [u64]) -> Vec<(u16, &'a [u64])> {
    let mut all: Vec<(u16, &[u64])> =
        vec![(256, &[37]), (257, &[21]), (258, &[8, 8, 8]), (262, &[2]), (277, &[3]), (278, rows)];
    all.retain(|(tag, _)| own.iter().all(|(other, _)| other != tag));
    all.extend(own);
    all
}

/// A picture's samples in strips of eight rows, each changed by `code`.
pub(crate) fn strips(picture: &RgbImage, code: impl Fn(&[u8]) -> Vec<u8>) -> Vec<Vec<u8>> {
    let row = picture.width() as usize * 3;
    picture.as_raw().chunks(row * 8).map(code).collect()
}

/// A frame of Zstandard with one block that is not compressed (RFC 8878, 3.1.1).
pub(crate) fn zstd(bytes: &[u8]) -> Vec<u8> {
    let length = u32::try_from(bytes.len()).unwrap();
    let header = [0x28, 0xB5, 0x2F, 0xFD, 0xA0];
    let block = (length << 3 | 1).to_le_bytes();
    [&header[..], &length.to_le_bytes(), &block[..3], bytes].concat()
}

/// PNG's CRC-32, which xz has as well.
fn with_crc(bytes: &[u8]) -> Vec<u8> {
    let crc = !bytes.iter().fold(!0, |crc: u32, &byte| {
        (0..8).fold(crc ^ u32::from(byte), |crc, _| (crc >> 1) ^ (0xEDB8_8320 * (crc & 1)))
    });
    [bytes, &crc.to_le_bytes()].concat()
}

/// The start of an xz stream, and a block with a dictionary of 4 KB shifted by half of `exponent`,
/// which is not compressed ("The .xz File Format", sections 2 and 3).
fn xz_of(exponent: u8, bytes: &[u8]) -> Vec<u8> {
    let stream = [b"\xFD7zXZ\0".to_vec(), with_crc(&[0, 0])].concat();
    let block = with_crc(&[2, 0, 0x21, 1, exponent, 0, 0, 0]);
    let length = u16::try_from(bytes.len() - 1).unwrap().to_be_bytes();
    [&stream, &block, &[1][..], &length, bytes, &[0]].concat()
}

pub(crate) fn xz(bytes: &[u8]) -> Vec<u8> {
    xz_of(8, bytes)
}

pub(crate) fn packbits(bytes: &[u8]) -> Vec<u8> {
    let literal = |part: &[u8]| [&[u8::try_from(part.len() - 1).unwrap()], part].concat();
    bytes.chunks(100).flat_map(literal).collect()
}

pub(crate) fn lzw(bytes: &[u8]) -> Vec<u8> {
    use weezl::{BitOrder, encode::Encoder};
    Encoder::with_tiff_size_switch(BitOrder::Msb, 8).encode(bytes).unwrap()
}

/// LZW before its specification.
fn old_lzw(bytes: &[u8]) -> Vec<u8> {
    use weezl::{BitOrder, encode::Encoder};
    Encoder::new(BitOrder::Lsb, 8).encode(bytes).unwrap()
}

fn reversed(bytes: &[u8]) -> Vec<u8> {
    bytes.iter().map(|byte| byte.reverse_bits()).collect()
}

#[test]
fn every_compression_shows_the_same_picture_in_either_order_of_bits() {
    let picture = gradient(WIDTH, HEIGHT);
    let codings: [(u64, Code); 9] = [
        (1, <[u8]>::to_vec),
        (5, lzw),
        (5, old_lzw),
        (8, deflated),
        (32_946, deflated),
        (32_773, packbits),
        (34_925, xz),
        (50_000, zstd),
        (50_000, |bytes| [zstd(bytes), vec![9; 5]].concat()),
    ];
    for (compression, code) in codings {
        for is_reversed in [false, true] {
            let number = [compression];
            let order = [if is_reversed { 2 } else { 1 }];
            let own: [(u16, &[u64]); 2] = [(259, &number), (266, &order)];
            let pieces =
                strips(
                    &picture,
                    |strip| if is_reversed { reversed(&code(strip)) } else { code(strip) },
                );
            let file = tiff(Order::default(), &entries(&own, &[8]), &pieces);
            let name = format!("compression {compression}, reversed: {is_reversed}");
            check(&name, &file, &picture.clone().into(), 0.0);
        }
    }
}

#[test]
pub(crate) fn strips_may_be_webp_files() {
    let picture = gradient(WIDTH, HEIGHT);
    let pieces = strips(&picture, |strip| {
        let rows = u32::try_from(strip.len()).unwrap() / WIDTH / 3;
        let strip = RgbImage::from_raw(WIDTH, rows, strip.to_vec()).unwrap();
        crate::write(&strip.into(), image::ImageFormat::WebP)
    });
    let own: [(u16, &[u64]); 1] = [(259, &[50_001])];
    check("webp", &tiff(Order::default(), &entries(&own, &[8]), &pieces), &picture.into(), 0.0);
    let wide = gradient(WIDTH + 1, 8);
    let pieces = vec![crate::write(&wide.into(), image::ImageFormat::WebP); 3];
    assert_eq!(reason(&tiff(Order::default(), &entries(&own, &[8]), &pieces)), "undecodable");
}

#[test]
fn what_ends_before_its_rows_do_is_truncated() {
    let picture = gradient(WIDTH, HEIGHT);
    let codings: [(u64, Code); 5] =
        [(5, lzw), (5, old_lzw), (8, deflated), (32_773, packbits), (50_000, zstd)];
    for (compression, code) in codings {
        let number = [compression];
        let pieces = strips(&picture, |strip| code(&strip[..strip.len() - 9]));
        let file = tiff(Order::default(), &entries(&[(259, &number)], &[8]), &pieces);
        assert_eq!(reason(&file), "truncated", "compression {compression}");
    }
}

#[test]
fn a_dictionary_of_lzma_counts_for_memory_and_may_not_be_too_large() {
    let file = |exponent| {
        let pieces = strips(&gradient(WIDTH, HEIGHT), |strip| xz_of(exponent, strip));
        tiff(Order::default(), &entries(&[(259, &[34_925])], &[8]), &pieces)
    };
    let needed = |file: &[u8]| {
        let recipe = crate::recipe(9, 9, thumbnail::FormatChoice::Png);
        thumbnail::memory_to_render(file, &recipe, &crate::ROOMY).unwrap()
    };
    // 64 MB and 4 KB.
    assert!(needed(&file(28)) > needed(&file(0)) + 60_000_000);
    assert_eq!(reason(&file(29)), "too_many_parts");
    // A second block may not have a larger one than the first.
    let mut pieces = strips(&gradient(WIDTH, HEIGHT), <[u8]>::to_vec);
    for piece in &mut pieces {
        let (first, second) = (xz_of(0, &piece[..100]), xz_of(28, &piece[100..]));
        let padding = (4 - (first.len() - 24) % 4) % 4;
        *piece = [&first[..], &vec![0; padding], &second[12..]].concat();
    }
    let twice = tiff(Order::default(), &entries(&[(259, &[34_925])], &[8]), &pieces);
    assert_eq!(reason(&twice), "undecodable");
}

#[test]
fn a_window_of_zstandard_counts_for_memory() {
    use thumbnail::{FormatChoice, memory_to_render};
    let needed = |compression| {
        let number = [compression];
        let pieces = strips(&gradient(WIDTH, HEIGHT), zstd);
        let file = tiff(Order::default(), &entries(&[(259, &number)], &[8]), &pieces);
        memory_to_render(&file, &crate::recipe(9, 9, FormatChoice::Png), &crate::ROOMY).unwrap()
    };
    assert!(needed(50_000) > needed(1) + (1 << 20));
}

#[test]
fn differences_between_samples_are_added_up_at_every_depth() {
    let picture = gradient(WIDTH, HEIGHT);
    for order in [Order::default(), Order { is_big_endian: true, is_big_tiff: false }] {
        for bytes in [1_usize, 2, 4] {
            let number = |sample: u8| u64::from_le_bytes([sample; 8]);
            let stored = |number: u64| {
                let mut stored = number.to_le_bytes()[..bytes].to_vec();
                if order.is_big_endian {
                    stored.reverse();
                }
                stored
            };
            let row = |row: &[u8]| -> Vec<u8> {
                let before = [0; 3].into_iter().chain(row.iter().map(|&sample| number(sample)));
                let pairs = row.iter().zip(before);
                pairs
                    .flat_map(|(&sample, left)| stored(number(sample).wrapping_sub(left)))
                    .collect()
            };
            let pieces = strips(&picture, |strip| {
                deflated(&strip.chunks(WIDTH as usize * 3).flat_map(row).collect::<Vec<_>>())
            });
            let bits = [bytes as u64 * 8; 3];
            let own: [(u16, &[u64]); 3] = [(258, &bits), (259, &[8]), (317, &[2])];
            let file = tiff(order, &entries(&own, &[8]), &pieces);
            check(&format!("{bytes} bytes"), &file, &picture.clone().into(), 0.0);
        }
        // Floats, with their bytes apart.
        let row = |row: &[u8]| -> Vec<u8> {
            let floats: Vec<[u8; 4]> =
                row.iter().map(|&sample| (f32::from(sample) / 255.0).to_be_bytes()).collect();
            let apart: Vec<u8> =
                (0..4).flat_map(|place| floats.iter().map(move |float| float[place])).collect();
            let before = [0; 3].into_iter().chain(apart.iter().copied());
            apart.iter().zip(before).map(|(byte, left)| byte.wrapping_sub(left)).collect()
        };
        let pieces =
            strips(&picture, |strip| strip.chunks(WIDTH as usize * 3).flat_map(row).collect());
        let own: [(u16, &[u64]); 3] = [(258, &[32; 3]), (317, &[3]), (339, &[3; 3])];
        check("floats", &tiff(order, &entries(&own, &[8]), &pieces), &picture.clone().into(), 0.0);
    }
}

#[test]
fn differences_are_added_up_for_every_number_of_samples() {
    let colors = gradient(WIDTH, HEIGHT);
    let greys = DynamicImage::from(colors.clone()).to_luma8();
    for count in 1..=6_usize {
        let (shown, seen): (DynamicImage, usize) =
            if count < 3 { (greys.clone().into(), 1) } else { (colors.clone().into(), 3) };
        // Samples beyond the colours mean nothing.
        let pixel = |pixel: &[u8]| -> Vec<u8> {
            pixel
                .iter()
                .copied()
                .chain((seen..count).map(|extra| pixel[0] ^ u8::try_from(extra).unwrap()))
                .collect()
        };
        let row = |row: &[u8]| -> Vec<u8> {
            let samples: Vec<u8> = row.chunks(seen).flat_map(pixel).collect();
            let before = std::iter::repeat_n(0, count).chain(samples.iter().copied());
            samples.iter().zip(before).map(|(sample, left)| sample.wrapping_sub(left)).collect()
        };
        let rows: Vec<u8> = shown.as_bytes().chunks(WIDTH as usize * seen).flat_map(row).collect();
        let (bits, samples) = (vec![8; count], [count as u64]);
        let extras = vec![0; count - seen];
        let photometric = [if seen == 1 { 1 } else { 2 }];
        let mut own: Vec<(u16, &[u64])> =
            vec![(258, &bits), (259, &[8]), (262, &photometric), (277, &samples), (317, &[2])];
        if !extras.is_empty() {
            own.push((338, &extras));
        }
        let file = tiff(Order::default(), &entries(&own, &[21]), &[deflated(&rows)]);
        check(&format!("{count} samples"), &file, &shown, 0.0);
    }
}
