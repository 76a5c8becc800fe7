//! Bits, deflate and checksums, from which headers and bombs are built.

/// Packs bits into bytes, the lowest first, as in deflate and WebP.
#[derive(Default)]
pub(crate) struct Bits {
    bytes: Vec<u8>,
    used: u32,
}

impl Bits {
    /// Appends the lowest `count` bits of `value`, the lowest of them first.
    pub(crate) fn push(&mut self, value: u32, count: u32) {
        for bit in 0..count {
            if self.used.is_multiple_of(8) {
                self.bytes.push(0);
            }
            if let Some(last) = self.bytes.last_mut() {
                *last |= u8::from(value >> bit & 1 == 1) << (self.used % 8);
            }
            self.used += 1;
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
        for bit in (0..count).rev() {
            if self.used.is_multiple_of(8) {
                self.bytes.push(0);
            }
            if let Some(last) = self.bytes.last_mut() {
                *last |= u8::from(value >> bit & 1 == 1) << (7 - self.used % 8);
            }
            self.used += 1;
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
