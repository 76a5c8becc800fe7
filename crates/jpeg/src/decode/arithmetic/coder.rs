//! The arithmetic decoder (ITU-T T.81, D.2): reads one decision at a time, each with a probability
//! that adapts to the decisions before.

use super::states::{EVEN, STATES};
use crate::decode::error::Error;
use crate::decode::marker::{RST0, RST7, Walk};

/// What has been learned of a decision: the state of its probability, and in the highest bit, which
/// outcome is the likelier one.
pub(super) type Bin = u8;

/// Decodes decisions from a scan's data.
pub(super) struct Coder<'a> {
    source: &'a [u8],
    /// The next byte to read, or the first byte of the marker at which the data end.
    at: usize,
    /// The code, relative to the interval: 16 bits that are compared, and 16 more.
    code: u32,
    /// The size of the interval.
    size: u32,
    /// Bits until the next byte is needed.
    count: u32,
    /// How many bytes were requested after the last one.
    missing: usize,
}

/// The most bytes that an encoder may have left out because they were zero (D.1.8): few end with
/// more than one.
const MAX_OMITTED: usize = 256;

/// The most bytes that may be missing where the file ends without a marker: those that are read
/// ahead, and a zero that was left out.
const MAX_CUT: usize = 3;

const ENDED: Error = Error::Corrupt("the coded data end before the picture does");

impl<'a> Coder<'a> {
    /// Starts with the data at `at` (D.2.6).
    pub(super) fn new(source: &'a [u8], at: usize) -> Self {
        let mut coder = Self { source, at, code: 0, size: 1 << 16, count: 0, missing: 0 };
        let [first, second] = [coder.byte(), coder.byte()];
        coder.code = first << 24 | second << 16;
        coder
    }

    /// Starts again after the next restart marker.
    pub(super) fn restart(&mut self) -> Result<(), Error> {
        let (marker, behind) = self.marker().ok_or(Error::Truncated)?;
        if !(RST0..=RST7).contains(&marker) {
            return Err(ENDED);
        }
        *self = Self::new(self.source, behind);
        Ok(())
    }

    /// Says that data have ended too early, if they have, instead of what came of that.
    pub(super) fn check(&self, outcome: Result<(), Error>) -> Result<(), Error> {
        if self.missing == 0 {
            return outcome;
        }
        let (most, error) = match self.marker() {
            None => (MAX_CUT, Error::Truncated),
            Some(_) => (MAX_OMITTED, ENDED),
        };
        if outcome.is_ok() && self.missing <= most { Ok(()) } else { Err(error) }
    }

    /// Decodes a decision (D.2.4), and learns from it.
    #[inline]
    pub(super) fn bit(&mut self, bin: &mut Bin) -> bool {
        let Some(state) = STATES.get(usize::from(*bin & 0x7F)) else { return false };
        let likely = *bin & 0x80;
        let part = u32::from(state.part);
        self.size -= part;
        let is_upper = self.code >> 16 >= self.size;
        if !is_upper && self.size >= 0x8000 {
            return likely > 0;
        }
        // The smaller of both parts is the unlikelier outcome's.
        let is_likely = is_upper == (self.size < part);
        if is_upper {
            self.code -= self.size << 16;
            self.size = part;
        }
        let bit = if is_likely { likely } else { likely ^ 0x80 };
        *bin = if is_likely {
            likely | state.after_likely
        } else {
            (likely ^ state.swaps) | state.after_unlikely
        };
        while self.size < 0x8000 {
            if self.count == 0 {
                self.code |= self.byte() << 8;
                self.count = 8;
            }
            self.size <<= 1;
            self.code <<= 1;
            self.count -= 1;
        }
        bit > 0
    }

    /// Decodes a decision whose outcomes are equally likely.
    pub(super) fn even_bit(&mut self) -> bool {
        self.bit(&mut { EVEN })
    }

    /// The next byte without stuffing, or zero after the last (D.2.7).
    fn byte(&mut self) -> u32 {
        let (byte, length) = match self.source.get(self.at..).unwrap_or_default() {
            [0xFF, 0, ..] => (0xFF, 2),
            [0xFF, ..] | [] => {
                self.missing += 1;
                (0, 0)
            }
            [byte, ..] => (*byte, 1),
        };
        self.at += length;
        byte.into()
    }

    /// The marker at which the data end, and the position after it.
    fn marker(&self) -> Option<(u8, usize)> {
        Walk { source: self.source, at: self.at }.end_of_interval()
    }
}
