//! PBM, PGM, PPM and PAM (Netpbm's P1 to P7), through the `image` crate's decoder. Samples are
//! taken for sRGB, as most writers mean them, whatever Netpbm's manual says.

use image::ImageDecoder as _;
use image::codecs::pnm::PnmDecoder;

use super::cost::DecodeCost;
use super::decoder::Opened;
use super::file::File;
use super::image_crate::Through;

/// The longest header that is read, comments included, in bytes.
const MAX_HEADER_BYTES: usize = 1 << 16;

/// Bytes that the decoder takes for the lines of the header, in buffers that grow.
const WORKING_BYTES: u64 = MAX_HEADER_BYTES as u64 * 4;

/// Reads the header.
pub(super) fn open(file: File<'_>) -> Opened<'_> {
    let (decoder, watch) = file.header(MAX_HEADER_BYTES, PnmDecoder::new)?;
    let (width, height) = decoder.dimensions();
    file.check_pixels(width, height)?;
    let cost = DecodeCost::of(&decoder, WORKING_BYTES);
    Ok(Box::new(Through::new(file, cost, || Ok(decoder)).watched(watch)))
}
