//! Faxes in TIFF files: runs of white and black in Huffman codes (TIFF 6.0, sections 10 and 11;
//! ITU-T T.4 and T.6). The codes are read through the `fax` crate; the rows are decoded here, in one
//! or two dimensions, because the crate knows neither rows without an end-of-line code nor group 3
//! in two dimensions. Rows become bits, with 1 for black, as if they had been stored that way.

use std::convert::Infallible;

use fax::BitReader;
use fax::maps::{Mode, black, mode, white};

/// How rows are coded.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Scheme {
    /// In one dimension, each from a whole byte or from two.
    Runs { unit_bits: usize },
    /// Group 3: with end-of-line input. In two dimensions, a bit after such a code says which rows
    /// are.
    Group3 { is_two_dimensional: bool },
    /// Group 4: in two dimensions.
    Group4,
}

/// How far the rows were read.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum End {
    /// All of them were there.
    Whole,
    /// Rows at the end are missing.
    Early,
    /// The runs of a row made no sense.
    Corrupt,
}

/// Decodes rows of `width` pixels into `rows`, each of which has `row_bytes` bytes of zeros.
pub(super) fn read(
    coded: &[u8],
    scheme: Scheme,
    width: u32,
    rows: &mut [u8],
    row_bytes: usize,
) -> End {
    let mut input = Codes { reader: Bits { coded, at: 0 }, width };
    let (mut reference, mut current) = (Vec::new(), Vec::new());
    for row in rows.chunks_exact_mut(row_bytes.max(1)) {
        current.clear();
        let is_read = match scheme {
            Scheme::Runs { unit_bits } => {
                input.reader.at = input.reader.at.next_multiple_of(unit_bits.max(1));
                !input.reader.has_ended() && input.one_dimension(&mut current)
            }
            Scheme::Group3 { is_two_dimensional } => {
                let has_mark = input.skip_end_of_line();
                let is_two_dimensional = has_mark && is_two_dimensional && !input.take_bit();
                // Six end-of-line codes are the end of the page.
                if input.is_end_of_line() {
                    return End::Early;
                }
                if is_two_dimensional {
                    input.two_dimensions(&reference, &mut current)
                } else {
                    input.one_dimension(&mut current)
                }
            }
            Scheme::Group4 => input.two_dimensions(&reference, &mut current),
        };
        if !is_read {
            return if input.reader.has_ended() { End::Early } else { End::Corrupt };
        }
        draw(row, &current, width);
        std::mem::swap(&mut reference, &mut current);
    }
    End::Whole
}

/// Reads bits. Zeros follow the last.
struct Bits<'a> {
    coded: &'a [u8],
    /// How many bits were read.
    at: usize,
}

impl Bits<'_> {
    fn has_ended(&self) -> bool {
        self.at / 8 >= self.coded.len()
    }
}

impl BitReader for Bits<'_> {
    type Error = Infallible;

    fn peek(&self, bits: u8) -> Option<u16> {
        let bytes = self.coded.get(self.at / 8..).unwrap_or_default();
        let window = bytes.iter().chain([&0; 3]).take(3);
        let window = window.fold(0, |window: u32, &byte| window << 8 | u32::from(byte));
        let unread = window << (8 + self.at % 8);
        u16::try_from(u64::from(unread) >> (32 - u32::from(bits.min(16)))).ok()
    }

    fn consume(&mut self, bits: u8) -> Result<(), Infallible> {
        self.at += usize::from(bits);
        Ok(())
    }

    fn bits_to_byte_boundary(&self) -> u8 {
        u8::try_from((8 - self.at % 8) % 8).unwrap_or(0)
    }
}

/// Where a row changes colour, in pixels from the left, beginning with the change to black. All
/// are below the width.
type Changes = Vec<u32>;

/// Adds a change of colour. Two at the same place are none.
fn push(changes: &mut Changes, at: u32, width: u32) {
    if changes.last() == Some(&at) {
        changes.pop();
    } else if at < width {
        changes.push(at);
    }
}

struct Codes<'a> {
    reader: Bits<'a>,
    width: u32,
}

impl Codes<'_> {
    /// The length of a run: codes for multiples of 64, and one for the rest.
    fn run(&mut self, is_black: bool) -> Option<u32> {
        let mut length = 0_u32;
        loop {
            let code = if is_black {
                black::decode(&mut self.reader)
            } else {
                white::decode(&mut self.reader)
            };
            let part = u32::from(code?);
            length = length.saturating_add(part);
            if part < 64 {
                return Some(length);
            }
        }
    }

    fn one_dimension(&mut self, changes: &mut Changes) -> bool {
        let (mut at, mut is_black) = (0_u32, false);
        while at < self.width {
            let Some(length) = self.run(is_black) else { return false };
            at = at.saturating_add(length);
            push(changes, at, self.width);
            is_black = !is_black;
        }
        true
    }

    /// Decodes a row by the one above (ITU-T T.4, 4.2).
    fn two_dimensions(&mut self, above: &[u32], changes: &mut Changes) -> bool {
        // The names are those of the recommendation. At the start of a row, a0 is before the first
        // pixel.
        let (mut a0, mut is_black) = (None, false);
        let mut next = 0;
        while a0.is_none_or(|a0| a0 < self.width) {
            let start = a0.unwrap_or(0);
            // The first change above, right of a0, to the other colour. An earlier change than the
            // last one found can only be its neighbour.
            next = usize::saturating_sub(next, 2);
            next += usize::from(next % 2 != usize::from(is_black));
            while let Some(&change) = above.get(next)
                && a0.is_some_and(|a0| change <= a0)
            {
                next += 2;
            }
            let change = |place: usize| above.get(place).copied().unwrap_or(self.width);
            match mode::decode(&mut self.reader) {
                Some(Mode::Pass) => a0 = Some(change(next + 1)),
                Some(Mode::Horizontal) => {
                    let Some(first) = self.run(is_black) else { return false };
                    let Some(second) = self.run(!is_black) else { return false };
                    let a1 = start.saturating_add(first);
                    let a2 = a1.saturating_add(second);
                    push(changes, a1, self.width);
                    push(changes, a2, self.width);
                    a0 = Some(a2);
                }
                Some(Mode::Vertical(offset)) => {
                    let a1 = change(next).checked_add_signed(i32::from(offset));
                    let Some(a1) = a1.filter(|&a1| a1 >= start) else { return false };
                    push(changes, a1, self.width);
                    is_black = !is_black;
                    a0 = Some(a1);
                }
                Some(Mode::EOF) => {
                    // Nothing follows the end of the page.
                    self.reader.at = self.reader.coded.len() * 8;
                    return false;
                }
                Some(Mode::Extension) | None => return false,
            }
        }
        true
    }

    /// Whether an end-of-line code is next: no other code has as many zeros.
    fn is_end_of_line(&self) -> bool {
        self.reader.peek(11) == Some(0)
    }

    /// Skips an end-of-line code, if one is next, and the zeros that fill it up.
    fn skip_end_of_line(&mut self) -> bool {
        if !self.is_end_of_line() {
            return false;
        }
        while !self.reader.has_ended() && !self.take_bit() {}
        true
    }

    fn take_bit(&mut self) -> bool {
        let is_set = self.reader.peek(1) == Some(1);
        let Ok(()) = self.reader.consume(1);
        is_set
    }
}

/// Draws the black runs of a row of zeros.
fn draw(row: &mut [u8], changes: &[u32], width: u32) {
    for run in changes.chunks(2) {
        let start = run.first().copied().unwrap_or(width) as usize;
        let end = run.get(1).copied().unwrap_or(width) as usize;
        let (first, last) = (start / 8, end / 8);
        // The bits of a byte from a pixel on.
        let from = |pixel: usize| u8::MAX >> (pixel % 8);
        if first == last {
            if let Some(byte) = row.get_mut(first) {
                *byte |= from(start) & !from(end);
            }
            continue;
        }
        if let Some(byte) = row.get_mut(first) {
            *byte |= from(start);
        }
        if let Some(bytes) = row.get_mut(first + 1..last) {
            bytes.fill(u8::MAX);
        }
        if let Some(byte) = row.get_mut(last) {
            *byte |= !from(end);
        }
    }
}
