//! PBM, PGM, PPM and PAM (Netpbm's P1 to P7), through the `image` crate's decoder. Samples count as
//! sRGB's, which is what everybody writes, whatever Netpbm's manual says.

use std::cell::Cell;

use image::ImageDecoder as _;
use image::codecs::pnm::PnmDecoder;

use super::{Demand, File, Picture};
use crate::error::ThumbnailError;

/// The longest header that is read, comments included, in bytes.
const MAX_HEADER_BYTES: usize = 1 << 16;

/// Tells what decoding takes, and refuses what takes too much.
pub(super) fn demand(file: &File<'_>) -> Result<Demand, ThumbnailError> {
    let has_ended = Cell::new(false);
    let decoder = file.header(MAX_HEADER_BYTES, &has_ended, PnmDecoder::new)?;
    let (width, height) = decoder.dimensions();
    file.check_pixels(width, height)?;
    let color_type = decoder.color_type();
    Ok(Demand {
        width,
        height,
        reduced: None,
        bytes_per_pixel: u64::from(color_type.bytes_per_pixel()),
        has_alpha: color_type.has_alpha(),
        // Lines of the header, which grow into place.
        working_bytes: MAX_HEADER_BYTES as u64 * 4,
        kept_bytes: 0,
    })
}

/// Decodes a file of the PNM family.
pub(super) fn decode(file: &File<'_>, demand: &Demand) -> Result<Picture, ThumbnailError> {
    file.read_watched(demand, &Cell::new(false), PnmDecoder::new)
}
