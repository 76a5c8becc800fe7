//! How each macroblock is predicted, as the first partition tells (RFC 6386, sections 10 and 11).

use super::bools::Bools;
use super::error::Error;
use super::header::{Frame, SEGMENTS};
use super::mode_probabilities::BRANCHES;

/// How a whole block of luma or of chroma is predicted (12.2).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Mode {
    /// The mean of the pixels above and to the left.
    Mean,
    /// The row above, repeated.
    Vertical,
    /// The column to the left, repeated.
    Horizontal,
    /// The row above, shifted by how the column to the left goes.
    TrueMotion,
}

/// How a subblock of 4 x 4 pixels is predicted (12.3): the first four as whole blocks are, the others
/// along a slanted line. In the order of their table of probabilities.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum SubblockMode {
    Mean,
    TrueMotion,
    Vertical,
    Horizontal,
    LeftDown,
    RightDown,
    VerticalRight,
    VerticalLeft,
    HorizontalDown,
    HorizontalUp,
}

/// How a macroblock's luma is predicted.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum LumaMode {
    Whole(Mode),
    /// Each of the 4 x 4 subblocks by itself, row by row.
    Subblocks([[SubblockMode; 4]; 4]),
}

/// What the first partition tells of a macroblock.
#[derive(Debug, Clone, Copy)]
pub(super) struct Macroblock {
    /// Which kind it is.
    pub(super) segment: usize,
    /// Whether all coefficients are zero, and none follow.
    pub(super) is_empty: bool,
    pub(super) luma: LumaMode,
    pub(super) chroma: Mode,
}

/// Reads macroblocks' modes in turn.
pub(super) struct Modes<'a> {
    bools: Bools<'a>,
    segment_probabilities: Option<[u8; SEGMENTS - 1]>,
    having_coefficients: Option<u8>,
    /// Of the subblocks just above, for each column of macroblocks.
    above: Vec<[SubblockMode; 4]>,
    /// Of the subblocks just to the left.
    left: [SubblockMode; 4],
}

impl<'a> Modes<'a> {
    pub(super) fn new(frame: &Frame<'a>) -> Self {
        Self {
            bools: frame.modes,
            segment_probabilities: frame.segment_probabilities,
            having_coefficients: frame.having_coefficients,
            above: vec![OUTSIDE; frame.macroblocks.0],
            left: OUTSIDE,
        }
    }

    pub(super) fn begin_row(&mut self) {
        self.left = OUTSIDE;
    }

    /// Whether what has been read was there.
    pub(super) fn check(&self) -> Result<(), Error> {
        if self.bools.are_exhausted() { Err(Error::Truncated) } else { Ok(()) }
    }

    /// Reads the next macroblock's, which is in this column.
    pub(super) fn read(&mut self, column: usize) -> Macroblock {
        let bools = &mut self.bools;
        let segment = self.segment_probabilities.map_or(0, |odds| segment(bools, odds));
        let is_empty = self.having_coefficients.is_some_and(|odds| bools.ask(odds));
        let mut outside = OUTSIDE;
        let above = self.above.get_mut(column).unwrap_or(&mut outside);
        let luma = match luma(bools) {
            Some(mode) => {
                // To subblocks beside it, it is as if all of its own had the same mode.
                let same = match mode {
                    Mode::Mean => SubblockMode::Mean,
                    Mode::Vertical => SubblockMode::Vertical,
                    Mode::Horizontal => SubblockMode::Horizontal,
                    Mode::TrueMotion => SubblockMode::TrueMotion,
                };
                (*above, self.left) = ([same; 4], [same; 4]);
                LumaMode::Whole(mode)
            }
            None => LumaMode::Subblocks(self.left.each_mut().map(|left| {
                above.each_mut().map(|above| {
                    let mode = subblock(bools, *above, *left);
                    (*above, *left) = (mode, mode);
                    mode
                })
            })),
        };
        Macroblock { segment, is_empty, luma, chroma: chroma(bools) }
    }
}

/// What is taken for the modes of subblocks outside of the picture.
const OUTSIDE: [SubblockMode; 4] = [SubblockMode::Mean; 4];

/// A macroblock's kind (10).
fn segment(bools: &mut Bools<'_>, [high, low_of_first, low_of_last]: [u8; 3]) -> usize {
    if bools.ask(high) {
        2 + usize::from(bools.ask(low_of_last))
    } else {
        usize::from(bools.ask(low_of_first))
    }
}

/// The mode of a macroblock's luma (11.2); `None` where each subblock has its own.
fn luma(bools: &mut Bools<'_>) -> Option<Mode> {
    if !bools.ask(145) {
        return None;
    }
    Some(if !bools.ask(156) {
        if bools.ask(163) { Mode::Vertical } else { Mode::Mean }
    } else if bools.ask(128) {
        Mode::TrueMotion
    } else {
        Mode::Horizontal
    })
}

/// The mode of a macroblock's chroma (11.4).
fn chroma(bools: &mut Bools<'_>) -> Mode {
    if !bools.ask(142) {
        Mode::Mean
    } else if !bools.ask(114) {
        Mode::Vertical
    } else if bools.ask(183) {
        Mode::TrueMotion
    } else {
        Mode::Horizontal
    }
}

/// The mode of a subblock, beside those above and to the left (11.3).
fn subblock(bools: &mut Bools<'_>, above: SubblockMode, left: SubblockMode) -> SubblockMode {
    let branches = BRANCHES.get(above as usize).and_then(|branches| branches.get(left as usize));
    let &[b0, b1, b2, b3, b4, b5, b6, b7, b8] = branches.unwrap_or(&[0; 9]);
    if !bools.ask(b0) {
        SubblockMode::Mean
    } else if !bools.ask(b1) {
        SubblockMode::TrueMotion
    } else if !bools.ask(b2) {
        SubblockMode::Vertical
    } else if !bools.ask(b3) {
        if !bools.ask(b4) {
            SubblockMode::Horizontal
        } else if bools.ask(b5) {
            SubblockMode::VerticalRight
        } else {
            SubblockMode::RightDown
        }
    } else if !bools.ask(b6) {
        SubblockMode::LeftDown
    } else if !bools.ask(b7) {
        SubblockMode::VerticalLeft
    } else if bools.ask(b8) {
        SubblockMode::HorizontalUp
    } else {
        SubblockMode::HorizontalDown
    }
}
