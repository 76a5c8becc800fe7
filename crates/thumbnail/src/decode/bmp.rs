//! BMP, through the `image` crate's decoder, which reads only the header until pixels are
//! requested.

use std::io::Cursor;

use image::ImageDecoder as _;
use image::codecs::bmp::BmpDecoder;

use super::cost::DecodeCost;
use super::decoder::Opened;
use super::file::File;
use super::image_crate::Through;
use super::picture::Picture;

/// Reads the header.
pub(super) fn open(file: File<'_>) -> Opened<'_> {
    let decoder = BmpDecoder::new(Cursor::new(file.source));
    let decoder = decoder.map_err(|error| file.refuse(error, 0))?;
    let (width, height) = decoder.dimensions();
    file.check_pixels(width, height)?;
    // A stored row.
    let cost = DecodeCost::of(&decoder, u64::from(width) * 8);
    // Many writers declare alpha and leave it empty.
    let through = Through::new(file, cost, || Ok(decoder));
    Ok(Box::new(through.finished_by(Picture::opaque_if_invisible)))
}
