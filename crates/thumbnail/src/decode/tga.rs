//! TGA (Truevision's, version 2.0), through the `image` crate's decoder.

use std::cell::Cell;

use image::ImageDecoder as _;
use image::codecs::tga::TgaDecoder;

use super::{Demand, File, Picture};
use crate::error::ThumbnailError;

/// What the decoder holds of colour maps at most, in bytes: 65,535 of 4 bytes, grown into place.
const COLOUR_MAP_BYTES: u64 = 1 << 20;

/// The longest that everything before the pixels can be, in bytes.
const MAX_HEADER_BYTES: usize = 1 << 19;

/// Tells what decoding takes, and refuses what takes too much.
pub(super) fn demand(file: &File<'_>) -> Result<Demand, ThumbnailError> {
    let header = file.source.get(12..).and_then(|rest| rest.first_chunk::<5>());
    let Some(&[w0, w1, h0, h1, depth]) = header else {
        return Err(file.truncated(None));
    };
    let (width, height) =
        (u32::from(u16::from_le_bytes([w0, w1])), u32::from(u16::from_le_bytes([h0, h1])));
    file.check_pixels(width, height)?;
    let has_ended = Cell::new(false);
    let decoder = file.header(MAX_HEADER_BYTES, &has_ended, TgaDecoder::new)?;
    let color_type = decoder.color_type();
    // Indices and pixels of 15 or 16 bits are copied before they are spread out.
    let copied = if depth <= 16 { u64::from(depth.div_ceil(8)) } else { 0 };
    Ok(Demand {
        width,
        height,
        reduced: None,
        bytes_per_pixel: u64::from(color_type.bytes_per_pixel()),
        has_alpha: color_type.has_alpha(),
        working_bytes: u64::from(width) * u64::from(height) * copied + COLOUR_MAP_BYTES,
        kept_bytes: 0,
    })
}

/// Decodes a TGA file.
pub(super) fn decode(file: &File<'_>, demand: &Demand) -> Result<Picture, ThumbnailError> {
    // Many a writer has 32 bits a pixel and leaves the last 8 empty.
    Ok(file.read_watched(demand, &Cell::new(false), TgaDecoder::new)?.opaque_if_invisible())
}
