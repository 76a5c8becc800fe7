//! From coefficients back to differences of pixels (RFC 6386, sections 14.3 and 14.4).

#![expect(
    clippy::cast_possible_truncation,
    reason = "what overflows 16 bits is nothing that an encoder writes"
)]
#![allow(clippy::many_single_char_names, reason = "samples of small blocks, in order")]

use std::num::Wrapping;

/// A block's coefficients or differences, row by row.
pub(super) type Block = [i16; 16];

type Sample = Wrapping<i16>;

/// From the coefficients of the block of means to the first coefficient of each block of luma (14.3).
pub(super) fn inverse_walsh_hadamard(coefficients: &Block) -> Block {
    let (rows, _) = coefficients.as_chunks::<4>();
    let &[r0, r1, r2, r3] = rows else { return [0; 16] };
    let [r0, r1, r2, r3] = [r0, r1, r2, r3].map(|row| row.map(i32::from));
    let [r0, r1, r2, r3] = transposed(transposed([r0, r1, r2, r3]).map(butterfly));
    let rows = [r0, r1, r2, r3].map(butterfly);
    let mut firsts = [0; 16];
    for (first, sum) in firsts.iter_mut().zip(rows.as_flattened()) {
        *first = ((sum + 3) >> 3) as i16;
    }
    firsts
}

fn butterfly([first, second, third, fourth]: [i32; 4]) -> [i32; 4] {
    let (outer, inner) = (first + fourth, second + third);
    let (outer_off, inner_off) = (first - fourth, second - third);
    [outer + inner, outer_off + inner_off, outer - inner, outer_off - inner_off]
}

/// From coefficients to differences (14.4): waves down, then waves across.
#[inline]
pub(super) fn inverse_cosine(coefficients: &Block) -> [[i16; 4]; 4] {
    let (rows, _) = coefficients.as_chunks::<4>();
    let &[r0, r1, r2, r3] = rows else { return [[0; 4]; 4] };
    let [r0, r1, r2, r3] = [r0, r1, r2, r3].map(|row| row.map(Wrapping));
    let [c0, c1, c2, c3] = transposed(pass([r0, r1, r2, r3]));
    let rounded = c0.map(|sample| sample + Wrapping(4));
    let rows = transposed(pass([rounded, c1, c2, c3]));
    rows.map(|row| row.map(|Wrapping(difference)| difference >> 3))
}

/// What [`inverse_cosine`] makes of a first coefficient alone: the same everywhere.
pub(super) fn flat(first: i16) -> i16 {
    first.wrapping_add(4) >> 3
}

/// Adds waves of one direction, four lines at a time.
#[inline]
fn pass([i0, i1, i2, i3]: [[Sample; 4]; 4]) -> [[Sample; 4]; 4] {
    let (even, odd) = (sum(i0, i2), difference(i0, i2));
    let falling = difference(i1.map(by_sine), i3.map(by_cosine));
    let rising = sum(i1.map(by_cosine), i3.map(by_sine));
    [sum(even, rising), sum(odd, falling), difference(odd, falling), difference(even, rising)]
}

#[inline]
fn sum(one: [Sample; 4], other: [Sample; 4]) -> [Sample; 4] {
    let ([a, b, c, d], [e, f, g, h]) = (one, other);
    [a + e, b + f, c + g, d + h]
}

#[inline]
fn difference(one: [Sample; 4], other: [Sample; 4]) -> [Sample; 4] {
    let ([a, b, c, d], [e, f, g, h]) = (one, other);
    [a - e, b - f, c - g, d - h]
}

#[inline]
fn transposed<T>(
    [[a, b, c, d], [e, f, g, h], [i, j, k, l], [m, n, o, p]]: [[T; 4]; 4],
) -> [[T; 4]; 4] {
    [[a, e, i, m], [b, f, j, n], [c, g, k, o], [d, h, l, p]]
}

/// Times the square root of 2 and the cosine of an eighth of a turn's half: 1 + 20,091 / 65,536.
#[inline]
fn by_cosine(sample: Sample) -> Sample {
    sample + upper(sample, 20_091)
}

/// Times the square root of 2 and the sine of the same: 35,468 / 65,536, of which 1 is split off for
/// what is left to fit 16 bits.
#[inline]
fn by_sine(sample: Sample) -> Sample {
    sample + upper(sample, 35_468 - 65_536)
}

/// The upper half of a product.
#[inline]
fn upper(Wrapping(sample): Sample, factor: i32) -> Sample {
    Wrapping(((i32::from(sample) * factor) >> 16) as i16)
}
