//! A JPEG decoder.

mod bits;
mod entropy;
mod error;
mod file;
mod header;
mod huffman;
mod labels;
mod layout;
mod marker;
mod picture;
mod progressive;
mod rows;
mod sequential;
mod transform;

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
    /// Reads a file's headers.
    pub fn new(source: &'a [u8]) -> Result<Self, Error> {
        let file = File::read(source)?;
        let color = file
            .labels
            .color(&file.frame)
            .ok_or(Error::Unsupported("a picture of two components"))?;
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

    /// Decodes the picture at a scale, and gives its rows of pixels from the top down.
    pub fn decode(
        &self,
        scale: Scale,
        detail: Detail,
        mut sink: impl FnMut(&[u8]),
    ) -> Result<(), Error> {
        let layout = Layout::new(&self.file.frame, scale, detail);
        let rows = Rows::new(&layout, self.color);
        picture::decode(&self.file, &layout, rows, &mut sink)
    }
}
