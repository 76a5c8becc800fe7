//! Reads coefficients as tokens from the partitions after the first (RFC 6386, section 13), and
//! multiplies them by the quantizer steps.

#![expect(
    clippy::cast_possible_truncation,
    reason = "what overflows 16 bits is nothing that an encoder writes"
)]

use super::bool_decoder::{BOOL_BITS, BoolDecoder};
use super::quantizer::{Step, Steps};
use super::token_probabilities::{Branches, Table};
use super::transform::{Strip, inverse_walsh_hadamard};

/// The zigzag order: where in its block each coefficient belongs, in the order of the tokens (13).
const ZIGZAG: [u8; 16] = [0, 1, 4, 8, 5, 2, 3, 6, 9, 12, 13, 10, 7, 11, 14, 15];

/// The zigzag order for the first block of a [`Strip`].
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

/// The band of each position in the zigzag order (13.3).
const BANDS: [usize; 16] = [0, 1, 2, 3, 6, 4, 5, 6, 6, 6, 6, 6, 6, 6, 6, 7];

/// The probabilities by position and context. Position 16 belongs to no coefficient. It exists so
/// that code which has just read the last coefficient can look up the next position without a
/// check.
type ByPlace = [[Branches; 3]; 17];

/// The probabilities of the four types of blocks (13.3).
pub(super) struct Probabilities {
    /// Luma without first coefficients, which are in the Y2 block.
    luma_after_y2: ByPlace,
    /// The Y2 block.
    y2: ByPlace,
    chroma: ByPlace,
    /// Luma with first coefficients.
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
        Self { luma_after_y2: kind(0), y2: kind(1), chroma: kind(2), luma: kind(3) }
    }
}

/// Whether the blocks at the right or bottom edge of a macroblock have coefficients. This is the
/// context for the neighbouring blocks (13.3).
#[derive(Debug, Clone, Copy, Default)]
pub(super) struct Edge {
    luma: [bool; 4],
    chroma: [[bool; 2]; 2],
    /// The same for the Y2 block of the last macroblock that has one.
    y2: bool,
}

impl Edge {
    /// Updates the edge for a macroblock without coefficients.
    pub(super) fn clear(&mut self, has_y2: bool) {
        *self = Self { y2: self.y2 && !has_y2, ..Self::default() };
    }
}

/// The coefficients of a macroblock, multiplied by their steps.
#[derive(Default)]
pub(super) struct Residue {
    /// The rows of luma blocks.
    pub(super) luma: [Coefficients; 4],
    /// The rows of chroma blocks: two blocks of blue, then two of red.
    pub(super) chroma: [Coefficients; 2],
}

/// The coefficients of four blocks.
#[derive(Default)]
pub(super) struct Coefficients {
    pub(super) strip: Strip,
    /// Whether any coefficient is not zero.
    pub(super) is_any: bool,
}

impl Residue {
    /// Reads the coefficients of the next macroblock. Returns whether there are any.
    pub(super) fn read(
        &mut self,
        decoder: &mut BoolDecoder<'_>,
        probabilities: &Probabilities,
        steps: &Steps,
        has_y2: bool,
        (above, left): (&mut Edge, &mut Edge),
    ) -> bool {
        *self = Self::default();
        let (mut first, mut of_luma) = (0, &probabilities.luma);
        if has_y2 {
            (first, of_luma) = (1, &probabilities.luma_after_y2);
            let mut y2 = [0; 16];
            let context = usize::from(above.y2) + usize::from(left.y2);
            let places = (&ZIGZAG, 0);
            let end = read_block(decoder, &probabilities.y2, context, 0, steps.y2, &mut y2, places);
            (above.y2, left.y2) = (end > 0, end > 0);
            if end > 0 {
                let firsts = inverse_walsh_hadamard(&y2);
                for (row, firsts) in self.luma.iter_mut().zip(firsts.as_chunks::<4>().0) {
                    let [line, ..] = &mut row.strip;
                    line.iter_mut().step_by(4).zip(firsts).for_each(|(to, first)| *to = *first);
                }
            }
        }
        for (row, left) in self.luma.iter_mut().zip(&mut left.luma) {
            for (block, above) in above.luma.iter_mut().enumerate() {
                row.read(decoder, of_luma, (above, left), first, steps.luma, block);
            }
        }
        for (plane, (above, left)) in above.chroma.iter_mut().zip(&mut left.chroma).enumerate() {
            for (row, left) in self.chroma.iter_mut().zip(left) {
                for (x, above) in above.iter_mut().enumerate() {
                    let of_chroma = &probabilities.chroma;
                    row.read(decoder, of_chroma, (above, left), 0, steps.chroma, plane * 2 + x);
                }
            }
        }
        self.luma.iter().chain(&self.chroma).any(|row| row.is_any)
    }
}

impl Coefficients {
    /// Reads a block from position `first` on, and stores in both edges whether it has
    /// coefficients.
    #[inline]
    fn read(
        &mut self,
        decoder: &mut BoolDecoder<'_>,
        probabilities: &ByPlace,
        (above, left): (&mut bool, &mut bool),
        first: usize,
        step: Step,
        block: usize,
    ) {
        let context = usize::from(*above) + usize::from(*left);
        let numbers = self.strip.as_flattened_mut();
        let end = read_block(
            decoder,
            probabilities,
            context,
            first,
            step,
            numbers,
            (&IN_STRIP, block * 4),
        );
        (*above, *left) = (end > first, end > first);
        let mean = numbers.get(block * 4).copied().unwrap_or_default();
        self.is_any |= end > 1 || mean != 0;
    }
}

/// The bits for three bools, which most tokens consist of.
const TOKEN_BITS: u32 = BOOL_BITS + 2 * 7;

/// Reads the coefficients of a block from position `first` on (13.2), and writes them to `numbers`,
/// where the block begins at `offset`. Returns the position after the last coefficient.
#[inline(never)]
fn read_block(
    outer: &mut BoolDecoder<'_>,
    probabilities: &ByPlace,
    context: usize,
    first: usize,
    [of_first, of_others]: Step,
    numbers: &mut [i16],
    (places, offset): (&[u8; 16], usize),
) -> usize {
    // A local copy stays in registers.
    let mut decoder = *outer;
    let mut place = first;
    let mut step = if first == 0 { of_first } else { of_others };
    let branches = |place: usize, context: usize| {
        probabilities.get(place).and_then(|contexts| contexts.get(context)).unwrap_or(&[0; 11])
    };
    let mut odds = branches(place, context);
    'tokens: while place < 16 {
        decoder.load(TOKEN_BITS);
        // After a zero there is no end-of-block token, so that branch is skipped.
        if !decoder.read_loaded(odds[0]) {
            break;
        }
        while !decoder.read_loaded(odds[1]) {
            place += 1;
            step = of_others;
            if place == 16 {
                break 'tokens;
            }
            odds = branches(place, 0);
            decoder.load(TOKEN_BITS);
        }
        let (magnitude, context) =
            if decoder.read_loaded(odds[2]) { (large(&mut decoder, odds), 2) } else { (1, 1) };
        let number = decoder.read_signed(magnitude) * step;
        let to = places.get(place).and_then(|&to| numbers.get_mut(offset + usize::from(to)));
        if let Some(to) = to {
            *to = number as i16;
        }
        place += 1;
        step = of_others;
        odds = branches(place, context);
    }
    *outer = decoder;
    place
}

/// Reads a magnitude of 2 or more (13.2).
#[inline]
fn large(decoder: &mut BoolDecoder<'_>, odds: &Branches) -> i32 {
    if !decoder.read_bool(odds[3]) {
        if decoder.read_bool(odds[4]) { 3 + i32::from(decoder.read_bool(odds[5])) } else { 2 }
    } else if !decoder.read_bool(odds[6]) {
        if decoder.read_bool(odds[7]) {
            extra(decoder, 7, &[165, 145])
        } else {
            extra(decoder, 5, &[159])
        }
    } else if !decoder.read_bool(odds[8]) {
        if decoder.read_bool(odds[9]) {
            extra(decoder, 19, &[176, 155, 140, 135])
        } else {
            extra(decoder, 11, &[173, 148, 140])
        }
    } else if decoder.read_bool(odds[10]) {
        extra(decoder, 67, &[254, 254, 243, 230, 196, 177, 153, 140, 133, 130, 129])
    } else {
        extra(decoder, 35, &[180, 157, 141, 134, 130])
    }
}

/// Reads the extra bits of a magnitude, and adds them to the smallest magnitude of its category.
#[inline]
fn extra(decoder: &mut BoolDecoder<'_>, least: i32, probabilities: &[u8]) -> i32 {
    let read = |number, &probability: &u8| number << 1 | i32::from(decoder.read_bool(probability));
    least + probabilities.iter().fold(0, read)
}
