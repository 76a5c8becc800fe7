//! Radiance HDR, through the `image` crate's decoder. Its samples are amounts of light, as floats.

use image::codecs::hdr::HdrDecoder;
use image::{DynamicImage, ImageDecoder as _};

use super::cost::DecodeCost;
use super::decoder::Opened;
use super::file::File;
use super::image_crate::Through;
use super::picture::Picture;
use super::samples::MAX_LIGHT;

/// The longest header that is read, in bytes.
const MAX_HEADER_BYTES: usize = 1 << 14;

/// Bytes that the decoder keeps of such a header, most of them if its lines have one letter each.
const KEPT_HEADER_BYTES: u64 = 1 << 21;

/// Reads the header.
pub(super) fn open(file: File<'_>) -> Opened<'_> {
    let (decoder, watch) = file.header(MAX_HEADER_BYTES, HdrDecoder::new_nonstrict)?;
    let (width, height) = decoder.dimensions();
    file.check_pixels(width, height)?;
    // A stored row.
    let cost = DecodeCost::of(&decoder, u64::from(width) * 4 + KEPT_HEADER_BYTES);
    let through = Through::new(file, cost, || Ok(decoder)).watched(watch);
    Ok(Box::new(through.finished_by(with_finite_light)))
}

/// Bounds amounts of light, so that their sums stay finite.
fn with_finite_light(mut picture: Picture) -> Picture {
    if let DynamicImage::ImageRgb32F(image) = &mut picture.pixels {
        image.iter_mut().for_each(|sample| *sample = sample.min(MAX_LIGHT));
        picture.is_scene_light = true;
    }
    picture
}
