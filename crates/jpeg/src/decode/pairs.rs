//! Several AC coefficients at a look-up, with their values (ITU-T T.81, F.2.2.2): for reading the
//! coefficients that are wanted, where [`super::huffman::SkipTable`] is for passing over the others.

#![expect(clippy::inline_always, reason = "the innermost loops must stay single loops")]
#![expect(clippy::cast_possible_truncation, reason = "entries of a table, made to fit")]

use super::bits::Bits;
use super::huffman::{Table, magnitude};

/// How many bits index the table.
const INDEX: u32 = 11;

/// How many look-ups one refill is enough for.
pub(super) const LOOKUPS: u32 = super::bits::REFILLED / INDEX;

/// Up to two codes whose magnitudes lie within the next bits as well.
#[derive(Debug, Clone, Copy)]
pub(super) struct Pair {
    /// Their values.
    pub(super) values: [i16; 2],
    /// How far the first is from the coefficient before it, and the second from the first: 0 where
    /// there is no second.
    pub(super) advances: [u8; 2],
    /// How many bits they are; 0 where not one fits.
    pub(super) bits: u8,
    /// Whether the end of the block follows, and is counted in the bits.
    pub(super) is_end: bool,
}

/// What the next bits hold, by what they are.
#[derive(Debug)]
pub(super) struct PairTable {
    pairs: Box<[Pair; 1 << INDEX]>,
}

impl PairTable {
    /// A table in which not one code fits.
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
            // Bits behind the index are not known: a code that needs them is not taken.
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

    /// What the next bits hold, which must have been refilled; they are not consumed.
    #[inline(always)]
    #[expect(clippy::indexing_slicing, reason = "as long as the index can be")]
    pub(super) fn next(&self, bits: &Bits<'_>) -> Pair {
        self.pairs[bits.peek::<INDEX>()]
    }
}
