//! BMP, through the `image` crate's decoder, which reads nothing but the header until it is asked
//! for pixels.

use std::io::Cursor;

use image::ImageDecoder as _;
use image::codecs::bmp::BmpDecoder;

use super::{Demand, File, Picture};
use crate::error::ThumbnailError;

/// Tells what decoding takes, and refuses what takes too much.
pub(super) fn demand(file: &File<'_>) -> Result<Demand, ThumbnailError> {
    let decoder = BmpDecoder::new(Cursor::new(file.source));
    let decoder = decoder.map_err(|error| file.refuse(error, 0))?;
    let (width, height) = decoder.dimensions();
    file.check_pixels(width, height)?;
    let color_type = decoder.color_type();
    Ok(Demand {
        width,
        height,
        reduced: None,
        bytes_per_pixel: u64::from(color_type.bytes_per_pixel()),
        has_alpha: color_type.has_alpha(),
        // A row as it is stored.
        working_bytes: u64::from(width) * 8,
        kept_bytes: 0,
    })
}

/// Decodes a BMP file.
pub(super) fn decode(file: &File<'_>, demand: &Demand) -> Result<Picture, ThumbnailError> {
    // Many a writer declares alpha and leaves it empty.
    let picture = file.read(BmpDecoder::new(Cursor::new(file.source)), demand, None)?;
    Ok(picture.opaque_if_invisible())
}
