//! Pictures as lossless HEVC (ITU-T H.265), and as HEIC. Every block is coded as PCM, so that only
//! two bins a block are coded arithmetically, the same in each.

use image::{RgbImage, RgbaImage};

use super::planes::{Coding, Plane, Sampling, planes};
use crate::bits::HighestFirst as Bits;
use crate::heif::{self, Item};

/// The side of a block, in pixels.
const BLOCK: u32 = 16;

/// A picture as an item of a HEIF file.
#[must_use]
pub fn hevc_item(picture: &RgbImage, coding: Coding) -> Item {
    item(picture, coding, false)
}

/// The same, with a header that allows for the tools for screen content.
#[must_use]
pub fn screen_hevc_item(picture: &RgbImage, coding: Coding) -> Item {
    item(picture, coding, true)
}

fn item(picture: &RgbImage, coding: Coding, is_of_screen: bool) -> Item {
    let colors = heif::colors(1, 13, coding.matrix, coding.is_full_range);
    let size = heif::size(picture.width(), picture.height());
    let sequence = unit(33, sequence(picture.dimensions(), coding, is_of_screen));
    let parameters = [unit(32, video()), sequence, unit(34, picture_parameters())];
    let configuration = (*b"hvcC", configuration(coding, &parameters));
    let slice = unit(20, slice(picture, coding));
    let length = u32::try_from(slice.len()).unwrap_or(u32::MAX);
    let data = [&length.to_be_bytes()[..], &slice].concat();
    let properties = vec![configuration, size, colors];
    Item { kind: *b"hvc1", data, properties, references: Vec::new() }
}

/// A picture as HEIC.
#[must_use]
pub fn heic(picture: &RgbImage, coding: Coding) -> Vec<u8> {
    heif::file(*b"heic", &[hevc_item(picture, coding)])
}

/// A picture as HEIC with its alpha plane in an item of its own.
#[must_use]
pub fn transparent_heic(picture: &RgbaImage, coding: Coding) -> Vec<u8> {
    let (colors, alpha) = super::split(picture);
    let mut alpha = hevc_item(&alpha, Coding { depth: coding.depth, ..Coding::ALPHA });
    alpha.properties.retain(|(kind, _)| kind != b"colr");
    alpha.properties.push((*b"auxC", b"\0\0\0\0urn:mpeg:hevc:2015:auxid:1\0".to_vec()));
    // An alpha plane has no `colr` property to declare its range, but its data can.
    alpha.references = vec![(*b"auxl", vec![1])];
    heif::file(*b"heic", &[hevc_item(&colors, coding), alpha])
}

/// A picture in tiles of `side` x `side`, as HEIC.
#[must_use]
pub fn tiled_heic(picture: &RgbImage, side: u32, coding: Coding) -> Vec<u8> {
    let (width, height) = picture.dimensions();
    let (columns, rows) = (width.div_ceil(side), height.div_ceil(side));
    let tile = |row: u32, column: u32| {
        let part = RgbImage::from_fn(side, side, |x, y| {
            let (x, y) = (column * side + x, row * side + y);
            *picture.get_pixel(x.min(width - 1), y.min(height - 1))
        });
        hevc_item(&part, coding)
    };
    let narrow = |number: u32| u8::try_from(number).unwrap_or(0);
    let wide = |number: u32| u16::try_from(number).unwrap_or(0);
    let grid = Item {
        kind: *b"grid",
        data: heif::grid(narrow(columns), narrow(rows), wide(width), wide(height)),
        properties: vec![heif::size(width, height)],
        references: vec![(*b"dimg", (2..2 + wide(columns * rows)).collect())],
    };
    let tiles = (0..rows).flat_map(|row| (0..columns).map(move |column| (row, column)));
    let items = [grid].into_iter().chain(tiles.map(|(row, column)| tile(row, column)));
    heif::file(*b"heic", &items.collect::<Vec<_>>())
}

/// The configuration record (ISO/IEC 14496-15, 8.3.3.1).
fn configuration(coding: Coding, parameters: &[Vec<u8>]) -> Vec<u8> {
    let depth = 0xF8 | u8::try_from(coding.depth - 8).unwrap_or(0);
    let mut record = vec![1, 4, 0, 0, 0, 0, 0x90, 0, 0, 0, 0, 0, 120, 0xF0, 0, 0xFC];
    record.extend([0xFC | chroma_format(coding), depth, depth, 0, 0, 0x0F]);
    record.push(3);
    for unit in parameters {
        let kind = unit.first().map_or(0, |first| first >> 1);
        record.extend([0x80 | kind, 0, 1]);
        record.extend(u16::try_from(unit.len()).unwrap_or(u16::MAX).to_be_bytes());
        record.extend(unit);
    }
    record
}

fn chroma_format(coding: Coding) -> u8 {
    match coding.sampling {
        Sampling::Grey => 0,
        Sampling::Quarter => 1,
        Sampling::Half => 2,
        Sampling::Full => 3,
    }
}

/// A NAL unit (7.3.1): a header, and a payload with emulation prevention.
fn unit(kind: u8, bits: Bits) -> Vec<u8> {
    let mut unit = vec![kind << 1, 1];
    let mut zeros = 0;
    for byte in bits.into_bytes() {
        if zeros >= 2 && byte <= 3 {
            unit.push(3);
            zeros = 0;
        }
        zeros = if byte == 0 { zeros + 1 } else { 0 };
        unit.push(byte);
    }
    unit
}

/// The video parameter set (7.3.2.1).
fn video() -> Bits {
    let mut bits = Bits::default();
    bits.push(0b0000_1100_0000_0001, 16); // The first, one layer, one sub-layer.
    bits.push(0xFFFF, 16);
    profile(&mut bits);
    bits.push(1, 1);
    (0..3).for_each(|_| bits.exp_golomb(0)); // No picture waits.
    bits.push(0, 6);
    bits.exp_golomb(0);
    bits.push(0, 2); // No timing, no extension.
    bits.end();
    bits
}

/// The profile of the format range extensions (7.3.3).
fn profile(bits: &mut Bits) {
    bits.push(4, 8);
    bits.push(0x0800_0000, 32);
    bits.push(0x9000, 16);
    bits.push(0, 32);
    bits.push(120, 8);
}

/// The sequence parameter set (7.3.2.2).
fn sequence((width, height): (u32, u32), coding: Coding, is_of_screen: bool) -> Bits {
    let mut bits = Bits::default();
    bits.push(0b0000_0001, 8);
    profile(&mut bits);
    bits.exp_golomb(0);
    bits.exp_golomb(chroma_format(coding).into());
    if coding.sampling == Sampling::Full {
        bits.push(0, 1);
    }
    let (coded_width, coded_height) = coded((width, height));
    bits.exp_golomb(coded_width);
    bits.exp_golomb(coded_height);
    let (columns, rows) = coding.sampling.steps();
    bits.push(1, 1);
    for cut in [0, (coded_width - width) / columns, 0, (coded_height - height) / rows] {
        bits.exp_golomb(cut);
    }
    let depth = u32::try_from(coding.depth).unwrap_or(8);
    bits.exp_golomb(depth - 8);
    bits.exp_golomb(depth - 8);
    bits.exp_golomb(0);
    bits.push(1, 1);
    (0..3).for_each(|_| bits.exp_golomb(0));
    bits.exp_golomb(1); // Blocks of 16 x 16, never split,
    bits.exp_golomb(0);
    bits.exp_golomb(0); // transforms from 4 x 4 to 16 x 16, of which there will be none,
    bits.exp_golomb(2);
    bits.exp_golomb(0);
    bits.exp_golomb(0);
    bits.push(0, 3); // no scaling, no asymmetry, no offsets,
    bits.push(1, 1); // samples as they are,
    bits.push(depth - 1, 4);
    bits.push(depth - 1, 4);
    bits.exp_golomb(1); // in such blocks,
    bits.exp_golomb(0);
    bits.push(1, 1); // which are not filtered.
    bits.exp_golomb(1); // A way to refer to a picture before, as telephones tell it in vain:
    bits.exp_golomb(1);
    bits.exp_golomb(0);
    bits.exp_golomb(0);
    bits.push(1, 1);
    bits.push(0, 3);
    bits.push(1, 1); // Colours:
    bits.push(0, 2);
    bits.push(0b1_101, 4);
    bits.push(u32::from(coding.is_full_range), 1);
    bits.push(1, 1);
    bits.push(1, 8);
    bits.push(13, 8);
    bits.push(coding.matrix.into(), 8);
    bits.push(0, 1 + 3 + 1 + 1 + 1);
    if is_of_screen {
        bits.push(0b1_0001_0000, 9); // An extension, whose tools are not used.
        bits.push(0, 1 + 1 + 2 + 1);
    } else {
        bits.push(0, 1);
    }
    bits.end();
    bits
}

/// The picture parameter set (7.3.2.3).
fn picture_parameters() -> Bits {
    let mut bits = Bits::default();
    bits.exp_golomb(0);
    bits.exp_golomb(0);
    bits.push(0, 1 + 1 + 3 + 1 + 1);
    bits.exp_golomb(0);
    bits.exp_golomb(0);
    bits.exp_golomb(0); // Quantised as 26.
    bits.push(0, 3);
    bits.exp_golomb(0);
    bits.exp_golomb(0);
    bits.push(0, 6);
    bits.push(0, 1); // No filter across slices,
    bits.push(1, 1); // and none within, as is said here:
    bits.push(0b01, 2);
    bits.push(0, 2);
    bits.exp_golomb(0);
    bits.push(0, 2);
    bits.end();
    bits
}

/// Width and height, rounded up to whole blocks.
fn coded((width, height): (u32, u32)) -> (u32, u32) {
    (width.next_multiple_of(BLOCK), height.next_multiple_of(BLOCK))
}

/// The picture as one slice (7.3.6 and 7.3.8).
fn slice(picture: &RgbImage, coding: Coding) -> Bits {
    let (width, height) = coded(picture.dimensions());
    let planes = planes(picture, (width, height), coding);
    let mut bits = Bits::default();
    bits.push(0b10, 2); // The first, and earlier pictures do not matter.
    bits.exp_golomb(0);
    bits.exp_golomb(2); // Intra.
    bits.exp_golomb(0); // Quantised as all are.
    bits.end();
    let blocks = width / BLOCK * (height / BLOCK);
    for number in 0..blocks {
        // Arithmetic coding restarts after PCM samples, with a range of 510. If there was a block
        // before, a bin that the slice does not end comes first, and takes 2. A bin that the block
        // is one part follows, the more likely the more often it came before. The last 2 of the
        // range tell that PCM samples follow (9.3.4.3).
        let seen = usize::try_from(number).unwrap_or(0).min(LEAST_LIKELY.len() - 1);
        let part = LEAST_LIKELY.get(seen).copied().unwrap_or(0);
        let low = 508 - part - if number > 0 { 2 } else { 0 };
        bits.push(low | 1, 9);
        bits.align();
        let (row, column) = (number / (width / BLOCK), number % (width / BLOCK));
        for (at, plane) in planes.iter().enumerate() {
            let (columns, rows) = if at == 0 { (1, 1) } else { coding.sampling.steps() };
            block(&mut bits, plane, (column, row), (BLOCK / columns, BLOCK / rows), coding);
        }
    }
    bits.push(0x1FD, 9); // The slice ends.
    bits.align();
    bits
}

/// The PCM samples of a block.
fn block(
    bits: &mut Bits,
    plane: &Plane,
    (column, row): (u32, u32),
    (width, height): (u32, u32),
    coding: Coding,
) {
    let (left, top) = ((column * width) as usize, (row * height) as usize);
    let rows = plane.samples.chunks_exact(plane.width).skip(top).take(height as usize);
    for sample in rows.flat_map(|row| row.iter().skip(left).take(width as usize)) {
        bits.push(u32::from(*sample), u32::try_from(coding.depth).unwrap_or(8));
    }
}

/// How much of a range of 448 or more a bin's less likely value takes, after each time that the
/// likelier one came (table 9-52, last column, without its last row).
const LEAST_LIKELY: [u32; 63] = [
    240, 227, 216, 205, 195, 185, 175, 166, 158, 150, 142, 135, 128, 122, 116, 110, 104, 99, 94,
    89, 85, 80, 76, 72, 69, 65, 62, 59, 56, 53, 50, 48, 45, 43, 41, 39, 37, 35, 33, 31, 30, 28, 27,
    25, 24, 23, 22, 21, 20, 19, 18, 17, 16, 15, 14, 14, 13, 12, 12, 11, 11, 10, 9,
];
