//! The forward discrete cosine transform (ITU-T T.81, A.3.3) and quantization (A.3.4). The method
//! of Arai, Agui and Nakajima ("A fast DCT-SQ scheme for images", 1988) leaves each coefficient
//! multiplied by a constant, which quantization removes.

#![expect(
    clippy::cast_possible_wrap,
    reason = "bits of a float, of which the integer part is taken"
)]
#![expect(clippy::inline_always, reason = "the innermost loops must stay single loops")]

use std::f32::consts::{FRAC_1_SQRT_2, SQRT_2};

use crate::zigzag::ZIGZAG;

/// The quantization table of luma at quality 50, row by row (T.81, table K.1).
const LUMA: [u16; 64] = [
    16, 11, 10, 16, 24, 40, 51, 61, 12, 12, 14, 19, 26, 58, 60, 55, 14, 13, 16, 24, 40, 57, 69, 56,
    14, 17, 22, 29, 51, 87, 80, 62, 18, 22, 37, 56, 68, 109, 103, 77, 24, 35, 55, 64, 81, 104, 113,
    92, 49, 64, 78, 87, 103, 121, 120, 101, 72, 92, 95, 98, 112, 100, 103, 99,
];

/// The quantization table of chroma at quality 50, row by row (T.81, table K.2).
const CHROMA: [u16; 64] = [
    17, 18, 24, 47, 99, 99, 99, 99, 18, 21, 26, 66, 99, 99, 99, 99, 24, 26, 56, 99, 99, 99, 99, 99,
    47, 66, 99, 99, 99, 99, 99, 99, 99, 99, 99, 99, 99, 99, 99, 99, 99, 99, 99, 99, 99, 99, 99, 99,
    99, 99, 99, 99, 99, 99, 99, 99, 99, 99, 99, 99, 99, 99, 99, 99,
];

/// How the coefficients of a component are quantized.
pub(super) struct Quantizer {
    /// The steps that coefficients are divided by, row by row.
    steps: [u8; 64],
    /// The factors that the results of the transform are multiplied by.
    factors: [[f32; 8]; 8],
}

impl Quantizer {
    /// For luma, at a quality from 1 to 100 as libjpeg defines it.
    pub(super) fn of_luma(quality: u8) -> Self {
        Self::scaled(&LUMA, quality)
    }

    /// For chroma, at a quality from 1 to 100.
    pub(super) fn of_chroma(quality: u8) -> Self {
        Self::scaled(&CHROMA, quality)
    }

    fn scaled(table: &[u16; 64], quality: u8) -> Self {
        let quality = u16::from(quality.clamp(1, 100));
        let percent = if quality < 50 { 5000 / quality } else { 200 - quality * 2 };
        let steps = table.map(|step| {
            let step = (u32::from(step) * u32::from(percent) + 50) / 100;
            u8::try_from(step).unwrap_or(u8::MAX).max(1)
        });
        let mut factors = [[0.0; 8]; 8];
        for (v, (row, steps)) in factors.iter_mut().zip(steps.as_chunks::<8>().0).enumerate() {
            for (u, (factor, &step)) in row.iter_mut().zip(steps).enumerate() {
                *factor = 1.0 / (f32::from(step) * excess(u) * excess(v) * 8.0);
            }
        }
        Self { steps, factors }
    }

    /// The quantization table in zigzag order, as files contain it (B.2.4.1).
    pub(super) fn zigzag(&self) -> [u8; 64] {
        ZIGZAG.map(|place| self.steps.get(usize::from(place)).copied().unwrap_or(1))
    }

    /// Transforms the rows of samples of a block to quantized coefficients in zigzag order.
    #[inline(always)]
    pub(super) fn transform(&self, rows: [[u8; 8]; 8], zigzag: &mut [i16; 64]) {
        let rows = rows.map(|row| row.map(|sample| f32::from(sample) - 128.0));
        let columns = transposed(transform(rows));
        let columns = transform(columns);
        let mut coefficients = [[0_i16; 8]; 8];
        for ((to, from), factors) in
            coefficients.iter_mut().zip(transposed(columns)).zip(&self.factors)
        {
            for ((to, from), factor) in to.iter_mut().zip(from).zip(factors) {
                *to = rounded(from * factor);
            }
        }
        let coefficients = coefficients.as_flattened();
        for (to, &place) in zigzag.iter_mut().zip(&ZIGZAG) {
            *to = coefficients.get(usize::from(place)).copied().unwrap_or(0);
        }
    }
}

/// The constant by which the transform multiplies a coefficient in one direction.
fn excess(frequency: usize) -> f32 {
    let angles = [1.0, 1.0, 2.0, 3.0, 4.0, 5.0, 6.0, 7.0_f32];
    match (frequency, angles.get(frequency)) {
        (1.., Some(angle)) => (angle * std::f32::consts::PI / 16.0).cos() * SQRT_2,
        _ => 1.0,
    }
}

/// Rounds a number below 2^15 to the nearest integer: the sum with 1.5 * 2^23 has no bits for a
/// fraction.
#[inline(always)]
#[expect(clippy::cast_possible_truncation, reason = "below 2^15, as coefficients are")]
fn rounded(number: f32) -> i16 {
    const MAGIC: f32 = 12_582_912.0;
    ((number + MAGIC).to_bits() as i32 - MAGIC.to_bits() as i32) as i16
}

type Lanes = [f32; 8];

#[inline(always)]
fn each(one: Lanes, other: Lanes, operate: impl Fn(f32, f32) -> f32) -> Lanes {
    let mut result = one;
    result.iter_mut().zip(other).for_each(|(one, other)| *one = operate(*one, other));
    result
}

/// Transforms eight columns of eight samples at once.
#[inline(always)]
fn transform([d0, d1, d2, d3, d4, d5, d6, d7]: [Lanes; 8]) -> [Lanes; 8] {
    let plus = |one, other| each(one, other, |one, other| one + other);
    let minus = |one, other| each(one, other, |one, other| one - other);
    let times = |lanes: Lanes, factor: f32| lanes.map(|one| one * factor);
    let (s0, s1, s2, s3) = (plus(d0, d7), plus(d1, d6), plus(d2, d5), plus(d3, d4));
    let (r0, r1, r2, r3) = (minus(d0, d7), minus(d1, d6), minus(d2, d5), minus(d3, d4));

    let (outer, inner) = (plus(s0, s3), plus(s1, s2));
    let (outer_slope, inner_slope) = (minus(s0, s3), minus(s1, s2));
    let turned = times(plus(inner_slope, outer_slope), FRAC_1_SQRT_2);

    let (a, b, c) = (plus(r3, r2), plus(r2, r1), plus(r1, r0));
    let common = times(minus(a, c), 0.382_683_43);
    let low = plus(times(a, 0.541_196_1), common);
    let high = plus(times(c, 1.306_563), common);
    let middle = times(b, FRAC_1_SQRT_2);
    let (sum, difference) = (plus(r0, middle), minus(r0, middle));
    [
        plus(outer, inner),
        plus(sum, high),
        plus(outer_slope, turned),
        minus(difference, low),
        minus(outer, inner),
        plus(difference, low),
        minus(outer_slope, turned),
        minus(sum, high),
    ]
}

/// Turns rows into columns.
#[inline(always)]
fn transposed(rows: [Lanes; 8]) -> [Lanes; 8] {
    let mut columns = [[0.0; 8]; 8];
    for (y, row) in rows.into_iter().enumerate() {
        for (column, value) in columns.iter_mut().zip(row) {
            if let Some(to) = column.get_mut(y) {
                *to = value;
            }
        }
    }
    columns
}
