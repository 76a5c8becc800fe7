//! Coefficients, as the partitions after the first tell them (RFC 6386, section 13).

#![expect(
    clippy::cast_possible_truncation,
    reason = "what overflows 16 bits is nothing that an encoder writes"
)]

use super::bools::{Bools, QUESTION_BITS};
use super::quantizer::{Step, Steps};
use super::token_probabilities::{Branches, Table};
use super::transform::{Strip, inverse_walsh_hadamard};

/// Where in a block each coefficient belongs, in the order in which they come: coarse to fine (13).
const ZIGZAG: [u8; 16] = [0, 1, 4, 8, 5, 2, 3, 6, 9, 12, 13, 10, 7, 11, 14, 15];

/// The same in the first block of a [`Strip`].
const IN_STRIP: [u8; 16] = {
    // A line of a strip is four times as long.
    let mut places = ZIGZAG;
    let mut rest: &mut [u8] = &mut places;
    while let Some((place, others)) = rest.split_first_mut() {
        *place = *place / 4 * 16 + *place % 4;
        rest = others;
    }
    places
};

/// Which band of probabilities each place in that order has (13.3).
const BANDS: [usize; 16] = [0, 1, 2, 3, 6, 4, 5, 6, 6, 6, 6, 6, 6, 6, 6, 7];

/// Probabilities by place and context. The last place is no coefficient's: who has read the 16th may
/// look there without asking.
type ByPlace = [[Branches; 3]; 17];

/// The probabilities of the four kinds of blocks (13.3).
pub(super) struct Probabilities {
    /// Luma whose first coefficients are told apart.
    luma_without_first: ByPlace,
    /// Those first coefficients.
    means: ByPlace,
    chroma: ByPlace,
    /// Luma with its first coefficients.
    luma: ByPlace,
}

impl Probabilities {
    pub(super) fn new(table: &Table) -> Self {
        let kind = |kind: usize| {
            let mut by_place = [[[0; 11]; 3]; 17];
            for (place, band) in by_place.iter_mut().zip(BANDS) {
                let contexts = table.iter().skip((kind * 8 + band) * 3);
                place.iter_mut().zip(contexts).for_each(|(to, from)| *to = *from);
            }
            by_place
        };
        Self { luma_without_first: kind(0), means: kind(1), chroma: kind(2), luma: kind(3) }
    }
}

/// Whether the blocks at an edge of a macroblock have coefficients: the context of those beyond (13.3).
#[derive(Debug, Clone, Copy, Default)]
pub(super) struct Edge {
    luma: [bool; 4],
    chroma: [[bool; 2]; 2],
    /// Of the last macroblock that has such a block.
    means: bool,
}

impl Edge {
    /// What an empty macroblock leaves behind.
    pub(super) fn clear(&mut self, has_means: bool) {
        *self = Self { means: self.means && !has_means, ..Self::default() };
    }
}

/// The coefficients of a macroblock, multiplied by their steps.
#[derive(Default)]
pub(super) struct Residue {
    /// Rows of blocks.
    pub(super) luma: [Coefficients; 4],
    /// Rows of two blocks of blue, and two of red.
    pub(super) chroma: [Coefficients; 2],
}

/// The coefficients of four blocks.
#[derive(Default)]
pub(super) struct Coefficients {
    pub(super) strip: Strip,
    /// Whether any is not zero.
    pub(super) is_any: bool,
}

impl Residue {
    /// Reads those of the next macroblock. Says whether there were any.
    pub(super) fn read(
        &mut self,
        bools: &mut Bools<'_>,
        probabilities: &Probabilities,
        steps: &Steps,
        has_means: bool,
        (above, left): (&mut Edge, &mut Edge),
    ) -> bool {
        *self = Self::default();
        let (mut first, mut of_luma) = (0, &probabilities.luma);
        if has_means {
            (first, of_luma) = (1, &probabilities.luma_without_first);
            let mut means = [0; 16];
            let context = usize::from(above.means) + usize::from(left.means);
            let places = (&ZIGZAG, 0);
            let end = read_block(
                bools,
                &probabilities.means,
                context,
                0,
                steps.means,
                &mut means,
                places,
            );
            (above.means, left.means) = (end > 0, end > 0);
            if end > 0 {
                let firsts = inverse_walsh_hadamard(&means);
                for (row, firsts) in self.luma.iter_mut().zip(firsts.as_chunks::<4>().0) {
                    let [line, ..] = &mut row.strip;
                    line.iter_mut().step_by(4).zip(firsts).for_each(|(to, first)| *to = *first);
                }
            }
        }
        for (row, left) in self.luma.iter_mut().zip(&mut left.luma) {
            for (block, above) in above.luma.iter_mut().enumerate() {
                row.read(bools, of_luma, (above, left), first, steps.luma, block);
            }
        }
        for (plane, (above, left)) in above.chroma.iter_mut().zip(&mut left.chroma).enumerate() {
            for (row, left) in self.chroma.iter_mut().zip(left) {
                for (x, above) in above.iter_mut().enumerate() {
                    let of_chroma = &probabilities.chroma;
                    row.read(bools, of_chroma, (above, left), 0, steps.chroma, plane * 2 + x);
                }
            }
        }
        self.luma.iter().chain(&self.chroma).any(|row| row.is_any)
    }
}

impl Coefficients {
    /// Reads those of a block from place `first` on, and says to either side whether there were any.
    #[inline]
    fn read(
        &mut self,
        bools: &mut Bools<'_>,
        probabilities: &ByPlace,
        (above, left): (&mut bool, &mut bool),
        first: usize,
        step: Step,
        block: usize,
    ) {
        let context = usize::from(*above) + usize::from(*left);
        let numbers = self.strip.as_flattened_mut();
        let end =
            read_block(bools, probabilities, context, first, step, numbers, (&IN_STRIP, block * 4));
        (*above, *left) = (end > first, end > first);
        let mean = numbers.get(block * 4).copied().unwrap_or_default();
        self.is_any |= end > 1 || mean != 0;
    }
}

/// What the questions of most tokens take: three.
const TOKEN_BITS: u32 = QUESTION_BITS + 2 * 7;

/// Reads a block's coefficients from place `first` on (13.2) to where they belong in `numbers`, of
/// which the block's own begin at an offset. Says in which place they end.
#[inline(never)]
fn read_block(
    outer: &mut Bools<'_>,
    probabilities: &ByPlace,
    context: usize,
    first: usize,
    [of_first, of_others]: Step,
    numbers: &mut [i16],
    (places, offset): (&[u8; 16], usize),
) -> usize {
    // In a place of its own, so that it stays in registers.
    let mut bools = *outer;
    let mut place = first;
    let mut step = if first == 0 { of_first } else { of_others };
    let branches = |place: usize, context: usize| {
        probabilities.get(place).and_then(|contexts| contexts.get(context)).unwrap_or(&[0; 11])
    };
    let mut odds = branches(place, context);
    'tokens: while place < 16 {
        bools.load(TOKEN_BITS);
        // Behind a zero, the end is not asked for.
        if !bools.ask_loaded(odds[0]) {
            break;
        }
        while !bools.ask_loaded(odds[1]) {
            place += 1;
            step = of_others;
            if place == 16 {
                break 'tokens;
            }
            odds = branches(place, 0);
            bools.load(TOKEN_BITS);
        }
        let (magnitude, context) =
            if bools.ask_loaded(odds[2]) { (large(&mut bools, odds), 2) } else { (1, 1) };
        let number = bools.signed(magnitude) * step;
        let to = places.get(place).and_then(|&to| numbers.get_mut(offset + usize::from(to)));
        if let Some(to) = to {
            *to = number as i16;
        }
        place += 1;
        step = of_others;
        odds = branches(place, context);
    }
    *outer = bools;
    place
}

/// A magnitude of 2 or more (13.2).
#[inline]
fn large(bools: &mut Bools<'_>, odds: &Branches) -> i32 {
    if !bools.ask(odds[3]) {
        if bools.ask(odds[4]) { 3 + i32::from(bools.ask(odds[5])) } else { 2 }
    } else if !bools.ask(odds[6]) {
        if bools.ask(odds[7]) { extra(bools, 7, &[165, 145]) } else { extra(bools, 5, &[159]) }
    } else if !bools.ask(odds[8]) {
        if bools.ask(odds[9]) {
            extra(bools, 19, &[176, 155, 140, 135])
        } else {
            extra(bools, 11, &[173, 148, 140])
        }
    } else if bools.ask(odds[10]) {
        extra(bools, 67, &[254, 254, 243, 230, 196, 177, 153, 140, 133, 130, 129])
    } else {
        extra(bools, 35, &[180, 157, 141, 134, 130])
    }
}

/// A magnitude of a class: the least of it, and how much more.
#[inline]
fn extra(bools: &mut Bools<'_>, least: i32, probabilities: &[u8]) -> i32 {
    let ask = |number, &probability: &u8| number << 1 | i32::from(bools.ask(probability));
    least + probabilities.iter().fold(0, ask)
}
