//! The inverse discrete cosine transform (ITU-T T.81, A.3.3). It turns coefficients into blocks of
//! 1 to 6 or 8 samples in each direction.
//!
//! The 64 coefficients of a block say how much of each of 64 cosine waves it contains. The same
//! waves, sampled at fewer places, give a smaller block of the same picture. Waves that are too
//! fine for these places are left out, as a filter would remove them. So a reduced picture takes
//! less work than the full one.
//!
//! Eight neighbouring blocks are transformed at once, one in each lane of the processor's
//! registers, so no value has to change its lane ([`Batch`]).
//!
//! Columns are transformed first, then rows. The transform to 8 samples uses the algorithm of
//! Loeffler, Ligtenberg and Moschytz ("Practical fast 1-D DCT algorithms with 11 multiplications",
//! 1989). Integers have the same precision as in libjpeg's `jidctint.c`, so blocks of 8 x 8 come
//! out the same.

#![expect(clippy::inline_always, reason = "the innermost loops must stay single loops")]
#![expect(
    clippy::cast_possible_truncation,
    clippy::cast_sign_loss,
    reason = "clamped to what a sample can be, or constant"
)]

use std::f64::consts::FRAC_1_SQRT_2;
use std::ops::{Add, Mul, Sub};

/// How many blocks are transformed at once.
const LANES: usize = 8;

/// One number from each block. All are treated alike, which suits a processor. Overflow wraps
/// around; only senseless coefficients cause it.
#[derive(Debug, Clone, Copy)]
struct Lanes([i32; LANES]);

impl Lanes {
    #[inline(always)]
    fn with(mut self, other: Self, operate: impl Fn(i32, i32) -> i32) -> Self {
        for (one, other) in self.0.iter_mut().zip(other.0) {
            *one = operate(*one, other);
        }
        self
    }
}

impl Add for Lanes {
    type Output = Self;

    #[inline(always)]
    fn add(self, other: Self) -> Self {
        self.with(other, i32::wrapping_add)
    }
}

impl Sub for Lanes {
    type Output = Self;

    #[inline(always)]
    fn sub(self, other: Self) -> Self {
        self.with(other, i32::wrapping_sub)
    }
}

impl Mul<i32> for Lanes {
    type Output = Self;

    #[inline(always)]
    fn mul(self, factor: i32) -> Self {
        Self(self.0.map(|one| one.wrapping_mul(factor)))
    }
}

/// Binary places of the factors below, and of the results of a transform in one direction.
const PLACES: u32 = 13;

/// `factor * 2^13`, rounded.
macro_rules! fixed {
    ($factor:expr) => {
        const { ($factor * 8192.0 + 0.5) as i32 }
    };
}

/// The transform in one direction, from `SIZE` coefficients to `SIZE` samples.
trait Transform<const SIZE: usize> {
    fn transform(coefficients: [Lanes; SIZE]) -> [Lanes; SIZE];
}

struct Direction;

impl Transform<1> for Direction {
    #[inline(always)]
    fn transform([mean]: [Lanes; 1]) -> [Lanes; 1] {
        [mean * (1 << PLACES)]
    }
}

impl Transform<2> for Direction {
    #[inline(always)]
    fn transform([mean, slope]: [Lanes; 2]) -> [Lanes; 2] {
        [(mean + slope) * (1 << PLACES), (mean - slope) * (1 << PLACES)]
    }
}

impl Transform<3> for Direction {
    #[inline(always)]
    fn transform([c0, c1, c2]: [Lanes; 3]) -> [Lanes; 3] {
        let (e0, e2) = (c0 * (1 << PLACES), c2 * fixed!(FRAC_1_SQRT_2));
        let (outer, odd) = (e0 + e2, c1 * fixed!(1.224_744_871));
        [outer + odd, e0 - e2 - e2, outer - odd]
    }
}

impl Transform<4> for Direction {
    #[inline(always)]
    fn transform([c0, c1, c2, c3]: [Lanes; 4]) -> [Lanes; 4] {
        let even = [(c0 + c2) * (1 << PLACES), (c0 - c2) * (1 << PLACES)];
        let turned = (c1 + c3) * fixed!(0.541_196_100);
        let odd = [turned + c1 * fixed!(0.765_366_865), turned - c3 * fixed!(1.847_759_065)];
        let ([e0, e1], [o0, o1]) = (even, odd);
        [e0 + o0, e1 + o1, e1 - o1, e0 - o0]
    }
}

impl Transform<5> for Direction {
    #[inline(always)]
    fn transform([c0, c1, c2, c3, c4]: [Lanes; 5]) -> [Lanes; 5] {
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
    fn transform([c0, c1, c2, c3, c4, c5]: [Lanes; 6]) -> [Lanes; 6] {
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
    fn transform([c0, c1, c2, c3, c4, c5, c6, c7]: [Lanes; 8]) -> [Lanes; 8] {
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

/// Binary places that are kept between the two directions.
const KEPT: u32 = 2;

/// Binary places of the result of both directions. The 3 is there because a coefficient is eight
/// times as large as what it adds to a sample (A.3.3).
const SCALE: u32 = PLACES + KEPT + 3;

/// The level shift of 128 (A.3.1), and one half for rounding.
const LEVEL: i32 = (128 << SCALE) + (1 << (SCALE - 1));

/// Transforms `count` blocks of `COLUMNS` x `ROWS` coefficients into rows of samples.
#[inline(always)]
fn blocks<const COLUMNS: usize, const ROWS: usize>(
    coefficients: &[Lanes; 64],
    count: usize,
    samples: &mut [u8],
    stride: usize,
) where
    Direction: Transform<COLUMNS> + Transform<ROWS>,
{
    let mut rows = [[Lanes([0; LANES]); COLUMNS]; ROWS];
    for x in 0..COLUMNS {
        let mut column = [Lanes([0; LANES]); ROWS];
        for (to, line) in column.iter_mut().zip(coefficients.as_chunks::<8>().0) {
            *to = line.get(x).copied().unwrap_or(*to);
        }
        transform::<_, { PLACES - KEPT }, { 1 << (PLACES - KEPT - 1) }>(&mut column);
        for (row, values) in rows.iter_mut().zip(column) {
            if let Some(to) = row.get_mut(x) {
                *to = values;
            }
        }
    }
    for row in &mut rows {
        transform::<_, SCALE, LEVEL>(row);
        *row = row.map(|Lanes(values)| Lanes(values.map(|value| value.clamp(0, 255))));
    }
    for (row, to) in rows.iter().zip(samples.chunks_mut(stride)) {
        write(row, count, to);
    }
}

/// Transforms in one direction, adds `ADDED`, and drops `DROPPED` binary places.
///
/// The compiler cannot keep eight lines in lanes if more work follows in the same function, so size
/// 8 has a separate function.
#[inline(always)]
fn transform<const SIZE: usize, const DROPPED: u32, const ADDED: i32>(line: &mut [Lanes; SIZE])
where
    Direction: Transform<SIZE>,
{
    if SIZE == 8 {
        apart::<SIZE, DROPPED, ADDED>(line);
    } else {
        here::<SIZE, DROPPED, ADDED>(line);
    }
}

#[inline(never)]
fn apart<const SIZE: usize, const DROPPED: u32, const ADDED: i32>(line: &mut [Lanes; SIZE])
where
    Direction: Transform<SIZE>,
{
    here::<SIZE, DROPPED, ADDED>(line);
}

#[inline(always)]
fn here<const SIZE: usize, const DROPPED: u32, const ADDED: i32>(line: &mut [Lanes; SIZE])
where
    Direction: Transform<SIZE>,
{
    let rounded = |value: i32| value.wrapping_add(ADDED) >> DROPPED;
    *line = Direction::transform(*line).map(|Lanes(values)| Lanes(values.map(rounded)));
}

/// Writes a row of samples of `count` blocks. It is a separate function for the same reason.
#[inline(never)]
fn write<const COLUMNS: usize>(columns: &[Lanes; COLUMNS], count: usize, to: &mut [u8]) {
    let line = woven(columns);
    let (to, _) = to.as_chunks_mut::<COLUMNS>();
    match to.first_chunk_mut() {
        Some(to) if count == LANES => *to = line,
        // The last batch of a row may have fewer blocks.
        _ => to.iter_mut().zip(line).take(count).for_each(|(to, from)| *to = from),
    }
}

/// Turns columns of eight blocks, whose values fit into bytes, into the row of each block, one
/// after the other. A row is built as one word of 64 bits, and all blocks are treated alike.
#[inline(always)]
fn woven<const COLUMNS: usize>(columns: &[Lanes; COLUMNS]) -> [[u8; COLUMNS]; LANES] {
    let mut rows = [[0; COLUMNS]; LANES];
    let mut words = [0_u64; LANES];
    for (place, column) in columns.iter().enumerate() {
        for (word, sample) in words.iter_mut().zip(column.0) {
            *word |= u64::from(sample as u8) << (place * 8);
        }
    }
    for (row, word) in rows.iter_mut().zip(words) {
        row.iter_mut().zip(word.to_le_bytes()).for_each(|(to, from)| *to = from);
    }
    rows
}

/// Neighbouring blocks, which are transformed together once there are eight of them.
#[derive(Debug)]
pub(super) struct Batch {
    size: BlockSize,
    /// The coefficients, by their place in a block of 8 x 8.
    coefficients: Box<[Lanes; 64]>,
    /// How many of the coefficients' lowest bits are dropped.
    dropped: u32,
    /// How many blocks are complete.
    count: usize,
    /// How many samples of the row have been written.
    written: usize,
}

impl Batch {
    /// For blocks that are transformed to `size`, without the lowest `dropped` bits.
    pub(super) fn new(size: BlockSize, dropped: u32) -> Self {
        let coefficients = Box::new([Lanes([0; LANES]); 64]);
        Self { size, coefficients, dropped, count: 0, written: 0 }
    }

    /// Sets a coefficient of the next block, by its place in a block of 8 x 8.
    #[inline(always)]
    #[expect(clippy::indexing_slicing, reason = "masked to the length")]
    pub(super) fn put(&mut self, place: u8, value: i32) {
        self.coefficients[usize::from(place & 63)].0[self.count & (LANES - 1)] = value;
    }

    /// Ends a block. If the batch is full, transforms it into `samples`, which are those of a row
    /// of blocks, with `stride` samples in a row.
    #[inline(always)]
    pub(super) fn end_block(&mut self, samples: &mut [u8], stride: usize) {
        self.count += 1;
        if self.count == LANES {
            self.transform(samples, stride);
        }
    }

    /// Ends blocks that are missing, which become mid-grey, until the row has `blocks`. What was read
    /// of the first of them is dropped.
    pub(super) fn skip_to(&mut self, blocks: usize, samples: &mut [u8], stride: usize) {
        while self.written / self.size.width + self.count < blocks {
            for lanes in self.coefficients.iter_mut() {
                if let Some(value) = lanes.0.get_mut(self.count) {
                    *value = 0;
                }
            }
            self.end_block(samples, stride);
        }
    }

    /// Ends a row of blocks: transforms those that still wait.
    pub(super) fn end_row(&mut self, samples: &mut [u8], stride: usize) {
        if self.count > 0 {
            self.transform(samples, stride);
        }
        self.written = 0;
    }

    #[inline(never)]
    fn transform(&mut self, samples: &mut [u8], stride: usize) {
        let samples = samples.get_mut(self.written..).unwrap_or_default();
        if self.dropped > 0 {
            for Lanes(values) in self.coefficients.iter_mut() {
                *values = values.map(|value| without_bits(value, self.dropped));
            }
        }
        inverse(self.size, &self.coefficients, self.count, samples, stride);
        self.written += self.count * self.size.width;
        self.count = 0;
        for line in self.coefficients.as_chunks_mut::<8>().0.iter_mut().take(self.size.height) {
            line.iter_mut().take(self.size.width).for_each(|lanes| lanes.0 = [0; LANES]);
        }
    }
}

/// The size that blocks are transformed to. Width and height are each 1 to 6 or 8, and one is the
/// other times a power of two.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct BlockSize {
    pub(super) width: usize,
    pub(super) height: usize,
}

impl BlockSize {
    /// How many coefficients, in zigzag order, must be read for this size.
    pub(super) fn coefficients(self) -> usize {
        let place = crate::zigzag::ZIGZAG.iter().rposition(|&place| self.holds(place));
        place.map_or(1, |place| place + 1)
    }

    /// Whether this size includes the coefficient at `place` in a block of 8 x 8.
    pub(super) fn holds(self, place: u8) -> bool {
        usize::from(place % 8) < self.width && usize::from(place / 8) < self.height
    }
}

/// Transforms the coarsest coefficients of `count` blocks into samples, with `stride` samples in a
/// row.
fn inverse(
    size: BlockSize,
    coefficients: &[Lanes; 64],
    count: usize,
    samples: &mut [u8],
    stride: usize,
) {
    match (size.width, size.height) {
        (8, 8) => blocks::<8, 8>(coefficients, count, samples, stride),
        (8, 4) => blocks::<8, 4>(coefficients, count, samples, stride),
        (8, 2) => blocks::<8, 2>(coefficients, count, samples, stride),
        (8, _) => blocks::<8, 1>(coefficients, count, samples, stride),
        (6, 6) => blocks::<6, 6>(coefficients, count, samples, stride),
        (6, _) => blocks::<6, 3>(coefficients, count, samples, stride),
        (5, _) => blocks::<5, 5>(coefficients, count, samples, stride),
        (3, 6) => blocks::<3, 6>(coefficients, count, samples, stride),
        (3, _) => blocks::<3, 3>(coefficients, count, samples, stride),
        (4, 8) => blocks::<4, 8>(coefficients, count, samples, stride),
        (4, 4) => blocks::<4, 4>(coefficients, count, samples, stride),
        (4, 2) => blocks::<4, 2>(coefficients, count, samples, stride),
        (4, _) => blocks::<4, 1>(coefficients, count, samples, stride),
        (2, 8) => blocks::<2, 8>(coefficients, count, samples, stride),
        (2, 4) => blocks::<2, 4>(coefficients, count, samples, stride),
        (2, 2) => blocks::<2, 2>(coefficients, count, samples, stride),
        (2, _) => blocks::<2, 1>(coefficients, count, samples, stride),
        (_, 8) => blocks::<1, 8>(coefficients, count, samples, stride),
        (_, 4) => blocks::<1, 4>(coefficients, count, samples, stride),
        (_, 2) => blocks::<1, 2>(coefficients, count, samples, stride),
        _ => blocks::<1, 1>(coefficients, count, samples, stride),
    }
}

fn clamped(value: i32) -> u8 {
    value.clamp(0, 255) as u8
}

/// The sample of a block that has only a DC coefficient, of value `mean`, without its lowest
/// `dropped` bits.
#[inline]
pub(super) fn flat(mean: i32, dropped: u32) -> u8 {
    clamped(without_bits(mean, dropped).wrapping_add(128 * 8 + 4) >> 3)
}

/// `value` without its lowest bits, rounded.
#[inline]
fn without_bits(value: i32, dropped: u32) -> i32 {
    value.wrapping_add(1 << dropped >> 1) >> dropped
}
