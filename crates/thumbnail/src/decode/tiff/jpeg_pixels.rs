//! JPEG in strips and tiles (Adobe Photoshop TIFF Technical Notes, TIFF Technical Note 2), through
//! the `zune-jpeg` crate, which is told to convert no colours: the directory says what they mean.

use std::borrow::Cow;

use scaled_jpeg::{Detail, Scale};
use zune_core::bytestream::ZCursor;
use zune_core::options::DecoderOptions;
use zune_jpeg::JpegDecoder;

use crate::decode::file::File;
use crate::error::ThumbnailError;

/// Decodes a JPEG with `count` samples a pixel. Returns the samples, and how many a row has.
pub(super) fn decode(
    file: &File<'_>,
    jpeg: &[u8],
    tables: Option<&[u8]>,
    count: usize,
) -> Result<(Vec<u8>, usize), ThumbnailError> {
    let jpeg: Cow<'_, [u8]> = match tables {
        // Both begin with a marker for the start; the tables end with one for the end.
        Some(tables) => {
            let tables = tables.get(..tables.len().saturating_sub(2)).unwrap_or_default();
            [tables, jpeg.get(2..).unwrap_or_default()].concat().into()
        }
        None => jpeg.into(),
    };
    if file.is_damaged {
        // This decoder does not say how much it made up; ours refuses what is less than a row.
        scaled_jpeg::Decoder::of_damaged(&jpeg)
            .and_then(|decoder| decoder.decode(Scale::Eighth, Detail::Coarse, |_| {}))
            .map_err(|error| file.corrupt(error))?;
    }
    let corrupt = |error: zune_jpeg::errors::DecodeErrors| file.corrupt(error.to_string());
    let mut decoder = JpegDecoder::new(ZCursor::new(&*jpeg));
    decoder.decode_headers().map_err(corrupt)?;
    let header = decoder.input_colorspace().zip(decoder.dimensions());
    let (stored, (width, _)) = header.ok_or_else(|| file.corrupt("a JPEG without a header"))?;
    decoder.set_options(DecoderOptions::default().jpeg_set_out_colorspace(stored));
    if stored.num_components() != count {
        return Err(file.corrupt("a JPEG with another number of samples"));
    }
    Ok((decoder.decode().map_err(corrupt)?, width * count))
}
