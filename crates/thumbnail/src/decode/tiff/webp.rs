//! WebP in strips and tiles: each is a file, which the decoder of such files reads. Lossless ones
//! are what GDAL writes, and lossy ones have no other colours.

use super::pieces::Pieces;
use crate::decode::file::File;
use crate::decode::{decoder::Decode, webp};
use crate::error::ThumbnailError;
use crate::target::Target;

/// Bytes that decoding a strip or tile takes. Refuses one with other sides than it should have.
pub(super) fn memory(
    file: &File<'_>,
    coded: &[u8],
    pieces: &Pieces,
) -> Result<u64, ThumbnailError> {
    let cost = *open(file, coded)?.cost();
    let is_larger = cost.width > pieces.width || cost.height > pieces.height;
    if is_larger || cost.width < pieces.width {
        return Err(file.corrupt("a WebP of another size than its strip or tile"));
    }
    // Samples are copied where the file has no alpha, and the strip does.
    Ok(cost.pixel_bytes().saturating_mul(2).saturating_add(cost.working_bytes))
}

/// Decodes a strip or tile with `count` samples a pixel.
pub(super) fn decode(
    file: &File<'_>,
    coded: &[u8],
    count: usize,
) -> Result<Vec<u8>, ThumbnailError> {
    let pixels = open(file, coded)?.decode()?.pixels;
    match count {
        3 => Ok(pixels.into_rgb8().into_raw()),
        4 => Ok(pixels.into_rgba8().into_raw()),
        _ => Err(file.unsupported(format!("a WebP for {count} samples a pixel"))),
    }
}

fn open<'a>(file: &File<'a>, coded: &'a [u8]) -> Result<Box<dyn Decode + 'a>, ThumbnailError> {
    webp::open(File { source: coded, ..*file }, &Target::everything())
}
