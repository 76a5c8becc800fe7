//! AV1 pictures of any size in hardly any bytes: sound headers, and tiles of zeros or noise (AV1
//! Bitstream & Decoding Process, 5.3 to 5.11).

use crate::bits::HighestFirst as Bits;

/// What a header declares.
#[derive(Clone, Copy)]
pub(super) struct Header {
    pub(super) size: (u32, u32),
    /// 8, 10 or 12.
    pub(super) depth: u32,
    /// 0 is 4:2:0, 1 is 4:4:4, 2 is 4:2:2, or 4:4:4 with 12 bits.
    pub(super) profile: u32,
    pub(super) is_grey: bool,
    /// Whether every filter is on.
    pub(super) is_filtered: bool,
    /// How many times the frame is repeated.
    pub(super) frames: usize,
}

impl Header {
    pub(super) const PLAIN: Self =
        Self { size: (64, 64), depth: 8, profile: 0, is_grey: false, is_filtered: true, frames: 1 };
}

/// A picture with `tile` as the data of every tile.
pub(super) fn picture(header: Header, tile: &[u8]) -> Vec<u8> {
    let frame = frame(header, tile);
    [sequence(header), frame.repeat(header.frames)].concat()
}

/// A unit with its type and payload.
pub(super) fn unit(kind: u8, payload: &[u8]) -> Vec<u8> {
    let mut unit = vec![kind << 3 | 2];
    let mut length = payload.len();
    while length > 0x7F {
        unit.push(length.to_le_bytes()[0] | 0x80);
        length >>= 7;
    }
    unit.push(length.to_le_bytes()[0]);
    unit.extend(payload);
    unit
}

fn sequence(header: Header) -> Vec<u8> {
    let Header { size: (width, height), depth, profile, is_grey, is_filtered, .. } = header;
    let mut bits = Bits::default();
    bits.push(profile, 3);
    bits.push(0b11, 2); // A still picture, and a short header.
    bits.push(31, 5); // No level.
    bits.push(15, 4);
    bits.push(15, 4);
    bits.push(width.wrapping_sub(1), 16);
    bits.push(height.wrapping_sub(1), 16);
    bits.push(0b000, 3);
    bits.push(0, 1); // No super-resolution.
    bits.push(if is_filtered { 0b11 } else { 0 }, 2);
    bits.push(u32::from(depth > 8), 1);
    if profile == 2 && depth > 8 {
        bits.push(u32::from(depth > 10), 1);
    }
    if profile != 1 {
        bits.push(u32::from(is_grey), 1);
    }
    bits.push(0b01, 2); // Colours are not told; the range is full.
    if profile == 2 && depth == 12 && !is_grey {
        bits.push(0, 1); // 4:4:4
    }
    if profile == 0 && !is_grey {
        bits.push(0, 2);
    }
    bits.push(0, u32::from(!is_grey));
    bits.push(0, 1); // No grain.
    bits.push(1, 1);
    unit(1, &bits.into_bytes())
}

fn frame(header: Header, tile: &[u8]) -> Vec<u8> {
    let planes = if header.is_grey { 1 } else { 3 };
    let mut bits = Bits::default();
    bits.push(0b00, 2); // Probabilities adapt; no tools for screen content.
    bits.push(0, 1); // As large as it is shown.
    let (tiles, is_divided) = divide(header.size, &mut bits);
    if is_divided.0 + is_divided.1 > 0 {
        bits.push(0, is_divided.0 + is_divided.1);
        bits.push(0b11, 2); // Four bytes tell how long a tile is.
    }
    bits.push(128, 8); // A quantiser,
    bits.push(0, if planes > 1 { 3 } else { 1 }); // for all that is coded.
    bits.push(0, 1); // No matrices,
    bits.push(0, 1); // no segments,
    bits.push(0, 1); // and the same everywhere.
    let filter = if header.is_filtered { 32 } else { 0 };
    bits.push(filter, 6);
    bits.push(filter, 6);
    if header.is_filtered && planes > 1 {
        bits.push(filter, 6);
        bits.push(filter, 6);
    }
    bits.push(0, 3 + 1);
    if header.is_filtered {
        bits.push(0, 2 + 2);
        bits.push(0x3F, 6);
        bits.push(0x3F, if planes > 1 { 6 } else { 0 });
        for _ in 0..planes {
            bits.push(0b11, 2); // Restoration as each block likes,
        }
        bits.push(0, 1); // in blocks of 64 x 64,
        bits.push(0, u32::from(header.profile == 0 && planes > 1));
    }
    bits.push(1, 1); // Transforms of any size,
    bits.push(0, 1); // and of any kind.
    bits.align();
    if tiles > 1 {
        bits.push(0, 1); // All of them.
        bits.align();
    }
    let length = u32::try_from(tile.len() - 1).unwrap_or(0).to_le_bytes();
    let mut payload = bits.into_bytes();
    for left in (0..tiles).rev() {
        if left > 0 {
            payload.extend(length);
        }
        payload.extend(tile);
    }
    unit(6, &payload)
}

/// Writes that there are as few tiles as possible (5.9.15), and returns their number and the bits
/// of their columns and rows.
fn divide((width, height): (u32, u32), bits: &mut Bits) -> (u32, (u32, u32)) {
    let log2 = |unit: u32, of: u32| (0..32).find(|&log2| unit << log2 >= of).unwrap_or(0);
    let (columns, rows) = (width.div_ceil(64), height.div_ceil(64));
    let least_columns = log2(64, columns);
    let least = least_columns.max(log2(2304, columns * rows));
    bits.push(1, 1);
    bits.push(0, u32::from(least_columns < log2(1, columns.min(64))));
    let count = |blocks: u32, log2: u32| blocks.div_ceil(blocks.div_ceil(1 << log2));
    let least_rows = least - least_columns;
    bits.push(0, u32::from(least_rows < log2(1, rows.min(64))));
    let (columns, rows) = (count(columns, least_columns), count(rows, least_rows));
    (columns * rows, (log2(1, columns), log2(1, rows)))
}
