//! The inverse transforms: from coefficients to differences of pixels (RFC 6386, sections 14.3 and
//! 14.4).

#![expect(
    clippy::cast_possible_truncation,
    reason = "what overflows 16 bits is nothing that an encoder writes"
)]
#![allow(clippy::many_single_char_names, reason = "samples of small blocks, in order")]

/// The coefficients of a block, row by row.
pub(super) type Block = [i16; 16];

/// Four blocks side by side, line by line, which is the order that vector instructions need.
pub(super) type Strip = [Line; 4];

/// One line of four blocks, with four coefficients or differences of each.
pub(super) type Line = [i16; 16];

/// The inverse Walsh-Hadamard transform: from the coefficients of the Y2 block to the first
/// coefficient of each luma block (14.3).
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

fn transposed(
    [[a, b, c, d], [e, f, g, h], [i, j, k, l], [m, n, o, p]]: [[i32; 4]; 4],
) -> [[i32; 4]; 4] {
    [[a, e, i, m], [b, f, j, n], [c, g, k, o], [d, h, l, p]]
}

/// The inverse cosine transform: from coefficients to differences of pixels (14.4), first
/// vertically, then horizontally.
pub(super) fn inverse_cosine(coefficients: &Strip) -> Strip {
    let [c0, c1, c2, c3] = transposed_blocks(&pass(coefficients));
    let lines = transposed_blocks(&pass(&[c0.map(|sample| sample.wrapping_add(4)), c1, c2, c3]));
    lines.map(|line| line.map(|difference| difference >> 3))
}

/// Transforms in one direction.
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

/// Transposes each of the four blocks.
#[inline]
fn transposed_blocks(strip: &Strip) -> Strip {
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

/// Multiplies by √2 · cos(π/8), which is 1 + 20,091 / 65,536.
#[inline]
fn by_cosine(line: &Line) -> Line {
    line.map(|sample| sample.wrapping_add(upper(sample, 20_091)))
}

/// Multiplies by √2 · sin(π/8), which is 35,468 / 65,536. That factor does not fit into 16 bits
/// with a sign, so 1 is subtracted from it and the
/// sample itself is added to the product.
#[inline]
fn by_sine(line: &Line) -> Line {
    line.map(|sample| sample.wrapping_add(upper(sample, 35_468 - 65_536)))
}

/// The upper 16 bits of a product.
#[inline]
fn upper(sample: i16, factor: i32) -> i16 {
    ((i32::from(sample) * factor) >> 16) as i16
}
