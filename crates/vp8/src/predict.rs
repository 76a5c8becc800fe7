//! Predicts luma or chroma of a whole macroblock from the pixels around it, and adds the residue
//! (RFC 6386, section 12). In a key frame those pixels are taken before the loop filter.

#![allow(clippy::many_single_char_names, reason = "samples of small blocks, in order")]

use super::modes::Mode;
use super::transform::Strip;

/// The index of the first pixel of the square in a row, with room for a pixel to the left.
pub(super) const START: usize = 8;

/// The length of a row: at most 16 pixels, with one before and four behind them, and padding.
const WIDTH: usize = 32;

/// The values assumed for pixels above and to the left of the picture (12.2).
pub(super) const ABOVE_PICTURE: u8 = 127;
const LEFT_OF_PICTURE: u8 = 129;

pub(super) type Row = [u8; WIDTH];

/// The luma or one chroma of the current macroblock, with the pixels around it.
pub(super) struct Square<const SIDE: usize> {
    /// The row above. The pixels after its end are those above and to the right.
    pub(super) above: Row,
    pub(super) rows: [Row; SIDE],
    pub(super) has_above: bool,
    has_left: bool,
}

impl<const SIDE: usize> Square<SIDE> {
    pub(super) fn new() -> Self {
        let (above, rows) = ([ABOVE_PICTURE; WIDTH], [[LEFT_OF_PICTURE; WIDTH]; SIDE]);
        Self { above, rows, has_above: false, has_left: false }
    }

    /// Starts at the leftmost macroblock of a row.
    pub(super) fn begin_row(&mut self, is_first: bool) {
        self.has_above = !is_first;
        self.has_left = false;
        self.rows.iter_mut().for_each(|row| row[START - 1] = LEFT_OF_PICTURE);
        self.above[START - 1] = if is_first { ABOVE_PICTURE } else { LEFT_OF_PICTURE };
    }

    /// Sets the pixels above, unless this is the first row.
    pub(super) fn set_above(&mut self, pixels: &[u8; SIDE]) {
        if self.has_above {
            self.above.iter_mut().skip(START).zip(pixels).for_each(|(to, from)| *to = *from);
        }
    }

    /// Moves on to the next macroblock to the right.
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

    /// The mean of those pixels above and to the left that lie in the picture.
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

    /// Adds the residue of row `y` of blocks, which begins at `column` of the strip.
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
    /// Adds the residue of subblock `(x, y)`, which stands at the same `x` in the strip.
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

/// Adds differences to pixels, and clamps the sums to 0 to 255 (14.5).
#[inline]
fn add<const COUNT: usize>(pixels: &mut [u8; COUNT], differences: &[i16; COUNT]) {
    for (pixel, &difference) in pixels.iter_mut().zip(differences) {
        *pixel = clamped(i16::from(*pixel).saturating_add(difference));
    }
}

/// A row with `by` added to each pixel, clamped to 0 to 255.
pub(super) fn shifted<const COUNT: usize>(row: [u8; COUNT], by: i16) -> [u8; COUNT] {
    row.map(|pixel| clamped(i16::from(pixel) + by))
}

#[expect(clippy::cast_sign_loss, reason = "clamped")]
fn clamped(sum: i16) -> u8 {
    sum.clamp(0, 255) as u8
}
