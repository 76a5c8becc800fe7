//! Zstandard in TIFF files (RFC 8878), through the `ruzstd` crate. A frame's header says how much
//! memory it takes.

use std::borrow::Cow;
use std::io::Read as _;

use ruzstd::decoding::StreamingDecoder;

use super::fill::fill;
use crate::decode::file::File;
use crate::error::ThumbnailError;

/// How a frame begins: its number, and a byte that describes the header (RFC 8878, 3.1.1.1).
const MAGIC: [u8; 4] = [0x28, 0xB5, 0x2F, 0xFD];
const SINGLE_SEGMENT: u8 = 0x20;

/// Decodes at most `length` bytes of a strip or tile that has at most `most`. `decoded` holds those
/// before an error.
pub(super) fn decode(
    file: &File<'_>,
    coded: &[u8],
    decoded: &mut Vec<u8>,
    length: usize,
    most: usize,
) -> Result<(), ThumbnailError> {
    decoded.clear();
    let coded = narrowed(coded, most);
    let window = window_for(most).saturating_mul(2);
    let mut stream = StreamingDecoder::new_with_max_window_size(&*coded, window)
        .map_err(|error| file.corrupt(error.to_string()))?;
    fill(file, decoded, length, |rest| stream.read(rest)).map_err(|error| file.corrupt(error))
}

/// Bytes that decoding takes beside what is decoded, for a strip or tile of at most `most` bytes.
pub(super) fn memory(most: u64) -> u64 {
    // The decoder keeps as much as the window and a block, in a buffer that grows by doubling.
    let window = window_for(usize::try_from(most).unwrap_or(usize::MAX));
    window.saturating_mul(3).saturating_add(1 << 20)
}

/// The smallest window that all of the content fits into.
fn window_for(most: usize) -> u64 {
    most.max(1 << 17).checked_next_power_of_two().unwrap_or(usize::MAX) as u64
}

/// Frames whose window is no larger than their content: writers who do not know the content's
/// length declare a large one.
fn narrowed(coded: &[u8], most: usize) -> Cow<'_, [u8]> {
    if let Some((&[m0, m1, m2, m3, descriptor, window], rest)) = coded.split_first_chunk()
        && [m0, m1, m2, m3] == MAGIC
        && descriptor & SINGLE_SEGMENT == 0
    {
        // The exponent less 10, and eighths.
        let narrow = u8::try_from(window_for(most).trailing_zeros() - 10).unwrap_or(31) << 3;
        if window > narrow {
            return [&[m0, m1, m2, m3, descriptor, narrow], rest].concat().into();
        }
    }
    coded.into()
}
