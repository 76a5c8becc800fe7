//! The bool decoder (RFC 6386, section 7): an arithmetic decoder that reads one bool at a time. For
//! each bool, encoder and decoder use the same probability that it is `false`. This file knows
//! nothing of what the bools mean.

#![expect(clippy::inline_always, reason = "the innermost loops must stay single loops")]

use std::hint::cold_path;

/// How many zero bits past the end are read without an error. Some decoders always read one byte
/// ahead, so some encoders leave out a last byte of zeros.
const SPARE_BITS: usize = 8;

/// The bits that decoding one bool may need.
pub(super) const BOOL_BITS: u32 = 8;

/// Reads bools from a partition.
///
/// The whole partition is one number between 0 and 1, written in binary. Each bool splits the
/// current range of that number in two, in proportion to the probabilities of `false` and `true`;
/// the bool is the part that the number lies in. That part becomes the new range. Number and range
/// are then scaled up until the range is at least 128. Only the upper 8 bits of the number decide
/// about a bool, so one 64-bit word lasts for many bools.
#[derive(Debug, Clone, Copy)]
pub(super) struct BoolDecoder<'a> {
    bytes: &'a [u8],
    /// The index of the next byte to load. It lies beyond the end once zeros were loaded.
    at: usize,
    /// The next bits of the number, minus the start of the range.
    word: u64,
    /// How many bits of `word`, counted from the highest, are loaded.
    count: u32,
    /// The length of the range, 128 to 255.
    range: u32,
}

impl<'a> BoolDecoder<'a> {
    pub(super) fn new(bytes: &'a [u8]) -> Self {
        Self { bytes, at: 0, word: 0, count: 0, range: 255 }
    }

    /// Whether more bits were read than the partition holds.
    pub(super) fn is_exhausted(&self) -> bool {
        self.at * 8 >= self.bytes.len() * 8 + SPARE_BITS + self.count as usize
    }

    /// Reads a bool that is `false` with a probability of `probability` / 256 (7.3).
    #[inline(always)]
    pub(super) fn read_bool(&mut self, probability: u8) -> bool {
        self.load(BOOL_BITS);
        self.read_loaded(probability)
    }

    /// Does the same without loading bits. The caller has loaded [`BOOL_BITS`] for the first bool,
    /// and 7 more for each bool after it.
    #[inline(always)]
    pub(super) fn read_loaded(&mut self, probability: u8) -> bool {
        let split = 1 + (((self.range - 1) * u32::from(probability)) >> 8);
        let threshold = u64::from(split) << 56;
        // Every caller branches on the bool. Without this hint the compiler computes both outcomes
        // and selects one, so that each bool waits for the one before it.
        if self.word >= threshold {
            cold_path();
            self.range -= split;
            self.word -= threshold;
            self.scale_up();
            true
        } else {
            self.range = split;
            self.scale_up();
            false
        }
    }

    /// Reads a sign of even odds, and returns `number` or its negative. There is no branch, because
    /// no processor can predict the sign.
    #[inline(always)]
    pub(super) fn read_signed(&mut self, number: i32) -> i32 {
        self.load(BOOL_BITS);
        let split = self.range.div_ceil(2);
        let threshold = u64::from(split) << 56;
        let is_negative = self.word >= threshold;
        self.range = if is_negative { self.range - split } else { split };
        self.word -= if is_negative { threshold } else { 0 };
        self.scale_up();
        if is_negative { -number } else { number }
    }

    /// Reads a bool of even odds.
    pub(super) fn read_flag(&mut self) -> bool {
        self.read_bool(128)
    }

    /// Reads an unsigned number of `bits` bits, the highest bit first (section 8).
    pub(super) fn read_literal(&mut self, bits: u32) -> i32 {
        (0..bits).fold(0, |number, _| number << 1 | i32::from(self.read_flag()))
    }

    /// Reads a flag, and if it is set, a number of `bits` bits and its sign.
    pub(super) fn read_optional(&mut self, bits: u32) -> Option<i32> {
        self.read_flag().then(|| {
            let number = self.read_literal(bits);
            self.read_signed(number)
        })
    }

    #[inline(always)]
    fn scale_up(&mut self) {
        let places = self.range.leading_zeros() ^ 0b1_1000;
        self.range <<= places;
        self.word <<= places;
        self.count -= places;
    }

    /// Loads bits until at least `bits` are there; 56 at most. It always loads eight bytes, and
    /// counts only those that fit. The next load reads the others again, and setting a bit twice
    /// does no harm.
    #[inline(always)]
    pub(super) fn load(&mut self, bits: u32) {
        if self.count >= bits {
            return;
        }
        let rest = self.bytes.get(self.at..).unwrap_or_default();
        let next = match rest.first_chunk::<8>() {
            Some(bytes) => u64::from_be_bytes(*bytes),
            None => last_bytes(rest),
        };
        self.word |= next >> self.count;
        self.at += ((63 - self.count) >> 3) as usize;
        self.count |= 0b11_1000;
    }
}

/// The last bytes of the partition, followed by zeros.
#[cold]
#[inline(never)]
fn last_bytes(rest: &[u8]) -> u64 {
    let mut bytes = [0; 8];
    bytes.iter_mut().zip(rest).for_each(|(to, from)| *to = *from);
    u64::from_be_bytes(bytes)
}
