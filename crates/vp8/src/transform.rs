//! From coefficients back to differences of pixels (RFC 6386, sections 14.3 and 14.4).

#![expect(
    clippy::cast_possible_truncation,
    reason = "what overflows 16 bits is nothing that an encoder writes"
)]
#![allow(clippy::many_single_char_names, reason = "samples of small blocks, in order")]

/// A block's coefficients, row by row.
pub(super) type Block = [i16; 16];

/// Four blocks beside each other, line by line: processors do best on many numbers alike.
pub(super) type Strip = [Line; 4];

/// A line of four blocks' coefficients or differences, four of each.
pub(super) type Line = [i16; 16];

/// From the coefficients of the block of means to the first coefficient of each block of luma (14.3).
pub(super) fn inverse_walsh_hadamard(coefficients: &Block) -> Block {
    let (rows, _) = coefficients.as_chunks::<4>();
    let &[r0, r1, r2, r3] = rows else { return [0; 16] };
    let [r0, r1, r2, r3] = [r0, r1, r2, r3].map(|row| row.map(i32::from));
    let [r0, r1, r2, r3] = turned(turned([r0, r1, r2, r3]).map(butterfly));
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

fn turned(
    [[a, b, c, d], [e, f, g, h], [i, j, k, l], [m, n, o, p]]: [[i32; 4]; 4],
) -> [[i32; 4]; 4] {
    [[a, e, i, m], [b, f, j, n], [c, g, k, o], [d, h, l, p]]
}

/// From coefficients to differences (14.4): waves down, then waves across.
pub(super) fn inverse_cosine(coefficients: &Strip) -> Strip {
    let [c0, c1, c2, c3] = transposed(&pass(coefficients));
    let lines = transposed(&pass(&[c0.map(|sample| sample.wrapping_add(4)), c1, c2, c3]));
    lines.map(|line| line.map(|difference| difference >> 3))
}

/// Adds waves of one direction.
#[inline]
fn pass([i0, i1, i2, i3]: &Strip) -> Strip {
    let (even, odd) = (sum(i0, i2), difference(i0, i2));
    let falling = difference(&by_sine(i1), &by_cosine(i3));
    let rising = sum(&by_cosine(i1), &by_sine(i3));
    [
        sum(&even, &rising),
        sum(&odd, &falling),
        difference(&odd, &falling),
        difference(&even, &rising),
    ]
}

#[inline]
fn sum(one: &Line, other: &Line) -> Line {
    let mut sums = *one;
    sums.iter_mut().zip(other).for_each(|(sum, other)| *sum = sum.wrapping_add(*other));
    sums
}

#[inline]
fn difference(one: &Line, other: &Line) -> Line {
    let mut differences = *one;
    let pairs = differences.iter_mut().zip(other);
    pairs.for_each(|(difference, other)| *difference = difference.wrapping_sub(*other));
    differences
}

/// In each block, lines become columns.
#[inline]
fn transposed(strip: &Strip) -> Strip {
    let mut columns = [[0; 16]; 4];
    for (x, column) in columns.iter_mut().enumerate() {
        for (to, block) in column.as_chunks_mut::<4>().0.iter_mut().zip(0..) {
            for (to, line) in to.iter_mut().zip(strip) {
                *to = line.get(block * 4 + x).copied().unwrap_or_default();
            }
        }
    }
    columns
}

/// Times the square root of 2 and the cosine of an eighth of a turn's half: 1 + 20,091 / 65,536.
#[inline]
fn by_cosine(line: &Line) -> Line {
    line.map(|sample| sample.wrapping_add(upper(sample, 20_091)))
}

/// Times the square root of 2 and the sine of the same: 35,468 / 65,536, of which 1 is split off for
/// what is left to fit 16 bits.
#[inline]
fn by_sine(line: &Line) -> Line {
    line.map(|sample| sample.wrapping_add(upper(sample, 35_468 - 65_536)))
}

/// The upper half of a product.
#[inline]
fn upper(sample: i16, factor: i32) -> i16 {
    ((i32::from(sample) * factor) >> 16) as i16
}
