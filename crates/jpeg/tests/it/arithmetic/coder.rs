//! The arithmetic encoder (ITU-T T.81, D.1). Carries are added to the bytes that are already
//! written, so that none must be held back.

#[path = "../../../src/decode/arithmetic/states.rs"]
mod states;

use states::{EVEN, STATES};

/// Encodes decisions.
pub(super) struct Coder {
    bytes: Vec<u8>,
    low: u32,
    size: u32,
    count: u32,
}

impl Coder {
    pub(super) fn new() -> Self {
        Self { bytes: Vec::new(), low: 0, size: 1 << 16, count: 11 }
    }

    pub(super) fn bit(&mut self, bin: &mut u8, bit: bool) {
        let state = STATES[usize::from(*bin & 0x7F)];
        let likely = *bin & 0x80;
        let is_likely = bit == (likely > 0);
        let part = u32::from(state.part);
        self.size -= part;
        if is_likely && self.size >= 0x8000 {
            return;
        }
        // The larger part is the likelier outcome's, and the lower one is first.
        if is_likely == (self.size < part) {
            self.low += self.size;
            self.size = part;
        }
        *bin = if is_likely {
            likely | state.after_likely
        } else {
            (likely ^ state.swaps) | state.after_unlikely
        };
        while self.size < 0x8000 {
            self.size <<= 1;
            self.low <<= 1;
            self.count -= 1;
            if self.count == 0 {
                self.byte();
                self.count = 8;
            }
        }
    }

    pub(super) fn even_bit(&mut self, bit: bool) {
        self.bit(&mut { EVEN }, bit);
    }

    fn byte(&mut self) {
        let byte = self.low >> 19;
        if byte > 0xFF {
            for before in self.bytes.iter_mut().rev() {
                *before = before.wrapping_add(1);
                if *before > 0 {
                    break;
                }
            }
        }
        self.bytes.push(byte as u8);
        self.low &= 0x7_FFFF;
    }

    /// The data, with as many zeros at their end as possible left out, and stuffed (D.1.8).
    pub(super) fn finish(mut self) -> Vec<u8> {
        let last = (self.low + self.size - 1) & 0xFFFF_0000;
        self.low = if last < self.low { last + 0x8000 } else { last };
        self.low <<= self.count;
        self.byte();
        self.low <<= 8;
        self.byte();
        while self.bytes.last() == Some(&0) {
            self.bytes.pop();
        }
        let stuffed = |&byte: &u8| if byte == 0xFF { vec![0xFF, 0] } else { vec![byte] };
        self.bytes.iter().flat_map(stuffed).collect()
    }
}
