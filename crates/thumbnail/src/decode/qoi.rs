//! QOI, through the `image` crate's decoder, which holds nothing beside the pixels.

use std::cell::Cell;

use image::codecs::qoi::QoiDecoder;

use super::{Demand, File, Picture};
use crate::error::ThumbnailError;

/// Tells what decoding takes, and refuses what takes too much.
pub(super) fn demand(file: &File<'_>) -> Result<Demand, ThumbnailError> {
    // The QOI specification, version 1.0: magic, width, height, channels, colour space.
    let header = file.source.get(4..).and_then(|rest| rest.first_chunk::<10>());
    let Some(&[w3, w2, w1, w0, h3, h2, h1, h0, channels, _]) = header else {
        return Err(file.truncated(None));
    };
    let width = u32::from_be_bytes([w3, w2, w1, w0]);
    let height = u32::from_be_bytes([h3, h2, h1, h0]);
    file.check_pixels(width, height)?;
    Ok(Demand {
        width,
        height,
        reduced: None,
        bytes_per_pixel: u64::from(channels),
        has_alpha: channels == 4,
        working_bytes: 1 << 12,
        kept_bytes: 0,
    })
}

/// Decodes a QOI file.
pub(super) fn decode(file: &File<'_>, demand: &Demand) -> Result<Picture, ThumbnailError> {
    file.read_watched(demand, &Cell::new(false), QoiDecoder::new)
}
