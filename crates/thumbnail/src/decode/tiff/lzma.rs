//! LZMA in TIFF files, as streams of the xz format, through the `lzma-rust2` crate. The header of a
//! block says how much memory it takes ("The .xz File Format", 1.2.1, section 3.1).

use std::io::{ErrorKind, Read as _};

use lzma_rust2::XzReader;

use super::fill::fill;
use crate::decode::file::File;
use crate::error::ThumbnailError;

/// What decoding takes beside the dictionary, in bytes.
const FIXED_BYTES: u64 = 1 << 20;

/// The largest dictionary that is decoded, which is that of the strongest usual compression.
const MAX_DICTIONARY: u64 = 1 << 26;

/// The most bytes up to the end of the first block's header.
pub(super) const HEADER_BYTES: usize = 12 + 1024;

/// Bytes before the first block's header.
const STREAM_HEADER_BYTES: usize = 12;

/// Decodes at most `length` bytes. `decoded` holds those before an error.
pub(super) fn decode(
    file: &File<'_>,
    coded: &[u8],
    decoded: &mut Vec<u8>,
    length: usize,
) -> Result<(), ThumbnailError> {
    decoded.clear();
    let limit = u32::try_from(memory(file, coded)? >> 10).unwrap_or(u32::MAX);
    let mut stream = XzReader::new_mem_limit(coded, false, limit);
    fill(file, decoded, length, |rest| stream.read(rest)).map_err(|error| match error.kind() {
        ErrorKind::UnexpectedEof => file.truncated(Some(error.into())),
        _ => file.corrupt(error),
    })
}

/// Bytes that decoding takes beside what is decoded. Refuses a dictionary that is too large.
pub(super) fn memory(file: &File<'_>, coded: &[u8]) -> Result<u64, ThumbnailError> {
    // What has no such header is refused when it is decoded.
    let dictionary = dictionary(coded).unwrap_or(0);
    file.check_parts("bytes in the dictionary of LZMA", dictionary, MAX_DICTIONARY)?;
    Ok(dictionary + FIXED_BYTES)
}

/// The length of the first block's dictionary.
fn dictionary(coded: &[u8]) -> Option<u64> {
    let (&[_, flags], mut header) = coded.get(STREAM_HEADER_BYTES..)?.split_first_chunk()?;
    // The lengths of the block, if they are known.
    for flag in [0x40, 0x80] {
        if flags & flag != 0 {
            number(&mut header)?;
        }
    }
    for _ in 0..=flags & 3 {
        let filter = number(&mut header)?;
        let length = usize::try_from(number(&mut header)?).ok()?;
        let (properties, rest) = header.split_at_checked(length)?;
        header = rest;
        if filter == LZMA2 {
            let exponent = *properties.first()?;
            return match exponent {
                0..40 => Some(u64::from(2 | exponent & 1) << (exponent / 2 + 11)),
                _ => Some(u64::from(u32::MAX)),
            };
        }
    }
    None
}

/// The filter that compresses.
const LZMA2: u64 = 0x21;

/// A number of any length, in groups of seven bits.
fn number(bytes: &mut &[u8]) -> Option<u64> {
    let mut number = 0;
    for place in 0..9 {
        let (&byte, rest) = bytes.split_first()?;
        *bytes = rest;
        number |= u64::from(byte & 0x7F) << (place * 7);
        if byte < 0x80 {
            return Some(number);
        }
    }
    None
}
