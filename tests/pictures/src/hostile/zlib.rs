//! zlib streams that inflate to much.

use crate::bits::Bits;

/// A zlib stream (RFC 1950 and 1951) that inflates to at least `length` zeros, and has about a
/// thousandth of that size.
pub(super) fn zeros(length: usize) -> Vec<u8> {
    let mut bits = Bits::default();
    bits.push(0b101, 3); // The last block, with codes of its own.
    bits.push(29, 5); // 286 literals and lengths,
    bits.push(0, 5); // one distance,
    bits.push(14, 4); // and 18 lengths of code lengths, in deflate's own order:
    for symbol in [16, 17, 18, 0, 8, 7, 9, 6, 10, 5, 11, 4, 12, 3, 13, 2, 14, 1] {
        let length = match symbol {
            18 => 1,
            1 | 2 => 2,
            _ => 0,
        };
        bits.push(length, 3);
    }
    // Codes as they are written: 18 is 0, 1 is 10, 2 is 11, with the first bit the lowest here.
    let (many_zeros, one, two) = ((0b0, 1), (0b01, 2), (0b11, 2));
    let mut lengths = |(code, count): (u32, u32), extra: Option<u32>| {
        bits.push(code, count);
        if let Some(extra) = extra {
            bits.push(extra, 7);
        }
    };
    lengths(two, None); // the byte 0
    lengths(many_zeros, Some(138 - 11));
    lengths(many_zeros, Some(117 - 11));
    lengths(two, None); // the end
    lengths(many_zeros, Some(28 - 11));
    lengths(one, None); // 258 bytes
    lengths(one, None); // from one byte back
    // Codes: 258 bytes are 0, the byte 0 is 10, the end is 11, and the distance is 0.
    bits.push(0b01, 2);
    let runs = length.saturating_sub(1).div_ceil(258);
    for _ in 0..runs {
        bits.push(0b00, 2);
    }
    bits.push(0b11, 2);
    let mut stream = vec![0x78, 0x9C];
    stream.extend(bits.into_bytes());
    let total = u32::try_from((runs * 258 + 1) % 65_521).unwrap_or(0);
    stream.extend((total << 16 | 1).to_be_bytes());
    stream
}
