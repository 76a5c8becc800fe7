//! Pixels of a BMP in runs of 4 or 8 bits a pixel ("Bitmap Compression"). Pixels that are left out
//! have the palette's first colour: short rows, those that are jumped over, and what follows an
//! early end.

use super::header::Header;
use crate::decode::cost::DecodeCost;
use crate::decode::decoder::{Decode, Opened};
use crate::decode::file::File;
use crate::decode::picture::{Picture, image_of};
use crate::error::ThumbnailError;

/// A picture in runs, whose header was checked.
struct Runs<'a> {
    file: File<'a>,
    data: &'a [u8],
    colors: [[u8; 3]; 256],
    has_nibbles: bool,
    is_from_top: bool,
    cost: DecodeCost,
}

/// Checks the header of a picture in runs.
pub(super) fn open<'a>(file: File<'a>, header: &Header<'a>) -> Opened<'a> {
    let size = (header.width, header.height);
    file.check_pixels(size.0, size.1)?;
    if header.planes != 1 {
        return Err(file.corrupt(format!("{} planes", header.planes)));
    }
    Ok(Box::new(Runs {
        file,
        data: header.data,
        colors: header.colors(),
        has_nibbles: header.nibbles() == Some(true),
        is_from_top: header.is_from_top,
        cost: DecodeCost::new(size, 3, false, 0),
    }))
}

impl Decode for Runs<'_> {
    fn cost(&self) -> &DecodeCost {
        &self.cost
    }

    fn decode(self: Box<Self>) -> Result<Picture, ThumbnailError> {
        let size = (self.cost.width, self.cost.height);
        let (width, height) = (size.0 as usize, size.1 as usize);
        let [first, ..] = self.colors;
        let mut pixels = first.repeat(width * height);
        let drawn = self.draw(pixels.as_chunks_mut().0, width, height);
        drawn.ok_or_else(|| self.file.truncated(None))?;
        let pixels = image_of(3, size, pixels).ok_or_else(|| self.file.truncated(None))?;
        Ok(Picture::of(pixels))
    }
}

impl Runs<'_> {
    /// `None` if the data ends before the picture does.
    fn draw(&self, pixels: &mut [[u8; 3]], width: usize, height: usize) -> Option<()> {
        let mut data = self.data;
        let (mut x, mut y) = (0_usize, 0_usize);
        while y < height {
            let row = if self.is_from_top { y } else { height - 1 - y };
            let row = pixels.chunks_exact_mut(width).nth(row).unwrap_or_default();
            let Some((&[count, value], rest)) = data.split_first_chunk() else {
                // Some writers leave out the code for the end.
                return (y + 1 == height && x >= width).then_some(());
            };
            data = rest;
            let rest_of_row = row.get_mut(x..).unwrap_or_default();
            match (count, value) {
                (0, 0) => (x, y) = (0, y + 1),
                (0, 1) => return Some(()),
                (0, 2) => {
                    let (&[right, down], rest) = data.split_first_chunk()?;
                    (x, y) = (x + usize::from(right), y + usize::from(down));
                    data = rest;
                }
                (0, count) => {
                    let count = usize::from(count);
                    let bytes = if self.has_nibbles { count.div_ceil(2) } else { count };
                    let (stored, rest) = data.split_at_checked(bytes)?;
                    if self.has_nibbles {
                        let nibbles = stored.iter().flat_map(|byte| [byte >> 4, byte & 15]);
                        self.put(rest_of_row, nibbles.take(count));
                    } else {
                        self.put(rest_of_row, stored.iter().copied());
                    }
                    x += count;
                    // They end at an even byte.
                    data = rest.get(bytes % 2..).unwrap_or_default();
                }
                (count, value) => {
                    let count = usize::from(count);
                    let pair = if self.has_nibbles { [value >> 4, value & 15] } else { [value; 2] };
                    self.put(rest_of_row, pair.into_iter().cycle().take(count));
                    x += count;
                }
            }
        }
        Some(())
    }

    /// Writes the colours of indices. What lies beyond the row is dropped.
    fn put(&self, pixels: &mut [[u8; 3]], indices: impl Iterator<Item = u8>) {
        for (pixel, index) in pixels.iter_mut().zip(indices) {
            *pixel = self.colors.get(usize::from(index)).copied().unwrap_or_default();
        }
    }
}
