//! From coefficients to samples: the inverse discrete cosine transform (ITU-T T.81, A.3.3), to blocks
//! of 1 to 6 or 8 samples each way.
//!
//! A block of 8 x 8 samples is coded as how much of each of 64 cosine waves it holds. The same waves
//! sampled at fewer places give a smaller block of the same picture; waves too fine for these places
//! are left out, which is what filtering them away would have done. So a picture is reduced with less
//! work than it takes to decode it whole.
//!
//! Columns are transformed first, then rows, each in the number of steps that Loeffler, Ligtenberg
//! and Moschytz found ("Practical fast 1-D DCT algorithms with 11 multiplications", 1989), in integers
//! of the same precision as libjpeg's `jidctint.c`, so that blocks of 8 x 8 come out alike.

#![expect(clippy::inline_always, reason = "the innermost loops must stay single loops")]
#![expect(
    clippy::cast_possible_truncation,
    clippy::cast_sign_loss,
    reason = "clamped to what a sample can be, or constant"
)]

use std::f64::consts::FRAC_1_SQRT_2;
use std::ops::{Add, Mul, Sub};

/// Several numbers that are all treated alike, as a processor does best. Overflow, which only
/// senseless coefficients cause, wraps around.
#[derive(Debug, Clone, Copy)]
struct Lanes<const WIDTH: usize>([i32; WIDTH]);

impl<const WIDTH: usize> Lanes<WIDTH> {
    #[inline(always)]
    fn with(mut self, other: Self, operate: impl Fn(i32, i32) -> i32) -> Self {
        for (one, other) in self.0.iter_mut().zip(other.0) {
            *one = operate(*one, other);
        }
        self
    }
}

impl<const WIDTH: usize> Add for Lanes<WIDTH> {
    type Output = Self;

    #[inline(always)]
    fn add(self, other: Self) -> Self {
        self.with(other, i32::wrapping_add)
    }
}

impl<const WIDTH: usize> Sub for Lanes<WIDTH> {
    type Output = Self;

    #[inline(always)]
    fn sub(self, other: Self) -> Self {
        self.with(other, i32::wrapping_sub)
    }
}

impl<const WIDTH: usize> Mul<i32> for Lanes<WIDTH> {
    type Output = Self;

    #[inline(always)]
    fn mul(self, factor: i32) -> Self {
        Self(self.0.map(|one| one.wrapping_mul(factor)))
    }
}

/// Binary places of the factors below, and of what a transform in one direction gives.
const PLACES: u32 = 13;

/// `factor * 2^13`, rounded.
macro_rules! fixed {
    ($factor:expr) => {
        const { ($factor * 8192.0 + 0.5) as i32 }
    };
}

/// The transform in one direction: as many samples as are wanted from as many coefficients.
trait Transform<const SIZE: usize> {
    fn transform<const WIDTH: usize>(coefficients: [Lanes<WIDTH>; SIZE]) -> [Lanes<WIDTH>; SIZE];
}

struct Direction;

impl Transform<1> for Direction {
    #[inline(always)]
    fn transform<const WIDTH: usize>([mean]: [Lanes<WIDTH>; 1]) -> [Lanes<WIDTH>; 1] {
        [mean * (1 << PLACES)]
    }
}

impl Transform<2> for Direction {
    #[inline(always)]
    fn transform<const WIDTH: usize>([mean, slope]: [Lanes<WIDTH>; 2]) -> [Lanes<WIDTH>; 2] {
        [(mean + slope) * (1 << PLACES), (mean - slope) * (1 << PLACES)]
    }
}

impl Transform<3> for Direction {
    #[inline(always)]
    fn transform<const WIDTH: usize>([c0, c1, c2]: [Lanes<WIDTH>; 3]) -> [Lanes<WIDTH>; 3] {
        let (e0, e2) = (c0 * (1 << PLACES), c2 * fixed!(FRAC_1_SQRT_2));
        let (outer, odd) = (e0 + e2, c1 * fixed!(1.224_744_871));
        [outer + odd, e0 - e2 - e2, outer - odd]
    }
}

impl Transform<4> for Direction {
    #[inline(always)]
    fn transform<const WIDTH: usize>([c0, c1, c2, c3]: [Lanes<WIDTH>; 4]) -> [Lanes<WIDTH>; 4] {
        let even = [(c0 + c2) * (1 << PLACES), (c0 - c2) * (1 << PLACES)];
        let turned = (c1 + c3) * fixed!(0.541_196_100);
        let odd = [turned + c1 * fixed!(0.765_366_865), turned - c3 * fixed!(1.847_759_065)];
        let ([e0, e1], [o0, o1]) = (even, odd);
        [e0 + o0, e1 + o1, e1 - o1, e0 - o0]
    }
}

impl Transform<5> for Direction {
    #[inline(always)]
    fn transform<const WIDTH: usize>([c0, c1, c2, c3, c4]: [Lanes<WIDTH>; 5]) -> [Lanes<WIDTH>; 5] {
        let (mean, sum) = (c0 * (1 << PLACES), (c2 + c4) * fixed!(0.790_569_415));
        let slant = (c2 - c4) * fixed!(0.353_553_391);
        let even = [mean + slant + sum, mean + slant - sum, mean - slant * 4];
        let turned = (c1 + c3) * fixed!(0.831_253_876);
        let odd = [turned + c1 * fixed!(0.513_743_148), turned - c3 * fixed!(2.176_250_899)];
        let ([e0, e1, e2], [o0, o1]) = (even, odd);
        [e0 + o0, e1 + o1, e2, e1 - o1, e0 - o0]
    }
}

impl Transform<6> for Direction {
    #[inline(always)]
    fn transform<const WIDTH: usize>(
        [c0, c1, c2, c3, c4, c5]: [Lanes<WIDTH>; 6],
    ) -> [Lanes<WIDTH>; 6] {
        let (mean, fine) = (c0 * (1 << PLACES), c4 * fixed!(FRAC_1_SQRT_2));
        let slant = c2 * fixed!(1.224_744_871);
        let even = [mean + fine + slant, mean - fine - fine, mean + fine - slant];
        let turned = (c1 + c5) * fixed!(0.366_025_404);
        let odd = [
            turned + (c1 + c3) * (1 << PLACES),
            (c1 - c3 - c5) * (1 << PLACES),
            turned + (c5 - c3) * (1 << PLACES),
        ];
        let ([e0, e1, e2], [o0, o1, o2]) = (even, odd);
        [e0 + o0, e1 + o1, e2 + o2, e2 - o2, e1 - o1, e0 - o0]
    }
}

impl Transform<8> for Direction {
    #[inline(always)]
    fn transform<const WIDTH: usize>(
        [c0, c1, c2, c3, c4, c5, c6, c7]: [Lanes<WIDTH>; 8],
    ) -> [Lanes<WIDTH>; 8] {
        let turned = (c2 + c6) * fixed!(0.541_196_100);
        let (e2, e3) = (turned - c6 * fixed!(1.847_759_065), turned + c2 * fixed!(0.765_366_865));
        let (e0, e1) = ((c0 + c4) * (1 << PLACES), (c0 - c4) * (1 << PLACES));
        let even = [e0 + e3, e1 + e2, e1 - e2, e0 - e3];

        let turned = (c7 + c3 + c5 + c1) * fixed!(1.175_875_602);
        let z3 = turned - (c7 + c3) * fixed!(1.961_570_560);
        let z4 = turned - (c5 + c1) * fixed!(0.390_180_644);
        let z1 = (c7 + c1) * fixed!(0.899_976_223);
        let z2 = (c5 + c3) * fixed!(2.562_915_447);
        let odd = [
            c1 * fixed!(1.501_321_110) - z1 + z4,
            c3 * fixed!(3.072_711_026) - z2 + z3,
            c5 * fixed!(2.053_119_869) - z2 + z4,
            c7 * fixed!(0.298_631_336) - z1 + z3,
        ];
        let ([e0, e1, e2, e3], [o0, o1, o2, o3]) = (even, odd);
        [e0 + o0, e1 + o1, e2 + o2, e3 + o3, e3 - o3, e2 - o2, e1 - o1, e0 - o0]
    }
}

/// Rows become columns, as far as both reach; what is more stays zero.
#[inline(always)]
fn transposed<const WIDE: usize, const ROWS: usize, const TALL: usize, const COLUMNS: usize>(
    rows: [Lanes<WIDE>; ROWS],
) -> [Lanes<TALL>; COLUMNS] {
    let mut columns = [Lanes([0; TALL]); COLUMNS];
    for (y, row) in rows.into_iter().enumerate() {
        for (column, value) in columns.iter_mut().zip(row.0) {
            if let Some(to) = column.0.get_mut(y) {
                *to = value;
            }
        }
    }
    columns
}

/// Binary places that are kept between the two directions.
const KEPT: u32 = 2;

/// Binary places of what is left after both. A coefficient is eight times as large as what it adds to
/// a sample (A.3.3).
const SCALE: u32 = PLACES + KEPT + 3;

/// What samples are stored less (A.3.1), and half of one for rounding.
const LEVEL: i32 = (128 << SCALE) + (1 << (SCALE - 1));

/// Transforms a block of `COLUMNS` x `ROWS` coefficients, row by row, into samples. Processors work on
/// powers of two at once: rows of coefficients are `WIDE` and columns `TALL`, of which the last count
/// for nothing.
#[inline(always)]
fn block<const COLUMNS: usize, const ROWS: usize, const WIDE: usize, const TALL: usize>(
    coefficients: &[i32; 64],
    samples: &mut [u8],
    stride: usize,
) where
    Direction: Transform<COLUMNS> + Transform<ROWS>,
{
    let mut columns = [Lanes([0; WIDE]); ROWS];
    for (row, coefficients) in columns.iter_mut().zip(coefficients.as_chunks::<WIDE>().0) {
        row.0 = *coefficients;
    }
    let columns = <Direction as Transform<ROWS>>::transform(columns);
    let columns = columns.map(|row| {
        Lanes(row.0.map(|value| value.wrapping_add(1 << (PLACES - KEPT - 1)) >> (PLACES - KEPT)))
    });
    let rows: [Lanes<TALL>; COLUMNS] = transposed(columns);
    let rows = <Direction as Transform<COLUMNS>>::transform(rows);
    let lines: [Lanes<WIDE>; ROWS] = transposed(rows);
    for (row, line) in lines.into_iter().zip(samples.chunks_mut(stride)) {
        let row = row.0.map(|value| (value.wrapping_add(LEVEL) >> SCALE).clamp(0, 255) as u8);
        if let (Some(to), Some(row)) = (line.first_chunk_mut(), row.first_chunk::<COLUMNS>()) {
            *to = *row;
        }
    }
}

/// The size that blocks are transformed to: width and height, each 1 to 6 or 8, and one
/// a power of two times the other.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct BlockSize {
    pub(super) width: usize,
    pub(super) height: usize,
}

impl BlockSize {
    /// How many coefficients of the zigzag must be read for it.
    pub(super) fn coefficients(self) -> usize {
        let place = super::header::ZIGZAG.iter().rposition(|&place| self.place(place).is_some());
        place.map_or(1, |place| place + 1)
    }

    /// Where a coefficient belongs, by its place in a block of 8 x 8; `None` where it is too fine.
    pub(super) fn place(self, place: u8) -> Option<usize> {
        let (x, y) = (usize::from(place % 8), usize::from(place / 8));
        (x < self.width && y < self.height).then_some(y * wide(self.width) + x)
    }
}

/// How many places a row of so many coefficients takes.
fn wide(columns: usize) -> usize {
    columns.next_power_of_two()
}

/// Transforms the first coefficients, row by row, into a block of samples of a plane with `stride`
/// samples in a row.
#[inline(never)]
pub(super) fn inverse(
    size: BlockSize,
    coefficients: &[i32; 64],
    samples: &mut [u8],
    stride: usize,
) {
    match (size.width, size.height) {
        (8, 8) => block::<8, 8, 8, 8>(coefficients, samples, stride),
        (8, 4) => block::<8, 4, 8, 4>(coefficients, samples, stride),
        (8, 2) => block::<8, 2, 8, 2>(coefficients, samples, stride),
        (8, _) => block::<8, 1, 8, 1>(coefficients, samples, stride),
        (6, 6) => block::<6, 6, 8, 8>(coefficients, samples, stride),
        (6, _) => block::<6, 3, 8, 4>(coefficients, samples, stride),
        (5, _) => block::<5, 5, 8, 8>(coefficients, samples, stride),
        (3, 6) => block::<3, 6, 4, 8>(coefficients, samples, stride),
        (3, _) => block::<3, 3, 4, 4>(coefficients, samples, stride),
        (4, 8) => block::<4, 8, 4, 8>(coefficients, samples, stride),
        (4, 4) => block::<4, 4, 4, 4>(coefficients, samples, stride),
        (4, 2) => block::<4, 2, 4, 2>(coefficients, samples, stride),
        (4, _) => block::<4, 1, 4, 1>(coefficients, samples, stride),
        (2, 8) => block::<2, 8, 2, 8>(coefficients, samples, stride),
        (2, 4) => block::<2, 4, 2, 4>(coefficients, samples, stride),
        (2, 2) => block::<2, 2, 2, 2>(coefficients, samples, stride),
        (2, _) => block::<2, 1, 2, 1>(coefficients, samples, stride),
        (_, 8) => block::<1, 8, 1, 8>(coefficients, samples, stride),
        (_, 4) => block::<1, 4, 1, 4>(coefficients, samples, stride),
        (_, 2) => block::<1, 2, 1, 2>(coefficients, samples, stride),
        _ => block::<1, 1, 1, 1>(coefficients, samples, stride),
    }
}

/// What a sample is whose block has only a mean, which is the value of its first coefficient.
#[inline]
pub(super) fn flat(mean: i32) -> u8 {
    ((mean.wrapping_add(128 * 8 + 4)) >> 3).clamp(0, 255) as u8
}
