//! A JPEG codec for smaller pictures. The [`Decoder`] decodes straight to an eighth, a quarter, three
//! eighths, a half, five eighths or three quarters of the size, and does only the work which that size
//! takes. The [`Encoder`] takes planes of luma and chroma, which the decoder also gives, so that a
//! photograph becomes a smaller one without a detour through red, green and blue. Both are safe Rust.
//!
//! # What is decoded
//!
//! Baseline, extended and progressive pictures with Huffman codes, of 8 bits a sample; one, three or
//! four components, sampled in any way; in any number of scans, with restart markers or without. All
//! else is called [`Error::Unsupported`]: arithmetic coding, lossless and hierarchical pictures, and
//! 12 bits a sample. A file that ends before its picture does is refused, wherever it ends.
//!
//! # How JPEG works
//!
//! References such as B.2.3 are to clauses of ITU-T T.81, the standard.
//!
//! **Coding a picture.** Red, green and blue become luma and two chromas (`rows`), of which the
//! chromas are often stored at half the resolution (`layout`). Each component is cut into blocks of
//! 8 x 8 samples, and each block becomes 64 coefficients: how much it holds of 64 cosine waves, from
//! the flat one to the finest (`transform`). The first is called DC, the others AC. They are divided
//! by steps, coarser ones for finer waves, and rounded (`header`): here is where detail is lost. What
//! is left is mostly zero, the more so the finer the wave. So coefficients are written in zigzag order,
//! coarse to fine, as runs of zeros and what ends them, in Huffman codes (`huffman`); DC as the
//! difference to the block before (`block`).
//!
//! **The file** is a row of segments, each with a marker of two bytes before it (`marker`): tables of
//! steps and of codes, one frame header, and for each scan a header with coded data behind it
//! (`file`, `entropy`). A *baseline* picture tells all of a block at once (`sequential`). A
//! *progressive* one tells some coefficients of all blocks in each scan, or some bits of them, so that
//! it shows coarsely before all of it has come (`progressive`, `coefficients`).
//!
//! **MCUs.** Blocks are coded in minimum coded units (MCUs) of, say, four blocks of luma and
//! one of each chroma, which cover the same part of the picture, from left to right and from the top
//! down (`scan`).
//!
//! # How less of it is read
//!
//! A picture of an eighth of the size has one pixel for each block: its mean, which is the DC
//! coefficient. One of a quarter takes the 2 x 2 coarsest waves, one of three eighths the 3 x 3
//! coarsest, one of a half the 4 x 4 coarsest, which are among the first 5, 13 and 25 of the zigzag. What comes after these in a block must be passed
//! over to find the next, and that is most of the work: code tables tell of all the codes in the next
//! 13 bits at once, how far they lead and whether the block ends (`huffman`). Of a progressive
//! picture, scans of coefficients that are not needed are passed over at the speed of a search for the
//! next marker.
//!
//! # How it is encoded
//!
//! The [`Encoder`] takes planes of luma and chroma, so that nothing is converted. Blocks are transformed
//! by the AAN transform, whose scale factors are merged into the quantizer. Their coefficients become
//! tokens. When all tokens are known, each scan gets Huffman codes made for it.
//!
//! # Upsampling
//!
//! A component that is sampled less than others is transformed to larger blocks, so that it need not be
//! interpolated; unless that detail is not asked for ([`Detail`]).

#![allow(rustdoc::private_intra_doc_links, reason = "the modules are where a reader goes on")]

mod decode;
mod encode;
mod planes;
mod zigzag;

pub use decode::{Color, Decoder, Detail, Error, Scale};
pub use encode::{EncodeError, Encoder};
pub use planes::{Chroma, Plane, Planes};
