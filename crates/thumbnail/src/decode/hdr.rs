//! Radiance HDR, through the `image` crate's decoder. Its samples are amounts of light, each a float.

use std::cell::Cell;

use image::codecs::hdr::HdrDecoder;
use image::{DynamicImage, ImageDecoder as _};

use super::{Demand, File, Picture};
use crate::error::ThumbnailError;

/// The longest header that is read, in bytes.
const MAX_HEADER_BYTES: usize = 1 << 14;

/// What the decoder keeps of such a header, most of it for lines of one letter each, in bytes.
const KEPT_HEADER_BYTES: u64 = 1 << 21;

/// The most light that a sample is taken for. The format ends at 2^127, whose sums are infinite.
pub(super) const MAX_LIGHT: f32 = 1e12;

/// Tells what decoding takes, and refuses what takes too much.
pub(super) fn demand(file: &File<'_>) -> Result<Demand, ThumbnailError> {
    let has_ended = Cell::new(false);
    let decoder = file.header(MAX_HEADER_BYTES, &has_ended, HdrDecoder::new_nonstrict)?;
    let (width, height) = decoder.dimensions();
    file.check_pixels(width, height)?;
    Ok(Demand {
        width,
        height,
        reduced: None,
        bytes_per_pixel: u64::from(decoder.color_type().bytes_per_pixel()),
        has_alpha: false,
        // A row as it is stored.
        working_bytes: u64::from(width) * 4 + KEPT_HEADER_BYTES,
        kept_bytes: 0,
    })
}

/// Decodes a Radiance HDR file.
pub(super) fn decode(file: &File<'_>, demand: &Demand) -> Result<Picture, ThumbnailError> {
    let mut picture = file.read_watched(demand, &Cell::new(false), HdrDecoder::new_nonstrict)?;
    if let DynamicImage::ImageRgb32F(image) = &mut picture.pixels {
        image.iter_mut().for_each(|sample| *sample = sample.min(MAX_LIGHT));
        picture.is_scene_light = true;
    }
    Ok(picture)
}
