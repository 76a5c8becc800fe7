//! How strongly the loop filter works: what the header says of it, and what follows from that for a
//! macroblock (RFC 6386, sections 9.6, 15.2 and 15.5).

use super::segments::SEGMENTS;

/// The parameters of the loop filter of a frame (9.6).
#[derive(Debug)]
pub(super) struct Strengths {
    /// Whether the frame uses the simple filter, which changes only luma.
    pub(super) is_simple: bool,
    pub(super) sharpness: i32,
    /// The level of each segment.
    pub(super) levels: [i32; SEGMENTS],
    /// The delta of the level for key frames.
    pub(super) key_frame_delta: i32,
    /// The delta of the level for macroblocks predicted by subblocks.
    pub(super) subblock_delta: i32,
    /// Whether the frame is not filtered at all.
    pub(super) is_none: bool,
}

/// The parameters of the loop filter of a macroblock.
#[derive(Debug, Clone, Copy, Default)]
pub(super) struct Filtering {
    /// The filter level, 0 to 63. A macroblock of level 0 is not filtered.
    pub(super) level: i32,
    /// The interior limit: how much neighbouring pixels on one side of an edge may differ.
    pub(super) interior: i32,
    /// The high edge variance threshold: where pixels differ by more, they are detail and change
    /// less.
    pub(super) threshold: i32,
    /// Whether the edges between subblocks are filtered too.
    pub(super) is_inner: bool,
}

impl Strengths {
    /// The parameters of a macroblock (9.6, 15.2 and 15.5).
    pub(super) fn of(&self, segment: usize, is_subblocks: bool, has_residue: bool) -> Filtering {
        let level = self.levels.get(segment).map_or(0, |&level| level.clamp(0, 63));
        let added = self.key_frame_delta + if is_subblocks { self.subblock_delta } else { 0 };
        let level = if self.is_none { 0 } else { (level + added).clamp(0, 63) };
        let interior = match self.sharpness {
            0 => level,
            sharpness @ 1..=4 => (level >> 1).min(9 - sharpness),
            sharpness => (level >> 2).min(9 - sharpness),
        };
        let threshold = match level {
            ..15 => 0,
            15..40 => 1,
            _ => 2,
        };
        let is_inner = is_subblocks || has_residue;
        Filtering { level, interior: interior.max(1), threshold, is_inner }
    }
}
