//! Pictures as lossless JPEG 2000 (ISO/IEC 15444-1), as a bare codestream and as JP2. A tile's lowest
//! level is one block a component; higher levels are empty, so that such a picture is a small one that
//! the wavelet transform enlarges.

mod arithmetic;
mod block;

use image::DynamicImage;

use crate::bits::HighestFirst;
use crate::heif::boxed;

/// The sides of a block: the most samples that one may have.
const BLOCK: u32 = 64;

/// A picture of 8 or 16 bits, enlarged to `2^levels` times its sides, as a codestream.
#[must_use]
pub fn jpeg2000(small: &DynamicImage, levels: u8) -> Vec<u8> {
    let channels = usize::from(small.color().channel_count());
    let is_deep =
        u16::from(small.color().bytes_per_pixel()) > u16::from(small.color().channel_count());
    let depth: u8 = if is_deep { 16 } else { 8 };
    let (width, height) = (small.width(), small.height());
    let samples = samples(small, is_deep);
    let (across, down) = (width.div_ceil(BLOCK), height.div_ceil(BLOCK));
    let mut file = header((width << levels, height << levels), channels, depth, levels);
    for tile in 0..across * down {
        let (left, top) = (tile % across * BLOCK, tile / across * BLOCK);
        let size = (BLOCK.min(width - left), BLOCK.min(height - top));
        let mut packets = Vec::new();
        for channel in 0..channels {
            let value = |x: u32, y: u32| {
                let place = ((top + y) * width + left + x) as usize * channels + channel;
                samples.get(place).copied().unwrap_or(0) - (1 << (depth - 1))
            };
            let block: Vec<i32> =
                (0..size.1).flat_map(|y| (0..size.0).map(move |x| value(x, y))).collect();
            packets.extend(packet(&block, size.0 as usize, depth));
        }
        // A packet of nothing for each component of a higher level.
        packets.extend(vec![0; channels * usize::from(levels)]);
        let length = u32::try_from(packets.len() + 14).unwrap_or(0).to_be_bytes();
        let number = u16::try_from(tile).unwrap_or(0).to_be_bytes();
        file.extend(
            [&b"\xFF\x90\0\x0A"[..], &number, &length, &[0, 1], b"\xFF\x93", &packets].concat(),
        );
    }
    file.extend(b"\xFF\xD9");
    file
}

/// A codestream in a JP2 file, with a colour specification (annex I.5.3.3), and boxes beside it.
#[must_use]
pub fn jp2(codestream: &[u8], color: &[u8], others: &[Vec<u8>]) -> Vec<u8> {
    let color = boxed(*b"colr", &[color]);
    let header = boxed(*b"jp2h", &[&color, &others.concat()]);
    let kinds = boxed(*b"ftyp", &[b"jp2 \0\0\0\0jp2 "]);
    let signature = b"\0\0\0\x0CjP  \r\n\x87\n";
    [signature, kinds.as_slice(), &header, &boxed(*b"jp2c", &[codestream])].concat()
}

fn samples(picture: &DynamicImage, is_deep: bool) -> Vec<i32> {
    let bytes = picture.as_bytes();
    if is_deep {
        let (pairs, _) = bytes.as_chunks::<2>();
        pairs.iter().map(|&pair| u16::from_ne_bytes(pair).into()).collect()
    } else {
        bytes.iter().map(|&sample| sample.into()).collect()
    }
}

/// The main header (annex A.5 and A.6).
fn header((width, height): (u32, u32), channels: usize, depth: u8, levels: u8) -> Vec<u8> {
    let count = u16::try_from(channels).unwrap_or(0);
    let tile = (BLOCK << levels).to_be_bytes();
    let size = [
        &[0, 0][..],
        &width.to_be_bytes(),
        &height.to_be_bytes(),
        &[0; 8],
        &tile,
        &tile,
        &[0; 8],
        &count.to_be_bytes(),
        &[depth - 1, 1, 1].repeat(channels),
    ];
    // Resolution by resolution, one layer, no transform of colours, blocks of 64 x 64, the reversible
    // wavelet.
    let coding = [0, 1, 0, 1, 0, levels, 4, 4, 0, 1];
    // Two guard bits, no quantisation, and the bits of each band.
    let bands = (0..levels).flat_map(|_| [depth + 1, depth + 1, depth + 2]);
    let bands = [depth].into_iter().chain(bands).map(|bits| bits << 3);
    let quantization: Vec<u8> = [2 << 5].into_iter().chain(bands).collect();
    let segment = |marker: u8, content: &[u8]| {
        let length = u16::try_from(content.len() + 2).unwrap_or(0).to_be_bytes();
        [&[0xFF, marker][..], &length, content].concat()
    };
    let segments =
        [segment(0x51, &size.concat()), segment(0x52, &coding), segment(0x5C, &quantization)];
    [&b"\xFF\x4F"[..], &segments.concat()].concat()
}

/// A packet with one block (annex B.10).
fn packet(block: &[i32], width: usize, depth: u8) -> Vec<u8> {
    let most = block.iter().map(|value| value.unsigned_abs()).max().unwrap_or(0);
    let planes = u32::BITS - most.leading_zeros();
    if planes == 0 {
        return vec![0];
    }
    let data = block::encode(block, width, planes);
    let mut bits = HighestFirst::default();
    bits.push(1, 1); // Not empty;
    bits.push(1, 1); // the block is in this layer.
    bits.push(1, u32::from(depth) + 1 - planes + 1); // Planes of zeros.
    let passes = planes * 3 - 2;
    match passes {
        1 => bits.push(0, 1),
        2 => bits.push(0b10, 2),
        3..=5 => bits.push(0b1100 | (passes - 3), 4),
        6..=36 => bits.push(0b1111 << 5 | (passes - 6), 9),
        _ => bits.push(0b1_1111_1111 << 7 | (passes - 37), 16),
    }
    // The length has as many bits as are told, and the more, the more passes there are.
    let length = u32::try_from(data.len()).unwrap_or(0);
    let needed = u32::BITS - length.leading_zeros();
    let told = 3 + passes.ilog2();
    let more = needed.saturating_sub(told);
    for _ in 0..more {
        bits.push(1, 1);
    }
    bits.push(0, 1);
    bits.push(length, told + more);
    [stuffed(&bits.into_bytes()), data].concat()
}

/// After a byte of ones, the highest bit of the next is zero (annex B.10.1).
fn stuffed(bytes: &[u8]) -> Vec<u8> {
    let mut bits =
        bytes.iter().flat_map(|byte| (0..8).rev().map(move |place| byte >> place & 1 == 1));
    let mut made = Vec::new();
    let mut left = bytes.len() * 8;
    while left > 0 {
        let count = if made.last() == Some(&0xFF) { 7 } else { 8 };
        let byte =
            (0..count).fold(0_u8, |byte, _| byte << 1 | u8::from(bits.next().unwrap_or(false)));
        made.push(byte);
        left = left.saturating_sub(count);
    }
    if made.last() == Some(&0xFF) {
        made.push(0);
    }
    made
}
