//! TGA (Truevision's, version 2.0), through the `image` crate's decoder.

use image::codecs::tga::TgaDecoder;

use super::cost::DecodeCost;
use super::decoder::Opened;
use super::file::File;
use super::image_crate::Through;
use super::picture::Picture;

/// Bytes that the decoder takes for a colour map at most: 65,535 entries of 4 bytes, in a buffer
/// that grows.
const COLOR_MAP_BYTES: u64 = 1 << 20;

/// The most bytes before the pixels.
const MAX_HEADER_BYTES: usize = 1 << 19;

/// Reads the header.
pub(super) fn open(file: File<'_>) -> Opened<'_> {
    let header = file.source.get(12..).and_then(|rest| rest.first_chunk::<5>());
    let Some(&[w0, w1, h0, h1, depth]) = header else {
        return Err(file.truncated(None));
    };
    let (width, height) =
        (u32::from(u16::from_le_bytes([w0, w1])), u32::from(u16::from_le_bytes([h0, h1])));
    file.check_pixels(width, height)?;
    let (decoder, watch) = file.header(MAX_HEADER_BYTES, TgaDecoder::new)?;
    // Indices and pixels of 15 or 16 bits are copied before they are expanded.
    let copied = if depth <= 16 { u64::from(depth.div_ceil(8)) } else { 0 };
    let working_bytes = u64::from(width) * u64::from(height) * copied + COLOR_MAP_BYTES;
    let cost = DecodeCost::of(&decoder, working_bytes);
    let through = Through::new(file, cost, || Ok(decoder)).watched(watch);
    // Many writers store 32 bits a pixel, and leave alpha empty.
    Ok(Box::new(through.finished_by(Picture::opaque_if_invisible)))
}
