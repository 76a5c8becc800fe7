//! A frame's header: what holds for all of its macroblocks (RFC 6386, sections 9 and 19.2). Reads it,
//! and finds where what comes after it lies.

#![expect(
    clippy::cast_possible_truncation,
    clippy::cast_sign_loss,
    reason = "of as many bits as were read"
)]

use super::bools::Bools;
use super::error::Error;
use super::filter::Strengths;
use super::quantizer::{Indices, Steps};
use super::token_probabilities::{DEFAULTS, STAYING, Table};

/// How many kinds of macroblocks there can be.
pub(super) const SEGMENTS: usize = 4;

/// A frame whose header was read.
#[derive(Debug)]
pub(super) struct Frame<'a> {
    /// Width and height in pixels.
    pub(super) size: (usize, usize),
    /// Width and height in macroblocks.
    pub(super) macroblocks: (usize, usize),
    /// Where a macroblock says which kind it is: how likely it is of which (9.3).
    pub(super) segment_probabilities: Option<[u8; SEGMENTS - 1]>,
    /// What the coefficients of each kind are multiplied by.
    pub(super) steps: [Steps; SEGMENTS],
    /// How strongly block edges are filtered.
    pub(super) strengths: Strengths,
    /// How likely each branch of a tree of tokens is (9.9).
    pub(super) tokens: Table,
    /// Where a macroblock says whether it has coefficients: how likely it has (9.11).
    pub(super) having_coefficients: Option<u8>,
    /// The rest of the first partition: how each macroblock is predicted.
    pub(super) modes: Bools<'a>,
    /// The other partitions: the coefficients of rows of macroblocks, in turn.
    pub(super) partitions: Vec<Bools<'a>>,
}

impl<'a> Frame<'a> {
    pub(super) fn read(source: &'a [u8]) -> Result<Self, Error> {
        let (head, rest) = source.split_first_chunk::<10>().ok_or(Error::Truncated)?;
        let &[t0, t1, t2, code @ .., w0, w1, h0, h1] = head;
        let tag = u32::from_le_bytes([t0, t1, t2, 0]);
        // 9.1. Of the version, nothing is left that matters to a key frame: the header says itself
        // which filter there is, and other pictures' pixels are not interpolated.
        if tag & 1 != 0 {
            return Err(Error::Unsupported("a frame that is predicted from others"));
        }
        if tag >> 1 & 7 > 3 {
            return Err(Error::Unsupported("a version of VP8 that is not known"));
        }
        if code != [0x9D, 0x01, 0x2A] {
            return Err(Error::Corrupt("a key frame's start code is missing"));
        }
        // The highest two bits say how a player should enlarge it.
        let pixels = |low, high| usize::from(u16::from_le_bytes([low, high]) & 0x3FFF);
        let size = (pixels(w0, w1), pixels(h0, h1));
        if size.0 == 0 || size.1 == 0 {
            return Err(Error::Corrupt("it has no pixels"));
        }
        let length = (tag >> 5) as usize;
        let (first, rest) = rest.split_at_checked(length).ok_or(Error::Truncated)?;
        Self::read_fields(size, Bools::new(first), rest)
    }

    fn read_fields(
        size: (usize, usize),
        mut bools: Bools<'a>,
        rest: &'a [u8],
    ) -> Result<Self, Error> {
        // 9.2. Whether pixels need clamping is no news to who always clamps.
        if bools.flag() {
            return Err(Error::Unsupported("a colour space that is not known"));
        }
        bools.flag();
        let segments = Segments::read(&mut bools);
        let is_simple = bools.flag();
        let level = bools.number(6);
        let sharpness = bools.number(3);
        let (of_key_frame, of_subblocks) = read_filter_deltas(&mut bools);
        let partitions = partitions(rest, 1 << bools.number(2))?;
        let indices = Indices::read(&mut bools);
        // Whether later frames begin with these probabilities (9.8).
        bools.flag();
        let mut tokens = DEFAULTS;
        for (branches, staying) in tokens.iter_mut().zip(&STAYING) {
            for (probability, &staying) in branches.iter_mut().zip(staying) {
                if bools.ask(staying) {
                    *probability = bools.number(8) as u8;
                }
            }
        }
        let having_coefficients = bools.flag().then(|| bools.number(8) as u8);
        if bools.are_exhausted() {
            return Err(Error::Truncated);
        }
        let strengths = Strengths {
            is_simple,
            sharpness,
            // At 0, no segment can bring it back (9.6).
            levels: if level == 0 { [0; SEGMENTS] } else { segments.levels(level) },
            of_key_frame,
            of_subblocks,
            is_none: level == 0,
        };
        Ok(Self {
            size,
            macroblocks: (size.0.div_ceil(16), size.1.div_ceil(16)),
            segment_probabilities: segments.probabilities,
            steps: segments.indices(indices.base).map(|base| indices.steps(base)),
            strengths,
            tokens,
            having_coefficients,
            modes: bools,
            partitions,
        })
    }
}

/// What kinds of macroblocks differ in (9.3).
#[derive(Default)]
struct Segments {
    is_enabled: bool,
    /// Whether the values replace the frame's, rather than being added.
    are_absolute: bool,
    quantizers: [i32; SEGMENTS],
    filter_levels: [i32; SEGMENTS],
    probabilities: Option<[u8; SEGMENTS - 1]>,
}

impl Segments {
    fn read(bools: &mut Bools<'_>) -> Self {
        let mut segments = Self { is_enabled: bools.flag(), ..Self::default() };
        if !segments.is_enabled {
            return segments;
        }
        let has_map = bools.flag();
        if bools.flag() {
            segments.are_absolute = bools.flag();
            segments.quantizers = [(); SEGMENTS].map(|()| bools.optional(7).unwrap_or(0));
            segments.filter_levels = [(); SEGMENTS].map(|()| bools.optional(6).unwrap_or(0));
        }
        segments.probabilities = has_map.then(|| {
            [(); SEGMENTS - 1].map(|()| if bools.flag() { bools.number(8) as u8 } else { u8::MAX })
        });
        segments
    }

    fn indices(&self, base: i32) -> [i32; SEGMENTS] {
        self.apply(base, self.quantizers)
    }

    fn levels(&self, base: i32) -> [i32; SEGMENTS] {
        self.apply(base, self.filter_levels)
    }

    fn apply(&self, base: i32, values: [i32; SEGMENTS]) -> [i32; SEGMENTS] {
        values.map(|value| {
            let base = if self.is_enabled && self.are_absolute { 0 } else { base };
            base + value
        })
    }
}

/// What is added to the filter's level for all macroblocks of a key frame, and for those that are
/// predicted by subblocks (9.6). Others are read past: they are for other frames.
fn read_filter_deltas(bools: &mut Bools<'_>) -> (i32, i32) {
    let (is_enabled, mut of_frames, mut of_modes) = (bools.flag(), [0; 4], [0; 4]);
    if is_enabled && bools.flag() {
        of_frames = [(); 4].map(|()| bools.optional(6).unwrap_or(0));
        of_modes = [(); 4].map(|()| bools.optional(6).unwrap_or(0));
    }
    let ([of_key_frame, ..], [of_subblocks, ..]) = (of_frames, of_modes);
    (of_key_frame, of_subblocks)
}

/// Divides what follows the first partition (9.5): lengths of 3 bytes, of all but the last.
fn partitions(rest: &[u8], count: usize) -> Result<Vec<Bools<'_>>, Error> {
    let (lengths, mut rest) = rest.split_at_checked((count - 1) * 3).ok_or(Error::Truncated)?;
    let mut partitions = Vec::with_capacity(count);
    for &[l0, l1, l2] in lengths.as_chunks::<3>().0 {
        let length = u32::from_le_bytes([l0, l1, l2, 0]) as usize;
        let (partition, after) = rest.split_at_checked(length).ok_or(Error::Truncated)?;
        partitions.push(Bools::new(partition));
        rest = after;
    }
    partitions.push(Bools::new(rest));
    Ok(partitions)
}
