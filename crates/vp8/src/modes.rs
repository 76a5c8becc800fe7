//! Reads the prediction modes of macroblocks from the first partition (RFC 6386, sections 10 and
//! 11). `predict.rs` and `subblocks.rs` apply them.

use super::bool_decoder::BoolDecoder;
use super::error::Error;
use super::header::Frame;
use super::mode_probabilities::BRANCHES;
use super::segments::SEGMENTS;

/// The prediction mode of luma or chroma of a whole macroblock (12.2).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Mode {
    /// `DC_PRED`: the mean of the pixels above and to the left.
    Mean,
    /// `V_PRED`: the row above, repeated.
    Vertical,
    /// `H_PRED`: the column to the left, repeated.
    Horizontal,
    /// `TM_PRED`: the row above, shifted in each row by how much the column to the left has
    /// changed.
    TrueMotion,
}

/// The prediction mode of a subblock of 4 x 4 pixels (12.3). The first four correspond to those of
/// a whole macroblock; the others follow a slanted line. They stand in the order of the table of
/// probabilities.
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

/// The prediction of the luma of a macroblock.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum LumaMode {
    Whole(Mode),
    /// `B_PRED`: each of the 4 x 4 subblocks has a mode of its own; row by row.
    Subblocks([[SubblockMode; 4]; 4]),
}

/// What the first partition says about a macroblock.
#[derive(Debug, Clone, Copy)]
pub(super) struct Macroblock {
    /// The number of its segment.
    pub(super) segment: usize,
    /// Whether it has no coefficients in the other partitions.
    pub(super) is_skipped: bool,
    pub(super) luma: LumaMode,
    pub(super) chroma: Mode,
}

/// Reads the modes of one macroblock after the other.
pub(super) struct Modes<'a> {
    decoder: BoolDecoder<'a>,
    segment_probabilities: Option<[u8; SEGMENTS - 1]>,
    prob_skip_false: Option<u8>,
    /// The modes of the subblocks directly above, for each column of macroblocks.
    above: Vec<[SubblockMode; 4]>,
    /// The modes of the subblocks directly to the left.
    left: [SubblockMode; 4],
}

impl<'a> Modes<'a> {
    pub(super) fn new(frame: &Frame<'a>) -> Self {
        Self {
            decoder: frame.modes,
            segment_probabilities: frame.segment_probabilities,
            prob_skip_false: frame.prob_skip_false,
            above: vec![OUTSIDE; frame.macroblocks.0],
            left: OUTSIDE,
        }
    }

    pub(super) fn begin_row(&mut self) {
        self.left = OUTSIDE;
    }

    /// Returns an error if more was read than the partition holds.
    pub(super) fn check(&self) -> Result<(), Error> {
        if self.decoder.is_exhausted() { Err(Error::Truncated) } else { Ok(()) }
    }

    /// Reads the modes of the next macroblock, which is in column `column`.
    pub(super) fn read(&mut self, column: usize) -> Macroblock {
        let decoder = &mut self.decoder;
        let segment =
            self.segment_probabilities.map_or(0, |probabilities| segment(decoder, probabilities));
        let is_skipped =
            self.prob_skip_false.is_some_and(|probability| decoder.read_bool(probability));
        let mut outside = OUTSIDE;
        let above = self.above.get_mut(column).unwrap_or(&mut outside);
        let luma = match luma(decoder) {
            Some(mode) => {
                // For neighbouring subblocks, this counts as the same mode in all of its subblocks.
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
                    let mode = subblock(decoder, *above, *left);
                    (*above, *left) = (mode, mode);
                    mode
                })
            })),
        };
        Macroblock { segment, is_skipped, luma, chroma: chroma(decoder) }
    }
}

/// The modes assumed for subblocks outside the picture.
const OUTSIDE: [SubblockMode; 4] = [SubblockMode::Mean; 4];

/// Reads the segment number (10).
fn segment(decoder: &mut BoolDecoder<'_>, [high, low_of_first, low_of_last]: [u8; 3]) -> usize {
    if decoder.read_bool(high) {
        2 + usize::from(decoder.read_bool(low_of_last))
    } else {
        usize::from(decoder.read_bool(low_of_first))
    }
}

/// Reads the luma mode of a macroblock (11.2); `None` if each subblock has its own.
fn luma(decoder: &mut BoolDecoder<'_>) -> Option<Mode> {
    if !decoder.read_bool(145) {
        return None;
    }
    Some(if !decoder.read_bool(156) {
        if decoder.read_bool(163) { Mode::Vertical } else { Mode::Mean }
    } else if decoder.read_bool(128) {
        Mode::TrueMotion
    } else {
        Mode::Horizontal
    })
}

/// Reads the chroma mode of a macroblock (11.4).
fn chroma(decoder: &mut BoolDecoder<'_>) -> Mode {
    if !decoder.read_bool(142) {
        Mode::Mean
    } else if !decoder.read_bool(114) {
        Mode::Vertical
    } else if decoder.read_bool(183) {
        Mode::TrueMotion
    } else {
        Mode::Horizontal
    }
}

/// Reads the mode of a subblock, given the modes above and to the left of it (11.3).
fn subblock(
    decoder: &mut BoolDecoder<'_>,
    above: SubblockMode,
    left: SubblockMode,
) -> SubblockMode {
    let branches = BRANCHES.get(above as usize).and_then(|branches| branches.get(left as usize));
    let &[b0, b1, b2, b3, b4, b5, b6, b7, b8] = branches.unwrap_or(&[0; 9]);
    if !decoder.read_bool(b0) {
        SubblockMode::Mean
    } else if !decoder.read_bool(b1) {
        SubblockMode::TrueMotion
    } else if !decoder.read_bool(b2) {
        SubblockMode::Vertical
    } else if !decoder.read_bool(b3) {
        if !decoder.read_bool(b4) {
            SubblockMode::Horizontal
        } else if decoder.read_bool(b5) {
            SubblockMode::VerticalRight
        } else {
            SubblockMode::RightDown
        }
    } else if !decoder.read_bool(b6) {
        SubblockMode::LeftDown
    } else if !decoder.read_bool(b7) {
        SubblockMode::VerticalLeft
    } else if decoder.read_bool(b8) {
        SubblockMode::HorizontalUp
    } else {
        SubblockMode::HorizontalDown
    }
}
