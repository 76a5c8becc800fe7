//! Bits, deflate and checksums, from which headers and bombs are built.

/// How many bits of the last byte are used, and how many of `left` more fit into it.
fn part(used: u32, left: u32) -> (u32, u32) {
    let place = used % 8;
    (place, left.min(8 - place))
}

/// The lowest `count` bits of `value`, at most 8.
fn lowest(value: u32, count: u32) -> u8 {
    let [byte, ..] = value.to_le_bytes();
    byte & (0xFF >> (8 - count))
}

/// Packs bits into bytes, the lowest first, as in deflate and WebP.
#[derive(Default)]
pub(crate) struct Bits {
    bytes: Vec<u8>,
    used: u32,
}

impl Bits {
    /// Appends the lowest `count` bits of `value`, the lowest of them first.
    pub(crate) fn push(&mut self, value: u32, count: u32) {
        let mut pushed = 0;
        while pushed < count {
            let (place, some) = part(self.used, count - pushed);
            if place == 0 {
                self.bytes.push(0);
            }
            if let Some(last) = self.bytes.last_mut() {
                *last |= lowest(value >> pushed, some) << place;
            }
            pushed += some;
            self.used += some;
        }
    }

    pub(crate) fn into_bytes(self) -> Vec<u8> {
        self.bytes
    }
}

/// Packs bits into bytes, the highest first, as in video codecs.
#[derive(Default)]
pub(crate) struct HighestFirst {
    bytes: Vec<u8>,
    used: u32,
}

impl HighestFirst {
    /// Appends the lowest `count` bits of `value`, the highest of them first.
    pub(crate) fn push(&mut self, value: u32, count: u32) {
        let mut left = count;
        while left > 0 {
            let (place, some) = part(self.used, left);
            if place == 0 {
                self.bytes.push(0);
            }
            left -= some;
            if let Some(last) = self.bytes.last_mut() {
                *last |= lowest(value >> left, some) << (8 - place - some);
            }
            self.used += some;
        }
    }

    /// An Exp-Golomb number: the digits of the value plus 1, after one zero fewer (ITU-T H.265,
    /// 9.2).
    pub(crate) fn exp_golomb(&mut self, value: u32) {
        let digits = (value + 1).ilog2();
        self.push(0, digits);
        self.push(value + 1, digits + 1);
    }

    /// Zeros up to the next byte.
    pub(crate) fn align(&mut self) {
        self.used = self.used.next_multiple_of(8);
    }

    /// A one, and zeros up to the next byte.
    pub(crate) fn end(&mut self) {
        self.push(1, 1);
        self.align();
    }

    pub(crate) fn into_bytes(self) -> Vec<u8> {
        self.bytes
    }
}

/// PNG's CRC-32.
pub(crate) fn crc(parts: [&[u8]; 2]) -> u32 {
    let table: Vec<u32> = (0..256_u32)
        .map(|byte| (0..8).fold(byte, |crc, _| (crc >> 1) ^ (0xEDB8_8320 * (crc & 1))))
        .collect();
    let step = |crc: u32, &byte: &u8| {
        let [low, ..] = (crc ^ u32::from(byte)).to_le_bytes();
        crc >> 8 ^ table.get(usize::from(low)).copied().unwrap_or(0)
    };
    !parts.into_iter().flatten().fold(!0, step)
}
