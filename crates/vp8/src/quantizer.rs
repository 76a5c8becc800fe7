//! The quantizer: the steps that coefficients are multiplied by, which undo the division in the
//! encoder (RFC 6386, sections 9.6 and 14.1).

#![expect(clippy::cast_sign_loss, reason = "clamped")]

use super::bool_decoder::BoolDecoder;

/// The step of the first coefficient of a block, and the step of the others.
pub(super) type Step = [i32; 2];

/// The steps of a macroblock.
#[derive(Debug, Clone, Copy)]
pub(super) struct Steps {
    /// Luma.
    pub(super) luma: Step,
    /// The Y2 block, which holds the first coefficients of all luma blocks.
    pub(super) y2: Step,
    /// Chroma.
    pub(super) chroma: Step,
}

/// Indices into the tables below: the base index of the frame, and offsets for some kinds of
/// coefficients (9.6).
#[derive(Debug, Clone, Copy)]
pub(super) struct Indices {
    pub(super) base: i32,
    luma_first: i32,
    y2_first: i32,
    y2_others: i32,
    chroma_first: i32,
    chroma_others: i32,
}

impl Indices {
    pub(super) fn read(decoder: &mut BoolDecoder<'_>) -> Self {
        let base = decoder.read_literal(7);
        let mut difference = || decoder.read_optional(4).unwrap_or(0);
        Self {
            base,
            luma_first: difference(),
            y2_first: difference(),
            y2_others: difference(),
            chroma_first: difference(),
            chroma_others: difference(),
        }
    }

    /// The steps for a base index, which may be that of a segment.
    pub(super) fn steps(&self, base: i32) -> Steps {
        let first = |difference| at(&FIRST, base + difference);
        let others = |difference| at(&OTHERS, base + difference);
        Steps {
            luma: [first(self.luma_first), others(0)],
            y2: [first(self.y2_first) * 2, (others(self.y2_others) * 155 / 100).max(8)],
            chroma: [first(self.chroma_first).min(132), others(self.chroma_others)],
        }
    }
}

const LAST: i32 = 127;

fn at(table: &[u16; 128], index: i32) -> i32 {
    table.get(index.clamp(0, LAST) as usize).map_or(0, |&step| i32::from(step))
}

/// The steps of first (DC) coefficients, by index (14.1).
#[rustfmt::skip]
const FIRST: [u16; 128] = [
    4, 5, 6, 7, 8, 9, 10, 10, 11, 12, 13, 14, 15, 16, 17, 17,
    18, 19, 20, 20, 21, 21, 22, 22, 23, 23, 24, 25, 25, 26, 27, 28,
    29, 30, 31, 32, 33, 34, 35, 36, 37, 37, 38, 39, 40, 41, 42, 43,
    44, 45, 46, 46, 47, 48, 49, 50, 51, 52, 53, 54, 55, 56, 57, 58,
    59, 60, 61, 62, 63, 64, 65, 66, 67, 68, 69, 70, 71, 72, 73, 74,
    75, 76, 76, 77, 78, 79, 80, 81, 82, 83, 84, 85, 86, 87, 88, 89,
    91, 93, 95, 96, 98, 100, 101, 102, 104, 106, 108, 110, 112, 114, 116, 118,
    122, 124, 126, 128, 130, 132, 134, 136, 138, 140, 143, 145, 148, 151, 154, 157,
];

/// The steps of other (AC) coefficients, by index (14.1).
#[rustfmt::skip]
const OTHERS: [u16; 128] = [
    4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15, 16, 17, 18, 19,
    20, 21, 22, 23, 24, 25, 26, 27, 28, 29, 30, 31, 32, 33, 34, 35,
    36, 37, 38, 39, 40, 41, 42, 43, 44, 45, 46, 47, 48, 49, 50, 51,
    52, 53, 54, 55, 56, 57, 58, 60, 62, 64, 66, 68, 70, 72, 74, 76,
    78, 80, 82, 84, 86, 88, 90, 92, 94, 96, 98, 100, 102, 104, 106, 108,
    110, 112, 114, 116, 119, 122, 125, 128, 131, 134, 137, 140, 143, 146, 149, 152,
    155, 158, 161, 164, 167, 170, 173, 177, 181, 185, 189, 193, 197, 201, 205, 209,
    213, 217, 221, 225, 229, 234, 239, 245, 249, 254, 259, 264, 269, 274, 279, 284,
];
