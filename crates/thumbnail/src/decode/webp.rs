//! WebP. Lossy pictures without alpha or animation are decoded by our own decoder, all others by
//! the `image` crate's. That one trusts the sizes that a file declares, so the file's chunks are
//! walked first; they also provide the profile and EXIF.

pub(super) mod frames;
mod lossy;
mod outline;
mod riff;
mod tables;

use image::ImageDecoder as _;
use image::codecs::webp::WebPDecoder;

use super::cost::DecodeCost;
use super::decoder::Opened;
use super::file::File;
use super::image_crate::{Metadata, Through};
use crate::exif;
use crate::target::Target;
use outline::Outline;

/// What the decoder's own tables take, in bytes.
const FIXED_TABLE_BYTES: u64 = 1 << 18;

/// Walks the chunks, and reads the header of the picture, or of an animation's first frame.
pub(super) fn open<'a>(file: File<'a>, target: &Target<'_>) -> Opened<'a> {
    let outline = Outline::of(&file).ok_or_else(|| file.truncated(None))?;
    // The pictures inside may declare other sizes than the canvas. The decoder notices this only
    // after decoding one.
    let (width, height) = outline.largest;
    file.check_pixels(width, height)?;
    match outline.only_frame {
        Some(frame) => lossy::open(file, &outline, frame, target),
        None => open_other(file, &outline),
    }
}

/// Opens a file that only the `image` crate's decoder can read.
fn open_other<'a>(file: File<'a>, outline: &Outline<'a>) -> Opened<'a> {
    let (width, height) = outline.largest;
    let largest = u64::from(width) * u64::from(height);
    let decoder = WebPDecoder::new(outline.pieces());
    let decoder = decoder.map_err(|error| file.refuse(error, 0))?;
    let (width, height) = decoder.dimensions();
    file.check_pixels(width, height)?;
    let canvas = u64::from(width) * u64::from(height);

    let most = canvas.max(largest);
    let luma_and_chroma = largest * 2;
    let alpha = if outline.has_alpha_chunk { most * 6 } else { 0 };
    // The decoder works in four channels; with alpha, it does so in place.
    let lossless = most * if decoder.color_type().has_alpha() { 2 } else { 5 };
    let lossless = if outline.is_lossless { lossless } else { 0 };
    let composed = if decoder.has_animation() { (canvas + largest) * 4 } else { 0 };
    let working_bytes = (luma_and_chroma + alpha).max(lossless).max(composed)
        + outline.pixel_chunk_bytes
        + outline.code_table_bytes
        + FIXED_TABLE_BYTES;
    let cost =
        DecodeCost { kept_bytes: outline.kept_bytes(), ..DecodeCost::of(&decoder, working_bytes) };
    let metadata =
        Metadata { profile: outline.profile, orientation: exif::orientation(outline.exif) };
    Ok(Box::new(Through::new(file, cost, || Ok(decoder)).with_metadata(metadata)))
}
