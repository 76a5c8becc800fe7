//! A JPEG decoder.

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
mod progressive;
mod rows;
mod scan;
mod sequential;
mod transform;

#[cfg(test)]
mod tests;

pub use error::Error;
pub use layout::{Detail, Scale};
pub use rows::Color;

use file::File;
use layout::Layout;
use rows::Rows;

/// A file whose headers were read.
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
        let color = color.ok_or(Error::Unsupported("a picture of two components"))?;
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

    /// What [`Self::decode`] holds at most, in bytes.
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

    /// Decodes the picture at a scale, and gives its rows of pixels from the top down.
    pub fn decode(
        &self,
        scale: Scale,
        detail: Detail,
        mut sink: impl FnMut(&[u8]),
    ) -> Result<(), Error> {
        let layout = Layout::new(&self.file.frame, scale, detail);
        let mut rows = Rows::new(&layout, self.color);
        if self.file.is_one_scan {
            sequential::decode_at_once(&self.file, &layout, &mut rows, &mut sink)
        } else if self.file.frame.is_progressive {
            progressive::decode(&self.file, &layout, &mut rows, &mut sink)
        } else {
            sequential::decode_in_parts(&self.file, &layout, &mut rows, &mut sink)
        }
    }
}
