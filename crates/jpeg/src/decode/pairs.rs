//! Decodes up to two AC coefficients, with their values, in one look-up (ITU-T T.81, F.2.2.2). This
//! is for reading the coefficients that are needed; [`super::huffman::SkipTable`] is for passing
//! over the others.

#![expect(clippy::inline_always, reason = "the innermost loops must stay single loops")]
#![expect(clippy::cast_possible_truncation, reason = "entries of a table, made to fit")]

use super::bits::Bits;
use super::huffman::{Table, magnitude};

/// How many bits index the table.
const INDEX: u32 = 11;

/// How many look-ups one refill is enough for.
pub(super) const LOOKUPS: u32 = super::bits::REFILLED / INDEX;

/// Up to two codes that fit into the bits of one look-up together with their magnitudes.
#[derive(Debug, Clone, Copy)]
pub(super) struct Pair {
    /// The values of their coefficients.
    pub(super) values: [i16; 2],
    /// The distance of the first coefficient from the one before it, and of the second from the
    /// first; 0 if there is no such coefficient.
    pub(super) advances: [u8; 2],
    /// How many bits they have together; 0 if not even one code fits.
    pub(super) bits: u8,
    /// Whether an end-of-block code follows; `bits` includes it.
    pub(super) is_end: bool,
}

/// For each value of the next bits, the codes in them.
#[derive(Debug)]
pub(super) struct PairTable {
    pairs: Box<[Pair; 1 << INDEX]>,
}

impl PairTable {
    /// A table without any codes.
    pub(super) fn empty() -> Self {
        let none = Pair { values: [0; 2], advances: [0; 2], bits: 0, is_end: false };
        Self { pairs: Box::new([none; 1 << INDEX]) }
    }

    pub(super) fn new(single: &Table) -> Self {
        let mut table = Self::empty();
        for (index, pair) in (0_u64..).zip(table.pairs.iter_mut()) {
            let mut ahead = Bits { bytes: &[], at: 0, word: index << (64 - INDEX), count: 64 };
            let mut used = 0;
            let mut places = pair.values.iter_mut().zip(&mut pair.advances);
            // Bits after the index are not known, so a code that needs them is left out.
            while let Ok(symbol) = single.symbol(&ahead) {
                if used + symbol.bits() > INDEX {
                    break;
                }
                if symbol.size() == 0 && symbol.run() != 15 {
                    used += symbol.bits();
                    pair.is_end = true;
                    break;
                }
                let Some((value, advance)) = places.next() else { break };
                (*value, *advance) = if symbol.size() == 0 {
                    (0, 16)
                } else {
                    (magnitude(symbol, &ahead) as i16, symbol.run() as u8 + 1)
                };
                used += symbol.bits();
                ahead.consume(symbol.bits());
            }
            pair.bits = used as u8;
        }
        table
    }

    /// The codes in the next bits. These must have been refilled; they are not consumed.
    #[inline(always)]
    #[expect(clippy::indexing_slicing, reason = "as long as the index can be")]
    pub(super) fn next(&self, bits: &Bits<'_>) -> Pair {
        self.pairs[bits.peek::<INDEX>()]
    }
}
