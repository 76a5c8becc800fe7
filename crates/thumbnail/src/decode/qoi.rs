//! QOI, through the `image` crate's decoder, which holds nothing but the pixels.

use image::codecs::qoi::QoiDecoder;

use super::cost::DecodeCost;
use super::decoder::Opened;
use super::file::File;
use super::image_crate::Through;
use super::watched::Reader;

/// Reads the header.
pub(super) fn open(file: File<'_>) -> Opened<'_> {
    // The QOI specification, version 1.0: magic, width, height, channels, colour space.
    let header = file.source.get(4..).and_then(|rest| rest.first_chunk::<10>());
    let Some(&[w3, w2, w1, w0, h3, h2, h1, h0, channels, _]) = header else {
        return Err(file.truncated(None));
    };
    let width = u32::from_be_bytes([w3, w2, w1, w0]);
    let height = u32::from_be_bytes([h3, h2, h1, h0]);
    file.check_pixels(width, height)?;
    let cost = DecodeCost::new((width, height), u64::from(channels), channels == 4, 1 << 12);
    let (reader, watch) = Reader::new(file.source);
    Ok(Box::new(Through::new(file, cost, || QoiDecoder::new(reader)).watched(watch)))
}
