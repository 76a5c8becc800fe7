//! A decoder of VP8 key frames, the format of lossy WebP pictures. It decodes a frame to its full
//! size, or to half of it in less time. It has no `unsafe` code.
//!
//! It decodes key frames only; an inter frame, which WebP never contains, is
//! [`Error::Unsupported`]. It does not read the WebP container. A frame whose data end early is
//! refused, wherever they end, unless it is opened with [`Decoder::of_damaged`].
//!
//! ```
//! use scaled_vp8::{Decoder, Error, Scale};
//!
//! # let frame = [];
//! # let decode = || -> Result<Vec<u8>, Error> {
//! // `frame` is the content of the `VP8 ` chunk of a WebP file.
//! let decoder = Decoder::new(&frame)?;
//! let mut pixels = Vec::new();
//! decoder.decode(Scale::Half, |row| pixels.extend_from_slice(row))?;
//! # Ok(pixels)
//! # };
//! # assert_eq!(decode(), Err(Error::Truncated));
//! ```
//!
//! # How a key frame works
//!
//! Numbers such as 9.3 are sections of RFC 6386, the specification of VP8.
//!
//! **Planes.** A picture consists of three planes: luma, blue chroma and red chroma. Chroma has
//! half the resolution of luma in each direction ([`rows`]). The picture is divided into
//! *macroblocks* of 16 x 16 luma pixels and 8 x 8 pixels of each chroma. A macroblock is divided
//! into *subblocks* of 4 x 4 pixels.
//!
//! **Prediction.** The decoder works through the macroblocks from left to right and from top to
//! bottom. It first predicts each macroblock from the decoded pixels above it and to its left. A
//! *mode* says how: take their mean, repeat them, or continue their slope ([`predict`]). In areas
//! of much detail, each luma subblock has a mode of its own, which may also follow a slanted line
//! ([`subblocks`]). The encoder has chosen the modes and written them into the file ([`modes`]).
//!
//! **Residue.** The difference between the prediction and the picture is the residue. The encoder
//! transforms the residue of each subblock into 16 coefficients, one for each of 16 cosine waves,
//! from the coarsest to the finest ([`transform`]). The first coefficient, of the flat wave, is the
//! mean of the subblock. The encoder divides coefficients by a *quantizer* step and rounds them:
//! this is where detail is lost ([`quantizer`]). Most coefficients become zero, above all those of
//! fine waves. The rest are written as *tokens* in zigzag order, from coarse to fine, up to the
//! last that is not zero ([`tokens`]). If a macroblock has one luma mode for all of it, the first
//! coefficients of its 16 luma subblocks are transformed once more, into a block of their own
//! called Y2.
//!
//! **Bool decoder.** Headers, modes and tokens are sequences of bools, such as "is this the end of
//! the block?". Encoder and decoder use the same probability for each bool, and a bool with a
//! likely value takes much less than one bit in the file ([`bool_decoder`]). Probabilities depend
//! on what the neighbouring blocks contain. They begin as fixed tables ([`token_probabilities`],
//! [`mode_probabilities`]), and the frame header may change some of them ([`header`]).
//!
//! **Segments.** A macroblock belongs to one of up to four segments, each with its own quantizer
//! and filter strength ([`segments`]).
//!
//! **Partitions.** The first *partition* of a frame contains the header and all modes. Up to eight
//! others contain the tokens; the rows of macroblocks use them in turn ([`macroblocks`]).
//!
//! **Loop filter.** The last step smooths the edges between blocks ([`filter`]), as strongly as the
//! header says ([`filter_strengths`]). It is called the loop filter because a video decoder
//! predicts the next frame from its result. Prediction within a frame uses unfiltered pixels
//! (section 15), so a still picture can also be shown without it.
//!
//! # How it is made fast
//!
//! About two thirds of the time go into the bool decoder, where each bool depends on the one before
//! it. Its state therefore stays in registers, and it loads a word of 64 bits at a time
//! ([`bool_decoder`]). The other steps are arithmetic on small arrays, written as loops that the
//! compiler turns into vector instructions. Rows of pixels are given to the caller as soon as they
//! are complete, so memory does not grow with the height of the picture.
//!
//! At half size, each 2 x 2 luma pixels are averaged, and chroma already has the right resolution.
//! So only a quarter of the pixels is converted to red, green and blue, and nothing is upsampled.
//! The loop filter is left out, because its effect is hardly visible after averaging.

#![allow(rustdoc::private_intra_doc_links, reason = "the modules are where a reader goes on")]

mod bool_decoder;
mod error;
mod filter;
mod filter_strengths;
mod header;
mod macroblocks;
mod mode_probabilities;
mod modes;
mod predict;
mod quantizer;
mod rows;
mod segments;
mod subblocks;
mod token_probabilities;
mod tokens;
mod transform;

pub use error::Error;
pub use rows::Scale;

use filter_strengths::Filtering;
use header::Frame;
use macroblocks::Macroblocks;
use rows::{Form, Rows};

/// A frame whose header has been read.
#[derive(Debug)]
pub struct Decoder<'a> {
    frame: Frame<'a>,
}

impl<'a> Decoder<'a> {
    /// Reads the header of a key frame. `source` is the frame, without a container.
    pub fn new(source: &'a [u8]) -> Result<Self, Error> {
        Ok(Self { frame: Frame::read(source, false)? })
    }

    /// The same for a frame that [`Self::new`] or [`Self::decode`] refused: the rows of macroblocks
    /// that are there get decoded, if there are any, and the others become mid-grey.
    pub fn of_damaged(source: &'a [u8]) -> Result<Self, Error> {
        Ok(Self { frame: Frame::read(source, true)? })
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

    /// The most memory that [`Self::decode`] uses, in bytes. It does not grow with the height of
    /// the picture.
    #[must_use]
    pub fn memory(&self) -> usize {
        const FIXED: usize = 1 << 14;
        let column = Rows::COLUMN_BYTES + Macroblocks::COLUMN_BYTES + size_of::<Filtering>();
        self.frame.macroblocks.0 * column + FIXED
    }

    /// Decodes the picture at a scale. `sink` gets each row of pixels, in red, green and blue, from
    /// top to bottom; there are as many rows as [`Scale::side`] makes of the height. If this
    /// returns an error, rows that `sink` got before may be wrong.
    pub fn decode(&self, scale: Scale, mut sink: impl FnMut(&[u8])) -> Result<(), Error> {
        self.run(scale, Form::Pixels, &mut |_, row| sink(row))
    }

    /// Decodes the picture at half size to luma and chroma. `sink` gets the rows of luma (component
    /// 0), blue chroma (1) and red chroma (2). Luma is 16 for black and 235 for white. Chroma is
    /// 128 where there is no colour, and differs from it by at most 112.
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
        let mut has_ended = false;
        for row in 0..count {
            if !has_ended {
                match macroblocks.read_row(row, &mut rows, &mut filterings) {
                    // What was read of this row may be wrong.
                    Err(_) if frame.is_damaged && row > 0 => has_ended = true,
                    read => read?,
                }
            }
            if has_ended {
                rows.put_grey();
            } else if scale == Scale::Full && !frame.strengths.is_none {
                filter::filter_row(&mut rows, frame.strengths.is_simple, row == 0, &filterings);
            }
            rows.finish(row, count, sink);
        }
        Ok(())
    }
}

#[cfg(doctest)]
#[doc = include_str!("../README.md")]
struct Readme;
