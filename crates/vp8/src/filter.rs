//! The loop filter, which smooths the edges of blocks (RFC 6386, section 15). It is the last step
//! of decoding: a key frame is predicted from unfiltered pixels.

#![expect(
    clippy::cast_possible_truncation,
    clippy::cast_sign_loss,
    reason = "clamped to what a sample can be"
)]
#![allow(
    clippy::similar_names,
    reason = "pixels before and behind an edge are p and q in the standard"
)]

use super::filter_strengths::Filtering;
use super::rows::{Plane, Rows};

/// Filters the newest row of macroblocks in `rows`, and the pixels above it that the filter
/// reaches.
pub(super) fn filter_row(
    rows: &mut Rows,
    is_simple: bool,
    is_first: bool,
    filterings: &[Filtering],
) {
    let [blue, red] = &mut rows.chroma;
    for (column, filtering) in filterings.iter().enumerate() {
        if filtering.level == 0 {
            continue;
        }
        let place = (column, is_first);
        if is_simple {
            filter_square::<16>(&mut rows.luma, place, filtering, simple);
        } else {
            filter_square::<16>(&mut rows.luma, place, filtering, normal);
            filter_square::<8>(blue, place, filtering, normal);
            filter_square::<8>(red, place, filtering, normal);
        }
    }
}

/// The limits that the pixels across an edge are compared with.
#[derive(Clone, Copy)]
struct Limits {
    /// The edge limit: an edge with a larger step belongs to the picture and is kept.
    edge: i32,
    interior: i32,
    threshold: i32,
    /// Whether the edge lies between macroblocks.
    is_outer: bool,
}

/// The four pixels before an edge and the four behind it.
type Across = [u8; 8];

/// Filters the edges of a macroblock in one plane, in this order: the left edge, the inner vertical
/// edges from left to right, the top edge, the inner horizontal edges from top to bottom (15.1).
fn filter_square<const SIDE: usize>(
    plane: &mut Plane,
    (column, is_first): (usize, bool),
    filtering: &Filtering,
    filter: impl Fn(Across, Limits) -> Across + Copy,
) {
    let &Filtering { level, interior, threshold, is_inner } = filtering;
    let limits = |is_outer: bool| {
        let edge = (level + if is_outer { 2 } else { 0 }) * 2 + interior;
        Limits { edge, interior, threshold, is_outer }
    };
    let (left, top) = (column * SIDE, 1 + plane.side);
    let inner = || (4..if is_inner { SIDE } else { 0 }).step_by(4);
    if column > 0 {
        filter_vertical_edge::<SIDE>(plane, (left, top), limits(true), filter);
    }
    for x in inner() {
        filter_vertical_edge::<SIDE>(plane, (left + x, top), limits(false), filter);
    }
    if !is_first {
        filter_horizontal_edge::<SIDE>(plane, (left, top), limits(true), filter);
    }
    for y in inner() {
        filter_horizontal_edge::<SIDE>(plane, (left, top + y), limits(false), filter);
    }
}

/// Filters a vertical edge to the left of column `x`.
fn filter_vertical_edge<const SIDE: usize>(
    plane: &mut Plane,
    (x, y): (usize, usize),
    limits: Limits,
    filter: impl Fn(Across, Limits) -> Across,
) {
    let mut columns = [[0; SIDE]; 8];
    let lines = plane.samples.chunks_exact_mut(plane.stride).skip(y).take(SIDE);
    for (number, line) in lines.enumerate() {
        let across = line.get(x - 4..).and_then(|line| line.first_chunk::<8>());
        for (column, &pixel) in columns.iter_mut().zip(across.unwrap_or(&[0; 8])) {
            if let Some(to) = column.get_mut(number) {
                *to = pixel;
            }
        }
    }
    filter_lanes(&mut columns, limits, filter);
    let lines = plane.samples.chunks_exact_mut(plane.stride).skip(y).take(SIDE);
    for (number, line) in lines.enumerate() {
        let across = line.get_mut(x - 4..).and_then(|line| line.first_chunk_mut::<8>());
        for (column, pixel) in columns.iter().zip(across.into_iter().flatten()) {
            *pixel = column.get(number).copied().unwrap_or_default();
        }
    }
}

/// Filters a horizontal edge above row `y`.
fn filter_horizontal_edge<const SIDE: usize>(
    plane: &mut Plane,
    (x, y): (usize, usize),
    limits: Limits,
    filter: impl Fn(Across, Limits) -> Across,
) {
    let mut rows = [[0; SIDE]; 8];
    let lines = plane.samples.chunks_exact_mut(plane.stride).skip(y - 4);
    for (line, row) in lines.zip(&mut rows) {
        if let Some(from) = line.get(x..).and_then(|line| line.first_chunk()) {
            *row = *from;
        }
    }
    filter_lanes(&mut rows, limits, filter);
    let lines = plane.samples.chunks_exact_mut(plane.stride).skip(y - 4);
    for (line, row) in lines.zip(&rows) {
        if let Some(to) = line.get_mut(x..).and_then(|line| line.first_chunk_mut()) {
            *to = *row;
        }
    }
}

/// Filters across an edge in `SIDE` places. These do not depend on each other, so the compiler
/// turns the loop into vector instructions.
#[inline]
fn filter_lanes<const SIDE: usize>(
    rows: &mut [[u8; SIDE]; 8],
    limits: Limits,
    filter: impl Fn(Across, Limits) -> Across,
) {
    let [p3, p2, p1, p0, q0, q1, q2, q3] = rows;
    let before = p3.iter_mut().zip(p2).zip(p1).zip(p0);
    let behind = q0.iter_mut().zip(q1).zip(q2).zip(q3);
    for ((((p3, p2), p1), p0), (((q0, q1), q2), q3)) in before.zip(behind) {
        let across = [*p3, *p2, *p1, *p0, *q0, *q1, *q2, *q3];
        [*p3, *p2, *p1, *p0, *q0, *q1, *q2, *q3] = filter(across, limits);
    }
}

/// The simple filter (15.2).
#[inline]
fn simple(across: Across, limits: Limits) -> Across {
    let [p3, p2, p1, p0, q0, q1, q2, q3] = across;
    let [new_p0, new_q0] = step([p1, p0, q0, q1], true).0;
    if is_edge([p1, p0, q0, q1], limits) {
        [p3, p2, p1, new_p0, new_q0, q1, q2, q3]
    } else {
        across
    }
}

/// The normal filter (15.3 and 15.4).
#[inline]
fn normal(across: Across, limits: Limits) -> Across {
    let [p3, p2, p1, p0, q0, q1, q2, q3] = across;
    let differ = |one: u8, other: u8| i32::from(one.abs_diff(other));
    let interior = differ(p3, p2)
        .max(differ(p2, p1))
        .max(differ(p1, p0))
        .max(differ(q1, q0))
        .max(differ(q2, q1))
        .max(differ(q3, q2));
    let is_filtered = is_edge([p1, p0, q0, q1], limits) && interior <= limits.interior;
    let is_detail = differ(p1, p0).max(differ(q1, q0)) > limits.threshold;
    let filtered = if limits.is_outer {
        let [near_p, near_q] = step([p1, p0, q0, q1], true).0;
        if is_detail {
            [p3, p2, p1, near_p, near_q, q1, q2, q3]
        } else {
            let [p2, p1, p0, q0, q1, q2] = wide([p2, p1, p0, q0, q1, q2]);
            [p3, p2, p1, p0, q0, q1, q2, q3]
        }
    } else {
        let ([near_p, near_q], moved) = step([p1, p0, q0, q1], is_detail);
        let moved = if is_detail { 0 } else { (moved + 1) >> 1 };
        let far_p = unsigned(signed(p1) + moved);
        let far_q = unsigned(signed(q1) - moved);
        [p3, p2, far_p, near_p, near_q, far_q, q2, q3]
    };
    if is_filtered { filtered } else { across }
}

/// Whether the step at an edge is small enough to be an artefact of coding (15.2).
#[inline]
fn is_edge([p1, p0, q0, q1]: [u8; 4], limits: Limits) -> bool {
    i32::from(p0.abs_diff(q0)) * 2 + i32::from(p1.abs_diff(q1)) / 2 <= limits.edge
}

/// Moves the two pixels at an edge towards each other. Also returns by how much the second pixel
/// moved (15.2).
#[inline]
fn step([p1, p0, q0, q1]: [u8; 4], has_outer: bool) -> ([u8; 2], i16) {
    let [p1, p0, q0, q1] = [p1, p0, q0, q1].map(signed);
    let outer = if has_outer { clamped(p1 - q1) } else { 0 };
    let by = clamped(outer + 3 * (q0 - p0));
    let (up, down) = (clamped(by + 3) >> 3, clamped(by + 4) >> 3);
    ([unsigned(p0 + up), unsigned(q0 - down)], down)
}

/// Changes three pixels on either side of an edge between macroblocks (15.4).
#[inline]
fn wide([p2, p1, p0, q0, q1, q2]: [u8; 6]) -> [u8; 6] {
    let [p2, p1, p0, q0, q1, q2] = [p2, p1, p0, q0, q1, q2].map(signed);
    let by = clamped(clamped(p1 - q1) + 3 * (q0 - p0));
    let [near, middle, far] = [27, 18, 9].map(|weight| clamped((weight * by + 63) >> 7));
    [p2 + far, p1 + middle, p0 + near, q0 - near, q1 - middle, q2 - far].map(unsigned)
}

#[inline]
fn signed(sample: u8) -> i16 {
    i16::from(sample) - 128
}

#[inline]
fn unsigned(value: i16) -> u8 {
    (clamped(value) + 128) as u8
}

#[inline]
fn clamped(value: i16) -> i16 {
    value.clamp(-128, 127)
}
