//! A JPEG codec for smaller pictures. It has no `unsafe` code.
//!
//! The [`Decoder`] decodes straight to 1/8, 1/4, 3/8, 1/2, 5/8, 3/4 or all of the size, and does
//! only the work that this size needs. The [`Encoder`] takes planes of luma and chroma. The decoder
//! can return such planes, so a photograph becomes a smaller one without a detour through red,
//! green and blue.
//!
//! # What is decoded
//!
//! The decoder reads baseline, extended and progressive pictures with Huffman codes or arithmetic
//! coding, and 8 or 12 bits a sample. They may have one, three or four components with any sampling
//! factors, any number of scans, and restart markers. Of 12 bits, the lowest four are dropped.
//! Lossless and hierarchical pictures are [`Error::Unsupported`]. A file that ends before its
//! picture does is refused, wherever it ends; only the marker at its end may be missing. Without
//! code tables, the standard's hold (`standard`). A block may have more coefficients than fit, as
//! libjpeg allows it.
//!
//! # How JPEG works
//!
//! Numbers such as B.2.3 are clauses of ITU-T T.81, the standard.
//!
//! **Components.** An encoder usually converts red, green and blue to three components: luma, blue
//! chroma and red chroma (`rows`). It often stores chroma at half the resolution of luma
//! (`layout`).
//!
//! **Transform.** Each component is divided into blocks of 8 x 8 samples. The encoder subtracts 128
//! from each sample (the *level shift*) and transforms each block into 64 *coefficients*, one for
//! each of 64 cosine waves, from the coarsest to the finest (`transform`). The first coefficient,
//! of the flat wave, is called DC; it is the mean of the block, times eight. The other 63 are
//! called AC.
//!
//! **Quantization.** The encoder divides each coefficient by a step and rounds it: this is where
//! detail is lost. A *quantization table* contains the 64 steps, and the steps of fine waves are
//! usually larger (`header`). Most coefficients become zero, above all those of fine waves.
//!
//! **Huffman codes.** AC coefficients are written in zigzag order, from coarse to fine. One code
//! stands for a run of zeros together with the number of bits of the coefficient that follows
//! (`huffman`). The bits themselves come after the code. A special code ends the block when only
//! zeros are left. A DC coefficient is written as its difference from the DC coefficient of the
//! block before (`block`).
//!
//! **MCUs.** A scan of several components is a sequence of *minimum coded units* (MCUs), from left
//! to right and from top to bottom (`scan`). An MCU contains the blocks of all these components for
//! one part of the picture: for example, four blocks of luma and one of each chroma. A file may
//! have a marker after every so many MCUs, the *restart interval*, where decoding starts afresh.
//!
//! **Segments.** A file is a sequence of segments, each of which starts with a marker of two bytes
//! (`marker`). They contain quantization tables, code tables, one frame header, and a header for
//! each scan, which is followed by the coded data (`file`, `entropy`). APPn segments contain what
//! applications add, such as EXIF data and ICC profiles (`app_segments`).
//!
//! **Progressive pictures.** In a baseline picture, each block is coded as a whole (`sequential`).
//! In a progressive picture, a scan codes only some coefficients of each block (*spectral
//! selection*) or only some of their bits (*successive approximation*). The first scans are enough
//! for a coarse picture (`progressive`, `coefficients`).
//!
//! **Arithmetic coding** takes the place of Huffman codes in few pictures. It codes the same
//! coefficients as a sequence of decisions, each with a probability that adapts (`arithmetic`). No
//! coefficient can be passed over, and all that the scale needs are held.
//!
//! # How less of it is read
//!
//! At 1/8 of the size, each block becomes one pixel: its mean, which the DC coefficient gives. At
//! 1/4, a block becomes 2 x 2 pixels and needs the 2 x 2 coarsest waves; at 3/8 it needs the 3 x 3
//! coarsest, and at 1/2 the 4 x 4 coarsest. These are among the first 5, 13 and 25 coefficients in
//! zigzag order.
//!
//! The decoder must still pass over the other coefficients of a block to find the next block, and
//! this is most of the work. It therefore looks up 13 bits at a time: a table says how many bits
//! and coefficients the codes in them take, and whether the block ends (`huffman`). In a
//! progressive picture, it skips a scan that contains no needed coefficients: it only searches for
//! the next marker.
//!
//! # Upsampling
//!
//! A component of lower resolution must be upsampled to the resolution of the pixels. A reduced
//! picture can often do without this: the decoder transforms the blocks of such a component to
//! more samples than those of the others. [`Detail`] says whether this is wanted.
//!
//! # How it is encoded
//!
//! The [`Encoder`] takes planes of luma and chroma, so it converts no colours. It transforms each
//! block with the method of Arai, Agui and Nakajima (AAN). This method leaves each coefficient
//! multiplied by a constant, and the division by the quantization step removes that constant too.
//! The coefficients become *tokens*: a byte to be coded, and the bits that follow its code. When
//! all tokens are known, each scan gets Huffman codes made for it. A progressive picture has one
//! scan for the DC coefficients of all components, then one for the AC coefficients of each.

#![allow(rustdoc::private_intra_doc_links, reason = "the modules are where a reader goes on")]

mod decode;
mod encode;
mod planes;
mod zigzag;

pub use decode::{Color, Decoder, Detail, Error, Scale};
pub use encode::{EncodeError, Encoder};
pub use planes::{Chroma, Plane, Planes};

#[cfg(doctest)]
#[doc = include_str!("../README.md")]
struct Readme;
