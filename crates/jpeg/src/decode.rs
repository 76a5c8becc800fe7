//! The decoder. A file passes through its parts in this order: segments, layout at a scale, scans,
//! rows. The documentation of the crate explains how JPEG works.

mod app_segments;
mod arithmetic;
mod bits;
mod block;
mod coefficients;
mod entropy;
mod error;
mod file;
mod header;
mod huffman;
mod layout;
mod marker;
mod pairs;
mod progressive;
mod rows;
mod scan;
mod sequential;
mod standard;
mod transform;

pub use error::Error;
pub use layout::{Detail, Scale};
pub use rows::Color;

use crate::planes::Plane;
use file::File;
use layout::Layout;
use rows::Rows;

/// A file whose headers have been read.
///
/// ```
/// use scaled_jpeg::{Decoder, Detail, Scale};
///
/// # fn main() -> Result<(), Box<dyn std::error::Error>> {
/// # let planes = scaled_jpeg::Planes::of_grey(100, 50, vec![90; 5000]);
/// # let file = scaled_jpeg::Encoder::default().encode(&planes)?;
/// let decoder = Decoder::new(&file)?;
/// let mut pixels = Vec::new();
/// decoder.decode(Scale::Quarter, Detail::Full, |row| pixels.extend_from_slice(row))?;
/// assert_eq!((decoder.width(), decoder.height()), (100, 50));
/// assert_eq!(pixels.len(), 25 * 13);
/// # Ok(())
/// # }
/// ```
#[derive(Debug)]
pub struct Decoder<'a> {
    file: File<'a>,
    color: Color,
}

impl<'a> Decoder<'a> {
    /// Reads the headers of a file: up to its first scan, or to its end if it has several scans.
    pub fn new(source: &'a [u8]) -> Result<Self, Error> {
        Self::of(File::read(source, false)?)
    }

    /// The same for a file that [`Self::new`] or [`Self::decode`] refused: as much of its picture as
    /// there is gets decoded, if that is a row of MCUs at least. What is missing becomes mid-grey, or
    /// remains coarse. Decoding goes on after the next restart marker, if there is one.
    pub fn of_damaged(source: &'a [u8]) -> Result<Self, Error> {
        Self::of(File::read(source, true)?)
    }

    fn of(file: File<'a>) -> Result<Self, Error> {
        let color = file.app_segments.color(&file.frame);
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

    /// The colours that the components stand for.
    #[must_use]
    pub fn color(&self) -> Color {
        self.color
    }

    /// The EXIF data: a TIFF structure.
    #[must_use]
    pub fn exif(&self) -> Option<&'a [u8]> {
        self.file.app_segments.exif
    }

    /// The ICC profile, if all its parts are present.
    #[must_use]
    pub fn profile(&self) -> Option<Vec<u8>> {
        self.file.app_segments.profile()
    }

    /// The number of bytes in APPn segments.
    #[must_use]
    pub fn metadata_bytes(&self) -> usize {
        self.file.app_segments.bytes
    }

    /// How many scans the picture is decoded from.
    #[must_use]
    pub fn scans(&self) -> usize {
        self.file.scans().count()
    }

    /// Whether coding is arithmetic: then each coefficient of a block takes time, even if hardly a
    /// bit tells of it.
    #[must_use]
    pub fn is_arithmetic(&self) -> bool {
        self.file.frame.is_arithmetic
    }

    /// The number of blocks of 8 x 8 samples in the picture.
    #[must_use]
    pub fn blocks(&self) -> usize {
        let layout = Layout::new(&self.file.frame, Scale::Eighth, Detail::Coarse);
        let blocks = layout.planes.iter().map(|plane| plane.stride * plane.rows(&layout));
        blocks.sum()
    }

    /// The most memory that [`Self::decode`] uses, in bytes. It grows with the height of the
    /// picture only if there are several scans.
    #[must_use]
    pub fn memory(&self, scale: Scale, detail: Detail) -> usize {
        const FIXED: usize = 1 << 18;
        let layout = Layout::new(&self.file.frame, scale, detail);
        let of_plane = |plane: &layout::Plane| plane.stride * plane.rows(&layout);
        let held: usize = if self.file.frame.holds_coefficients() {
            let coefficients_to_read = progressive::coefficients_to_read(&self.file, &layout);
            let planes = layout.planes.iter().zip(coefficients_to_read);
            planes
                .map(|(plane, to_read)| {
                    let blocks = of_plane(plane) / (plane.block.width * plane.block.height);
                    let history = if to_read > 1 { 8 } else { 0 };
                    blocks * (plane.block.coefficients() * 2 + history)
                })
                .sum()
        } else if self.file.is_one_scan {
            0
        } else {
            layout.planes.iter().map(of_plane).sum()
        };
        held + Rows::memory(&layout) + self.file.parts.len() * 256 + FIXED
    }

    /// Decodes the picture at a scale. `sink` gets each row of pixels, from top to bottom; there
    /// are as many rows as [`Scale::side`] makes of the height. If this returns an error, rows that
    /// `sink` got before may be wrong.
    pub fn decode(
        &self,
        scale: Scale,
        detail: Detail,
        mut sink: impl FnMut(&[u8]),
    ) -> Result<(), Error> {
        let layout = Layout::new(&self.file.frame, scale, detail);
        self.run(&layout, Some(self.color), &mut |_, row| sink(row))
    }

    /// Decodes the picture at a scale to planes, one for each component, without upsampling or
    /// converting colours. It uses as much memory as [`Self::memory`] says, and the planes.
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
                extent: plane.extent(&layout, pixels),
            })
            .collect();
        self.run(&layout, None, &mut |component, row| {
            if let Some(plane) = planes.get_mut(component) {
                plane.samples.extend_from_slice(row);
            }
        })?;
        Ok(planes)
    }

    /// Decodes the picture in this layout, to pixels or, if there is no `color`, to the samples of
    /// each component.
    fn run(
        &self,
        layout: &Layout,
        color: Option<Color>,
        sink: &mut dyn FnMut(usize, &[u8]),
    ) -> Result<(), Error> {
        let mut rows = Rows::new(layout, color);
        if self.file.frame.holds_coefficients() {
            progressive::decode(&self.file, layout, &mut rows, sink)
        } else if self.file.is_one_scan {
            sequential::decode_at_once(&self.file, layout, &mut rows, sink)
        } else {
            sequential::decode_in_parts(&self.file, layout, &mut rows, sink)
        }
    }
}
