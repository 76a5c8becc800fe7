//! Pixels predicted from those around them (RFC 6386, section 12), and what is added to them. Those
//! around are taken as they were before the loop filter, as in all key frames.

#![allow(clippy::many_single_char_names, reason = "samples of small blocks, in order")]

use super::modes::Mode;
use super::transform::Strip;

/// Where a square's pixels begin in its rows: there is room for one to the left.
pub(super) const START: usize = 8;

/// How long rows are: 16 pixels, one before and four behind.
const WIDTH: usize = 32;

/// What is taken for the pixels above a picture and to its left (12.2).
pub(super) const ABOVE_ALL: u8 = 127;
const LEFT_OF_ALL: u8 = 129;

pub(super) type Row = [u8; WIDTH];

/// A square of luma or chroma that is being made, and the pixels around it.
pub(super) struct Square<const SIDE: usize> {
    /// The row above. What stands beyond the square's end are the pixels above and to the right.
    pub(super) above: Row,
    pub(super) rows: [Row; SIDE],
    pub(super) has_above: bool,
    has_left: bool,
}

impl<const SIDE: usize> Square<SIDE> {
    pub(super) fn new() -> Self {
        let (above, rows) = ([ABOVE_ALL; WIDTH], [[LEFT_OF_ALL; WIDTH]; SIDE]);
        Self { above, rows, has_above: false, has_left: false }
    }

    /// Begins with the leftmost square of a row of squares.
    pub(super) fn begin_row(&mut self, is_first: bool) {
        self.has_above = !is_first;
        self.has_left = false;
        self.rows.iter_mut().for_each(|row| row[START - 1] = LEFT_OF_ALL);
        self.above[START - 1] = if is_first { ABOVE_ALL } else { LEFT_OF_ALL };
    }

    /// Sets the pixels above, where there are any.
    pub(super) fn set_above(&mut self, pixels: &[u8; SIDE]) {
        if self.has_above {
            self.above.iter_mut().skip(START).zip(pixels).for_each(|(to, from)| *to = *from);
        }
    }

    /// Goes on to the next square to the right.
    pub(super) fn advance(&mut self) {
        let step = |row: &mut Row| {
            let last = row.get(START + SIDE - 1).copied();
            row[START - 1] = last.unwrap_or_default();
        };
        self.rows.iter_mut().for_each(step);
        step(&mut self.above);
        self.has_left = true;
    }

    /// The pixels of a row.
    pub(super) fn pixels(row: &Row) -> &[u8; SIDE] {
        row.get(START..).and_then(|row| row.first_chunk()).unwrap_or(&[0; SIDE])
    }

    fn pixels_mut(row: &mut Row) -> Option<&mut [u8; SIDE]> {
        row.get_mut(START..).and_then(|row| row.first_chunk_mut())
    }

    /// Predicts the whole square (12.2).
    pub(super) fn predict(&mut self, mode: Mode) {
        let above = *Self::pixels(&self.above);
        let mean = self.mean();
        let corner = i16::from(self.above[START - 1]);
        for row in &mut self.rows {
            let left = row[START - 1];
            let Some(pixels) = Self::pixels_mut(row) else { return };
            match mode {
                Mode::Mean => *pixels = [mean; SIDE],
                Mode::Vertical => *pixels = above,
                Mode::Horizontal => *pixels = [left; SIDE],
                Mode::TrueMotion => *pixels = shifted(above, i16::from(left) - corner),
            }
        }
    }

    /// The mean of the pixels above and to the left, of those that are there.
    fn mean(&self) -> u8 {
        let above =
            Self::pixels(&self.above).iter().map(|&pixel| usize::from(pixel)).sum::<usize>();
        let left = self.rows.iter().map(|row| usize::from(row[START - 1])).sum::<usize>();
        let (sum, count) = match (self.has_above, self.has_left) {
            (true, true) => (above + left, 2 * SIDE),
            (true, false) => (above, SIDE),
            (false, true) => (left, SIDE),
            (false, false) => return 128,
        };
        u8::try_from((sum + count / 2) / count).unwrap_or(u8::MAX)
    }

    /// Adds differences to row `y` of blocks: those of a strip from a column on.
    #[inline]
    pub(super) fn add(&mut self, y: usize, strip: &Strip, column: usize) {
        for (row, line) in self.rows.iter_mut().skip(y * 4).zip(strip) {
            let line = line.get(column..).and_then(|line| line.first_chunk::<SIDE>());
            if let (Some(pixels), Some(line)) = (Self::pixels_mut(row), line) {
                add(pixels, line);
            }
        }
    }
}

impl Square<16> {
    /// Adds differences to subblock `(x, y)`: those of its place in a strip.
    #[inline]
    pub(super) fn add_subblock(&mut self, (x, y): (usize, usize), strip: &Strip) {
        for (row, line) in self.rows.iter_mut().skip(y * 4).zip(strip) {
            let pixels = row.get_mut(START + x * 4..).and_then(|row| row.first_chunk_mut::<4>());
            let line = line.get(x * 4..).and_then(|line| line.first_chunk());
            if let (Some(pixels), Some(line)) = (pixels, line) {
                add(pixels, line);
            }
        }
    }
}

/// Adds differences to pixels, as far as there are such pixels (14.5).
#[inline]
fn add<const COUNT: usize>(pixels: &mut [u8; COUNT], differences: &[i16; COUNT]) {
    for (pixel, &difference) in pixels.iter_mut().zip(differences) {
        *pixel = clamped(i16::from(*pixel).saturating_add(difference));
    }
}

/// A row shifted up or down, as far as there are such pixels.
pub(super) fn shifted<const COUNT: usize>(row: [u8; COUNT], by: i16) -> [u8; COUNT] {
    row.map(|pixel| clamped(i16::from(pixel) + by))
}

#[expect(clippy::cast_sign_loss, reason = "clamped")]
fn clamped(sum: i16) -> u8 {
    sum.clamp(0, 255) as u8
}
