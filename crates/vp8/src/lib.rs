//! A decoder of VP8's key frames, which is what lossy WebP pictures are: to their full size, or to half
//! of it in less time. Safe code alone, and it needs no other crate.
//!
//! Frames that are predicted from others are called [`Error::Unsupported`]; WebP has none. Data that
//! end before the picture does are refused, wherever they end.
//!
//! # How a key frame works
//!
//! References such as 9.3 are to sections of RFC 6386, which describes the format.
//!
//! **The picture** is luma and two chromas, blue and red, the chromas at half the resolution each way
//! ([`rows`]). It is cut into *macroblocks* of 16 x 16 pixels of luma and 8 x 8 of each chroma, and
//! these into *subblocks* of 4 x 4 samples.
//!
//! **Prediction.** Macroblocks come from left to right and from the top down. Each is first predicted
//! from the pixels above and to the left of it, which are there already: as a whole, by their mean,
//! by repeating them, or by carrying their slope on ([`predict`]); or, for luma with much detail, each
//! subblock by itself, along one of several slants as well ([`subblocks`]). The encoder has tried them
//! and says which came closest ([`modes`]).
//!
//! **What prediction missed** is coded as in JPEG: each subblock's differences become 16 coefficients,
//! how much they hold of 16 waves, from the flat one to the finest ([`transform`]). They are divided by
//! steps and rounded ([`quantizer`]): here is where detail is lost. What is left is mostly zero, the more
//! so the finer the wave, and is written coarse to fine, up to the last that is not ([`tokens`]). Of a
//! macroblock predicted as a whole, the 16 flat waves of luma vary little, so that they are transformed
//! once more among themselves.
//!
//! **Entropy coding.** All of it is answers to questions of yes or no, such as "is this the last
//! coefficient?", and both sides know how likely each answer is. A likely answer takes far less than a
//! bit ([`bools`]). The likelihoods depend on what the neighbours hold; most start from fixed tables
//! ([`token_probabilities`], [`mode_probabilities`]), which a frame may change ([`header`]).
//!
//! **The file** has one *partition* with the header and all modes, and up to eight with coefficients,
//! whose rows of macroblocks they take in turn ([`macroblocks`]).
//!
//! **The loop filter** smooths the edges between blocks in the end ([`filter`]). It is called so
//! because the next frames of a film are predicted from what it made. Within a frame prediction takes
//! pixels from before it (section 15), so that in a still picture it is a finish, and no more.
//!
//! # How it is made fast
//!
//! Two thirds of the time go into asking: one question waits for the one before. So the state stays in
//! registers and is refilled by words ([`bools`]). The rest is arithmetic on small arrays, which the
//! compiler does many samples at a time. Rows are given as they are made, so that memory does not
//! grow with height.
//!
//! At half size, squares of 2 x 2 pixels of luma become their mean, and chroma fits as it is, so that a
//! quarter of the pixels is converted and nothing interpolated. The loop filter is left out: what it
//! does to edges is hardly seen in means of pixels from both sides of them.

#![allow(rustdoc::private_intra_doc_links, reason = "the modules are where a reader goes on")]

mod bools;
mod error;
mod filter;
mod header;
mod macroblocks;
mod mode_probabilities;
mod modes;
mod predict;
mod quantizer;
mod rows;
mod subblocks;
mod token_probabilities;
mod tokens;
mod transform;

pub use error::Error;
pub use rows::Scale;

use filter::Filtering;
use header::Frame;
use macroblocks::Macroblocks;
use rows::{Form, Rows};

/// A frame whose header was read.
#[derive(Debug)]
pub struct Decoder<'a> {
    frame: Frame<'a>,
}

impl<'a> Decoder<'a> {
    /// Reads a key frame's header.
    pub fn new(source: &'a [u8]) -> Result<Self, Error> {
        Ok(Self { frame: Frame::read(source)? })
    }

    /// Width in pixels.
    #[must_use]
    #[expect(clippy::cast_possible_truncation, reason = "of 14 bits")]
    pub fn width(&self) -> u32 {
        self.frame.size.0 as u32
    }

    /// Height in pixels.
    #[must_use]
    #[expect(clippy::cast_possible_truncation, reason = "of 14 bits")]
    pub fn height(&self) -> u32 {
        self.frame.size.1 as u32
    }

    /// What [`Self::decode`] holds at most, in bytes. It does not grow with the picture's height.
    #[must_use]
    pub fn memory(&self) -> usize {
        const FIXED: usize = 1 << 14;
        let column = Rows::COLUMN_BYTES + Macroblocks::COLUMN_BYTES + size_of::<Filtering>();
        self.frame.macroblocks.0 * column + FIXED
    }

    /// Decodes the picture at a scale, and gives its rows of pixels, in red, green and blue, from the
    /// top down: as many as [`Scale::side`] makes of its height. Those that were given before an error
    /// is found are not to be relied on.
    pub fn decode(&self, scale: Scale, mut sink: impl FnMut(&[u8])) -> Result<(), Error> {
        self.run(scale, Form::Pixels, &mut |_, row| sink(row))
    }

    /// Decodes the picture at half size without making colours of it, and gives the rows of luma (0),
    /// blue (1) and red (2). Luma is 16 where it is black and 235 where it is white; the chromas are 128
    /// where there is no colour, and 112 more or less at most.
    pub fn decode_planes(&self, mut sink: impl FnMut(usize, &[u8])) -> Result<(), Error> {
        self.run(Scale::Half, Form::Planes, &mut sink)
    }

    fn run(
        &self,
        scale: Scale,
        form: Form,
        sink: &mut dyn FnMut(usize, &[u8]),
    ) -> Result<(), Error> {
        let frame = &self.frame;
        let (columns, count) = frame.macroblocks;
        let mut rows = Rows::new(frame.size, columns, scale, form);
        let mut filterings = vec![Filtering::default(); columns];
        let mut macroblocks = Macroblocks::new(frame);
        for row in 0..count {
            macroblocks.read_row(row, &mut rows, &mut filterings)?;
            if scale == Scale::Full && !frame.strengths.is_none {
                filter::filter_row(&mut rows, frame.strengths.is_simple, row == 0, &filterings);
            }
            rows.finish(row, count, sink);
        }
        Ok(())
    }
}
