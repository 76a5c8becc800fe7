//! A JPEG decoder that decodes straight to a half, three eighths, a quarter or an eighth of a picture's
//! size, and to some more, reading no more of it than that takes. Safe code alone; of other crates it needs `memchr` only.
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
//! **Coding a picture.** Red, green and blue become luma and two chromas ([`rows`]), of which the
//! chromas are often stored at half the resolution ([`layout`]). Each component is cut into blocks of
//! 8 x 8 samples, and each block becomes 64 coefficients: how much it holds of 64 cosine waves, from
//! the flat one to the finest ([`transform`]). The first is called DC, the others AC. They are divided
//! by steps, coarser ones for finer waves, and rounded ([`header`]): here is where detail is lost. What
//! is left is mostly zero, the more so the finer the wave. So coefficients are written in zigzag order,
//! coarse to fine, as runs of zeros and what ends them, in Huffman codes ([`huffman`]); DC as the
//! difference to the block before ([`block`]).
//!
//! **The file** is a row of segments, each with a marker of two bytes before it ([`marker`]): tables of
//! steps and of codes, one frame header, and for each scan a header with coded data behind it
//! ([`mod@file`], [`entropy`]). A *baseline* picture tells all of a block at once ([`sequential`]). A
//! *progressive* one tells some coefficients of all blocks in each scan, or some bits of them, so that
//! it shows coarsely before all of it has come ([`progressive`], [`coefficients`]).
//!
//! **Coded units.** Blocks are coded in units (MCU in the standard) of, say, four blocks of luma and
//! one of each chroma, which cover the same part of the picture, from left to right and from the top
//! down ([`scan`]).
//!
//! # How less of it is read
//!
//! A picture of an eighth of the size has one pixel for each block: its mean, which is the DC
//! coefficient. One of a quarter takes the 2 x 2 coarsest waves, one of three eighths the 3 x 3
//! coarsest, one of a half the 4 x 4 coarsest, which are among the first 5, 13 and 25 of the zigzag. What comes after these in a block must be passed
//! over to find the next, and that is most of the work: code tables tell of all the codes in the next
//! 13 bits at once, how far they lead and whether the block ends ([`huffman`]). Of a progressive
//! picture, scans of coefficients that are not needed are passed over at the speed of a search for the
//! next marker.
//!
//! A component that is sampled less than others is transformed to larger blocks, so that it need not be
//! interpolated; unless that detail is not asked for ([`Detail`]).

#![allow(rustdoc::private_intra_doc_links, reason = "the modules are where a reader goes on")]

mod bits;
mod block;
mod coefficients;
mod entropy;
mod error;
mod file;
mod header;
mod huffman;
mod labels;
mod layout;
mod marker;
mod pairs;
mod progressive;
mod rows;
mod scan;
mod sequential;
mod transform;

#[cfg(test)]
mod tests;

pub use error::Error;
pub(crate) use header::ZIGZAG;
pub use layout::{Detail, Scale};
pub use rows::Color;

use file::File;
use layout::Layout;
use rows::Rows;

/// The samples of one component, row by row.
#[derive(Debug, Clone, PartialEq)]
pub struct Plane {
    /// Samples in a row.
    pub width: usize,
    /// Rows.
    pub height: usize,
    /// All samples.
    pub samples: Vec<u8>,
    /// How many samples the picture is wide and high: the last ones may be there in part only.
    pub reach: (f64, f64),
}

impl Plane {
    /// A plane whose samples are all there in whole.
    #[must_use]
    #[expect(clippy::cast_precision_loss, reason = "sides of pictures")]
    pub fn whole(width: usize, height: usize, samples: Vec<u8>) -> Self {
        Self { width, height, samples, reach: (width as f64, height as f64) }
    }
}

/// A file whose headers were read.
///
/// ```
/// use s3_thumbnailer::jpeg::{Decoder, Detail, Scale};
///
/// # fn main() -> Result<(), s3_thumbnailer::jpeg::Error> {
/// # let file = support::pictures::photo_jpeg(100, 50, 1);
/// let decoder = Decoder::new(&file)?;
/// let mut pixels = Vec::new();
/// decoder.decode(Scale::Quarter, Detail::Full, |row| pixels.extend_from_slice(row))?;
/// assert_eq!((decoder.width(), decoder.height()), (100, 50));
/// assert_eq!(pixels.len(), 25 * 13 * 3);
/// # Ok(())
/// # }
/// ```
#[derive(Debug)]
pub struct Decoder<'a> {
    file: File<'a>,
    color: Color,
}

impl<'a> Decoder<'a> {
    /// Reads a file's headers: up to its first scan, or where it has several, up to its end.
    pub fn new(source: &'a [u8]) -> Result<Self, Error> {
        let file = File::read(source)?;
        let color = file.labels.color(&file.frame);
        let color = color.ok_or(Error::Unsupported("two components"))?;
        Ok(Self { file, color })
    }

    /// Width in pixels.
    #[must_use]
    pub fn width(&self) -> u32 {
        u32::from(self.file.frame.width)
    }

    /// Height in pixels.
    #[must_use]
    pub fn height(&self) -> u32 {
        u32::from(self.file.frame.height)
    }

    /// What the components are.
    #[must_use]
    pub fn color(&self) -> Color {
        self.color
    }

    /// Whether there is an Adobe segment, whose writers store inks inverted.
    #[must_use]
    pub fn is_adobe(&self) -> bool {
        self.file.labels.adobe.is_some()
    }

    /// The EXIF data: a TIFF structure.
    #[must_use]
    pub fn exif(&self) -> Option<&'a [u8]> {
        self.file.labels.exif
    }

    /// The ICC profile, where all of it is there.
    #[must_use]
    pub fn profile(&self) -> Option<Vec<u8>> {
        self.file.labels.profile()
    }

    /// Bytes in application segments.
    #[must_use]
    pub fn metadata_bytes(&self) -> usize {
        self.file.labels.bytes
    }

    /// How many scans the picture is decoded from.
    #[must_use]
    pub fn scans(&self) -> usize {
        self.file.scans().count()
    }

    /// How many blocks of 8 x 8 samples it has.
    #[must_use]
    pub fn blocks(&self) -> usize {
        let layout = Layout::new(&self.file.frame, Scale::Eighth, Detail::Coarse);
        let blocks = layout.planes.iter().map(|plane| plane.stride * plane.rows(&layout));
        blocks.sum()
    }

    /// What [`Self::decode`] holds at most, in bytes. Only for pictures in several scans does it grow
    /// with their height.
    #[must_use]
    pub fn memory(&self, scale: Scale, detail: Detail) -> usize {
        const FIXED: usize = 1 << 18;
        let layout = Layout::new(&self.file.frame, scale, detail);
        let of_plane = |plane: &layout::Plane| plane.stride * plane.rows(&layout);
        let held: usize = if self.file.is_one_scan {
            0
        } else if self.file.frame.is_progressive {
            let reaches = progressive::reaches(&self.file, &layout);
            let planes = layout.planes.iter().zip(reaches);
            planes
                .map(|(plane, reach)| {
                    let blocks = of_plane(plane) / (plane.block.width * plane.block.height);
                    let history = if reach > 1 { 8 } else { 0 };
                    blocks * (plane.block.coefficients() * 2 + history)
                })
                .sum()
        } else {
            layout.planes.iter().map(of_plane).sum()
        };
        held + Rows::memory(&layout) + self.file.parts.len() * 256 + FIXED
    }

    /// Decodes the picture at a scale, and gives its rows of pixels from the top down: as many as
    /// [`Scale::side`] makes of its height. Those that were given before an error is found are not to
    /// be relied on.
    pub fn decode(
        &self,
        scale: Scale,
        detail: Detail,
        mut sink: impl FnMut(&[u8]),
    ) -> Result<(), Error> {
        let layout = Layout::new(&self.file.frame, scale, detail);
        self.run(&layout, Some(self.color), |_, row| sink(row))
    }

    /// Decodes the picture at a scale to its components, each at the resolution that it is stored in:
    /// luma and chroma are not made to colours. Takes what [`Self::memory`] says, and the planes.
    pub fn decode_planes(&self, scale: Scale) -> Result<Vec<Plane>, Error> {
        let layout = Layout::new(&self.file.frame, scale, Detail::Coarse);
        let pixels = (f64::from(self.width()), f64::from(self.height()));
        let mut planes: Vec<Plane> = layout
            .planes
            .iter()
            .map(|plane| Plane {
                width: plane.size.0,
                height: plane.size.1,
                samples: Vec::with_capacity(plane.size.0 * plane.size.1),
                reach: plane.reach(&layout, pixels),
            })
            .collect();
        self.run(&layout, None, |component, row| {
            if let Some(plane) = planes.get_mut(component) {
                plane.samples.extend_from_slice(row);
            }
        })?;
        Ok(planes)
    }

    /// Decodes the picture as it is laid out, to pixels of a colour or to the samples of each
    /// component.
    fn run(
        &self,
        layout: &Layout,
        color: Option<Color>,
        mut sink: impl FnMut(usize, &[u8]),
    ) -> Result<(), Error> {
        let mut rows = Rows::new(layout, color);
        if self.file.is_one_scan {
            sequential::decode_at_once(&self.file, layout, &mut rows, &mut sink)
        } else if self.file.frame.is_progressive {
            progressive::decode(&self.file, layout, &mut rows, &mut sink)
        } else {
            sequential::decode_in_parts(&self.file, layout, &mut rows, &mut sink)
        }
    }
}
