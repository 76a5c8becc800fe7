//! TIFF, through the `image` crate's decoder, which believes what a directory says about strips and
//! tiles, and what a JPEG inside one says about itself. So the first directory is checked first.

mod directory;

use std::io::Cursor;

use image::ImageDecoder as _;
use image::codecs::tiff::TiffDecoder;

use super::jpeg::outline::Outline;
use super::{Demand, File, Picture};
use crate::thumbnail::error::ThumbnailError;
use directory::{Directory, Pieces};

/// The longest that the decoder lets one entry of the directory be, in bytes.
const MAX_VALUE_BYTES: u64 = 1 << 20;

/// The most strips or tiles: each takes a decompressor of its own. Tiles of 16 x 16 pixels, the
/// smallest there are, come to this number in a picture of 268 megapixels.
const MAX_PIECES: u64 = 1 << 20;

/// What tiles may add to a small picture, in pixels: the largest ones in use are half this.
const PADDING_PIXELS: u64 = 1 << 21;

/// What a decompressor holds, in bytes.
const DECOMPRESSOR_BYTES: u64 = 1 << 18;

/// Tells what decoding takes, and refuses what takes too much.
pub(super) fn demand(file: &File<'_>) -> Result<Demand, ThumbnailError> {
    let decoder = TiffDecoder::new(Cursor::new(file.source));
    let decoder = decoder.map_err(|error| file.refuse(error, MAX_VALUE_BYTES))?;
    let (width, height) = decoder.dimensions();
    file.check_pixels(width, height)?;
    let color_type = decoder.color_type();
    drop(decoder);

    let directory = Directory::of(file.source).ok_or_else(|| ambiguous(file))?;
    let pieces = directory.pieces((width, height)).ok_or_else(|| ambiguous(file))?;
    file.check_parts("strips or tiles", pieces.count, MAX_PIECES)?;
    // Tiles are decoded whole, whatever part of them lies inside the picture.
    let stored_pixels = (pieces.count / directory.planes()).saturating_mul(pieces.pixels());
    let limit = file.limits.max_pixels.saturating_mul(2).saturating_add(PADDING_PIXELS);
    file.check_parts("pixels in tiles", stored_pixels, limit)?;
    let inner = jpeg_bytes(file, &directory, &pieces)?;
    let bytes_per_pixel = u64::from(color_type.bytes_per_pixel());
    let row = u64::from(pieces.width) * bytes_per_pixel * 2;
    Ok(Demand {
        width,
        height,
        bytes_per_pixel,
        has_alpha: color_type.has_alpha(),
        // All pixels once more, of which CMYK and an unused alpha channel take a third more.
        working_bytes: u64::from(width) * u64::from(height) * directory.stored_bytes_per_pixel()
            + row * 4
            + pieces.count * 128
            + directory.profile_bytes * 2
            + inner
            + DECOMPRESSOR_BYTES,
        kept_bytes: directory.profile_bytes * 8,
    })
}

/// Decodes the first page of a TIFF file.
pub(super) fn decode(file: &File<'_>, demand: &Demand) -> Result<Picture, ThumbnailError> {
    file.read(TiffDecoder::new(Cursor::new(file.source)), demand, None)
}

/// What decoding the JPEG files inside strips or tiles takes. Refused is one that declares more
/// pixels than its strip or tile has: the decoder would decode them all.
fn jpeg_bytes(
    file: &File<'_>,
    directory: &Directory<'_>,
    pieces: &Pieces,
) -> Result<u64, ThumbnailError> {
    if !directory.is_jpeg {
        return Ok(0);
    }
    if directory.jpeg_tables.is_some_and(|tables| Outline::of(tables).frame.is_some()) {
        return Err(ambiguous(file));
    }
    let (mut most, mut stored) = (0, 0_u64);
    for (start, length) in directory.places().ok_or_else(|| ambiguous(file))? {
        let jpeg = file.source.get(start..).unwrap_or_default();
        let jpeg = jpeg.get(..length).unwrap_or(jpeg);
        let outline = Outline::of(jpeg);
        stored = stored.saturating_add(jpeg.len() as u64);
        let Some(frame) = &outline.frame else { continue };
        super::jpeg::check_scans(&outline, frame)?;
        let pixels = u64::from(frame.width) * u64::from(frame.height);
        // Writers round up to whole blocks.
        let room = (u64::from(pieces.width) + 64) * (u64::from(pieces.height) + 64);
        if pixels > room {
            return Err(ambiguous(file));
        }
        let samples = pixels * frame.sampling.len() as u64;
        let bytes = samples + super::jpeg::working_bytes(frame) + jpeg.len() as u64 * 3;
        most = most.max(bytes);
    }
    // Strips that share bytes are sound, but those that all share many take the time of as many.
    let limit = (file.source.len() as u64).saturating_mul(4);
    file.check_parts("bytes in its strips or tiles", stored, limit)?;
    Ok(most)
}

fn ambiguous(file: &File<'_>) -> ThumbnailError {
    let source = "its directory contradicts itself or its strips or tiles".into();
    ThumbnailError::Undecodable { format: file.format, source }
}
