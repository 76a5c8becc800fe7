//! The frame header: everything that applies to the whole frame (RFC 6386, sections 9 and 19.2).
//! This file also finds where each partition begins. It does not read modes or coefficients.

#![expect(
    clippy::cast_possible_truncation,
    clippy::cast_sign_loss,
    reason = "of as many bits as were read"
)]

use super::bool_decoder::BoolDecoder;
use super::error::Error;
use super::filter_strengths::Strengths;
use super::quantizer::{Indices, Steps};
use super::segments::{SEGMENTS, Segments};
use super::token_probabilities::{DEFAULTS, STAYING, Table};

/// A frame whose header has been read.
#[derive(Debug)]
pub(super) struct Frame<'a> {
    /// Width and height in pixels.
    pub(super) size: (usize, usize),
    /// Width and height in macroblocks.
    pub(super) macroblocks: (usize, usize),
    /// The probabilities of the tree of segment numbers; `None` if macroblocks have no segment
    /// number (9.3).
    pub(super) segment_probabilities: Option<[u8; SEGMENTS - 1]>,
    /// The quantizer steps of each segment.
    pub(super) steps: [Steps; SEGMENTS],
    /// The parameters of the loop filter.
    pub(super) strengths: Strengths,
    /// The probabilities of the token tree (9.9).
    pub(super) tokens: Table,
    /// The probability that a macroblock has coefficients; `None` if macroblocks do not say so
    /// (9.11).
    pub(super) prob_skip_false: Option<u8>,
    /// The rest of the first partition: the prediction modes of each macroblock.
    pub(super) modes: BoolDecoder<'a>,
    /// The other partitions: coefficients. The rows of macroblocks use them in turn.
    pub(super) partitions: Vec<BoolDecoder<'a>>,
    /// Whether as many rows as there are get decoded, instead of none.
    pub(super) is_damaged: bool,
}

impl<'a> Frame<'a> {
    /// Partitions of a damaged frame may be cut short.
    pub(super) fn read(source: &'a [u8], is_damaged: bool) -> Result<Self, Error> {
        let (head, rest) = source.split_first_chunk::<10>().ok_or(Error::Truncated)?;
        let &[t0, t1, t2, code @ .., w0, w1, h0, h1] = head;
        let tag = u32::from_le_bytes([t0, t1, t2, 0]);
        // 9.1. The version selects the loop filter and the interpolation of reference frames. The
        // header names the filter again, and a key frame has no reference.
        if tag & 1 != 0 {
            return Err(Error::Unsupported(
                "the frame is an inter frame, and only key frames are decoded",
            ));
        }
        if tag >> 1 & 7 > 3 {
            return Err(Error::Unsupported("the version of VP8 is unknown"));
        }
        if code != [0x9D, 0x01, 0x2A] {
            return Err(Error::Corrupt("the start code of the key frame is missing"));
        }
        // The upper two bits tell a player how to scale the picture up.
        let pixels = |low, high| usize::from(u16::from_le_bytes([low, high]) & 0x3FFF);
        let size = (pixels(w0, w1), pixels(h0, h1));
        if size.0 == 0 || size.1 == 0 {
            return Err(Error::Corrupt("the picture has no pixels"));
        }
        let length = (tag >> 5) as usize;
        let (first, rest) = split(rest, length, is_damaged)?;
        Self::read_fields(size, BoolDecoder::new(first), rest, is_damaged)
    }

    fn read_fields(
        size: (usize, usize),
        mut decoder: BoolDecoder<'a>,
        rest: &'a [u8],
        is_damaged: bool,
    ) -> Result<Self, Error> {
        // 9.2. The second flag says whether pixels need clamping. They are always clamped here.
        if decoder.read_flag() {
            return Err(Error::Unsupported("the colour space is unknown"));
        }
        decoder.read_flag();
        let segments = Segments::read(&mut decoder);
        let is_simple = decoder.read_flag();
        let level = decoder.read_literal(6);
        let sharpness = decoder.read_literal(3);
        let (key_frame_delta, subblock_delta) = read_filter_deltas(&mut decoder);
        let partitions = partitions(rest, 1 << decoder.read_literal(2), is_damaged)?;
        let indices = Indices::read(&mut decoder);
        // Whether later frames keep these probabilities (9.8).
        decoder.read_flag();
        let mut tokens = DEFAULTS;
        for (branches, staying) in tokens.iter_mut().zip(&STAYING) {
            for (probability, &staying) in branches.iter_mut().zip(staying) {
                if decoder.read_bool(staying) {
                    *probability = decoder.read_literal(8) as u8;
                }
            }
        }
        let prob_skip_false = decoder.read_flag().then(|| decoder.read_literal(8) as u8);
        if decoder.is_exhausted() {
            return Err(Error::Truncated);
        }
        let strengths = Strengths {
            is_simple,
            sharpness,
            // A frame level of 0 turns the filter off for every segment (9.6).
            levels: if level == 0 { [0; SEGMENTS] } else { segments.levels(level) },
            key_frame_delta,
            subblock_delta,
            is_none: level == 0,
        };
        Ok(Self {
            size,
            macroblocks: (size.0.div_ceil(16), size.1.div_ceil(16)),
            segment_probabilities: segments.probabilities,
            steps: segments.indices(indices.base).map(|base| indices.steps(base)),
            strengths,
            tokens,
            prob_skip_false,
            modes: decoder,
            partitions,
            is_damaged,
        })
    }
}

/// Reads the deltas of the filter level (9.6): the one for key frames, and the one for macroblocks
/// predicted by subblocks. The other deltas apply only to inter frames and are skipped.
fn read_filter_deltas(decoder: &mut BoolDecoder<'_>) -> (i32, i32) {
    let (is_enabled, mut of_frames, mut of_modes) = (decoder.read_flag(), [0; 4], [0; 4]);
    if is_enabled && decoder.read_flag() {
        of_frames = [(); 4].map(|()| decoder.read_optional(6).unwrap_or(0));
        of_modes = [(); 4].map(|()| decoder.read_optional(6).unwrap_or(0));
    }
    let ([key_frame_delta, ..], [subblock_delta, ..]) = (of_frames, of_modes);
    (key_frame_delta, subblock_delta)
}

/// Splits the data after the first partition into the other partitions (9.5). They begin with the
/// lengths of all partitions but the last, in 3 bytes each.
fn partitions(rest: &[u8], count: usize, is_damaged: bool) -> Result<Vec<BoolDecoder<'_>>, Error> {
    let (lengths, mut rest) = rest.split_at_checked((count - 1) * 3).ok_or(Error::Truncated)?;
    let mut partitions = Vec::with_capacity(count);
    for &[l0, l1, l2] in lengths.as_chunks::<3>().0 {
        let length = u32::from_le_bytes([l0, l1, l2, 0]) as usize;
        let (partition, after) = split(rest, length, is_damaged)?;
        partitions.push(BoolDecoder::new(partition));
        rest = after;
    }
    partitions.push(BoolDecoder::new(rest));
    Ok(partitions)
}

/// Splits the first `length` bytes off, or, if the frame is damaged, as many as there are.
fn split(rest: &[u8], length: usize, is_damaged: bool) -> Result<(&[u8], &[u8]), Error> {
    let whole = rest.split_at_checked(length);
    whole.or(is_damaged.then_some((rest, &[][..]))).ok_or(Error::Truncated)
}
