//! Codes the bits of a block of coefficients, plane by plane (ISO/IEC 15444-1, annex D).

use super::arithmetic::Encoder;

/// Contexts (table D.1 to D.5): for zeros from 0, signs from 9, refinements from 14, then for runs,
/// and for even chances.
const SIGN: usize = 9;
const REFINEMENT: usize = 14;
const RUN: usize = 17;
const EVEN: usize = 18;

/// A block, with what was coded of it so far.
struct Block<'a> {
    values: &'a [i32],
    width: usize,
    height: usize,
    is_significant: Vec<bool>,
    is_refined: Vec<bool>,
    is_visited: Vec<bool>,
    encoder: Encoder,
}

/// The coded bits of a block of the lowest band, whose values have `planes` bits.
pub(super) fn encode(values: &[i32], width: usize, planes: u32) -> Vec<u8> {
    let none = vec![false; values.len()];
    let mut block = Block {
        values,
        width,
        height: values.len() / width.max(1),
        is_significant: none.clone(),
        is_refined: none.clone(),
        is_visited: none,
        encoder: Encoder::new(),
    };
    for level in (0..planes).rev() {
        if level + 1 < planes {
            block.propagate(level);
            block.refine(level);
        }
        block.clean_up(level);
        block.is_visited.fill(false);
    }
    block.encoder.finish()
}

impl Block<'_> {
    /// The positions of all values: in stripes of four rows, column by column.
    fn places(&self) -> Vec<(usize, usize)> {
        let stripes = (0..self.height).step_by(4);
        let columns = stripes.flat_map(|top| (0..self.width).map(move |x| (x, top)));
        let all = columns.flat_map(|(x, top)| (top..top + 4).map(move |y| (x, y)));
        all.filter(|&(_, y)| y < self.height).collect()
    }

    fn bit(&self, place: usize, level: u32) -> bool {
        self.values.get(place).is_some_and(|value| value.unsigned_abs() >> level & 1 == 1)
    }

    /// 1 or -1 by the sign of a significant neighbour, otherwise 0.
    fn neighbour(&self, (x, y): (usize, usize), (right, down): (isize, isize)) -> i32 {
        let (Some(x), Some(y)) = (x.checked_add_signed(right), y.checked_add_signed(down)) else {
            return 0;
        };
        let place = y * self.width + x;
        let is_there = x < self.width && y < self.height;
        match self.values.get(place) {
            Some(value) if is_there && self.is_significant.get(place) == Some(&true) => {
                if *value < 0 { -1 } else { 1 }
            }
            _ => 0,
        }
    }

    fn sums(&self, at: (usize, usize)) -> (i32, i32, i32) {
        let count = |places: &[(isize, isize)]| {
            places.iter().map(|&place| self.neighbour(at, place).abs()).sum()
        };
        let beside = count(&[(-1, 0), (1, 0)]);
        let above = count(&[(0, -1), (0, 1)]);
        (beside, above, count(&[(-1, -1), (1, -1), (-1, 1), (1, 1)]))
    }

    fn zero_context(&self, at: (usize, usize)) -> usize {
        match self.sums(at) {
            (2, _, _) => 8,
            (1, 1.., _) => 7,
            (1, _, 1..) => 6,
            (1, _, _) => 5,
            (_, 2, _) => 4,
            (_, 1, _) => 3,
            (_, _, 2..) => 2,
            (_, _, 1) => 1,
            _ => 0,
        }
    }

    fn code_sign(&mut self, at: (usize, usize)) {
        let place = at.1 * self.width + at.0;
        let beside = (self.neighbour(at, (-1, 0)) + self.neighbour(at, (1, 0))).clamp(-1, 1);
        let above = (self.neighbour(at, (0, -1)) + self.neighbour(at, (0, 1))).clamp(-1, 1);
        let (context, is_flipped) = match (beside, above) {
            (1, 1) => (4, false),
            (1, 0) => (3, false),
            (1, _) => (2, false),
            (0, 1) => (1, false),
            (0, 0) => (0, false),
            (0, _) => (1, true),
            (_, 1) => (2, true),
            (_, 0) => (3, true),
            _ => (4, true),
        };
        let is_negative = self.values.get(place).is_some_and(|value| *value < 0);
        self.encoder.code(SIGN + context, is_negative != is_flipped);
        mark(&mut self.is_significant, place);
    }

    fn propagate(&mut self, level: u32) {
        for at in self.places() {
            let place = at.1 * self.width + at.0;
            let context = self.zero_context(at);
            if context == 0 || self.is_significant.get(place) == Some(&true) {
                continue;
            }
            let bit = self.bit(place, level);
            self.encoder.code(context, bit);
            mark(&mut self.is_visited, place);
            if bit {
                self.code_sign(at);
            }
        }
    }

    fn refine(&mut self, level: u32) {
        for at in self.places() {
            let place = at.1 * self.width + at.0;
            let is_visited = self.is_visited.get(place) == Some(&true);
            if is_visited || self.is_significant.get(place) != Some(&true) {
                continue;
            }
            let is_first = self.is_refined.get(place) != Some(&true);
            let context = match self.sums(at) {
                _ if !is_first => 2,
                (0, 0, 0) => 0,
                _ => 1,
            };
            let bit = self.bit(place, level);
            self.encoder.code(REFINEMENT + context, bit);
            mark(&mut self.is_refined, place);
        }
    }

    fn clean_up(&mut self, level: u32) {
        let places = self.places();
        let mut rest = places.as_slice();
        while let Some(&at) = rest.first() {
            let is_whole = at.1 + 4 <= self.height;
            let column = rest.get(..if is_whole { 4 } else { self.height - at.1 }).unwrap_or(rest);
            rest = rest.get(column.len()..).unwrap_or_default();
            let index = |at: (usize, usize)| at.1 * self.width + at.0;
            let is_quiet = is_whole
                && column.iter().all(|&at| {
                    let place = index(at);
                    let is_new = self.is_significant.get(place) == Some(&false)
                        && self.is_visited.get(place) == Some(&false);
                    is_new && self.zero_context(at) == 0
                });
            let mut start = 0;
            let mut is_known = false;
            if is_quiet {
                let first = column.iter().position(|&at| self.bit(index(at), level));
                self.encoder.code(RUN, first.is_some());
                let Some(first) = first else { continue };
                self.encoder.code(EVEN, first >> 1 & 1 == 1);
                self.encoder.code(EVEN, first & 1 == 1);
                (start, is_known) = (first, true);
            }
            for &at in column.iter().skip(start) {
                let place = at.1 * self.width + at.0;
                let is_done = self.is_significant.get(place) == Some(&true)
                    || self.is_visited.get(place) == Some(&true);
                if is_done {
                    continue;
                }
                let bit = self.bit(place, level);
                if !std::mem::take(&mut is_known) {
                    let context = self.zero_context(at);
                    self.encoder.code(context, bit);
                }
                if bit {
                    self.code_sign(at);
                }
            }
        }
    }
}

fn mark(flags: &mut [bool], place: usize) {
    if let Some(flag) = flags.get_mut(place) {
        *flag = true;
    }
}
