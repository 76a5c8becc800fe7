//! PNG, through the `image` crate's decoder, which inflates a profile before anything else. So the
//! chunks are walked first, and it is given the memory that they can sensibly take.

use std::io::Cursor;

use image::codecs::png::PngDecoder;

use super::{Demand, File, Picture};
use crate::thumbnail::error::ThumbnailError;

/// The largest profile that is inflated, in bytes: those of presses are about 2 MB.
const MAX_PROFILE_BYTES: u64 = 8 << 20;

/// The most that deflate can shrink.
const MOST_INFLATED: u64 = 1032;

/// What the decoder holds of a chunk beside its payload, in bytes.
const CHUNK_BYTES: u64 = 128;

/// What the decoder holds beside rows and chunks, in bytes: the inflater's window and buffers.
const INFLATER_BYTES: u64 = 1 << 19;

/// Tells what decoding takes, and refuses what takes too much.
pub(super) fn demand(file: &File<'_>) -> Result<Demand, ThumbnailError> {
    let header = Header::of(file.source).ok_or_else(|| file.truncated(None))?;
    file.check_pixels(header.width, header.height)?;
    let channels = u64::from(header.channels) + u64::from(header.has_transparent_colour);
    let profile = header.profile_bytes();
    Ok(Demand {
        width: header.width,
        height: header.height,
        reduced: None,
        bytes_per_pixel: channels * u64::from(header.bytes_per_sample),
        has_alpha: channels.is_multiple_of(2),
        // The profile grows into place, and is handed out as a copy.
        working_bytes: header.row_bytes() * 4
            + header.chunk_bytes * 3
            + profile * 4
            + INFLATER_BYTES,
        kept_bytes: profile * 8,
    })
}

/// Decodes a PNG file; of an animation, the picture for those who do not play it.
pub(super) fn decode(file: &File<'_>, demand: &Demand) -> Result<Picture, ThumbnailError> {
    let mut room = image::Limits::no_limits();
    room.max_alloc = Header::of(file.source)
        .map(|header| header.row_bytes() + header.chunk_bytes + header.profile_bytes() + (1 << 16));
    let decoder = PngDecoder::with_limits(Cursor::new(file.source), room);
    file.read(decoder, demand, None)
}

/// What the chunks up to the first one of pixels tell (PNG, third edition, 11.2 and 11.3).
struct Header {
    width: u32,
    height: u32,
    bytes_per_sample: u8,
    /// Channels of a decoded pixel, those for transparent colours aside.
    channels: u8,
    /// One colour, or some of the palette's, are transparent: pixels get alpha.
    has_transparent_colour: bool,
    /// Bytes in chunks before the pixels.
    chunk_bytes: u64,
    /// Bytes in the chunk that holds the deflated profile.
    deflated_profile_bytes: u64,
}

impl Header {
    fn of(source: &[u8]) -> Option<Self> {
        let &[w3, w2, w1, w0, h3, h2, h1, h0, depth, color_type] =
            source.get(16..)?.first_chunk::<10>()?;
        let mut header = Self {
            width: u32::from_be_bytes([w3, w2, w1, w0]),
            height: u32::from_be_bytes([h3, h2, h1, h0]),
            bytes_per_sample: if depth == 16 { 2 } else { 1 },
            channels: match color_type {
                0 => 1,
                2 | 3 => 3,
                4 => 2,
                _ => 4,
            },
            has_transparent_colour: false,
            chunk_bytes: 0,
            deflated_profile_bytes: 0,
        };
        // The header's own chunk comes first, and is 25 bytes long.
        let mut rest = source.get(33..).unwrap_or_default();
        while let Some((&[l3, l2, l1, l0, name @ ..], after)) = rest.split_first_chunk::<8>() {
            let length = u32::from_be_bytes([l3, l2, l1, l0]);
            match &name {
                b"IDAT" => break,
                b"tRNS" => header.has_transparent_colour = matches!(color_type, 0 | 2 | 3),
                b"iCCP" => header.deflated_profile_bytes += u64::from(length),
                _ => {}
            }
            // The check sum is 4 bytes. What a length promises and the file does not hold is
            // never read.
            let payload = (length as usize).min(after.len());
            header.chunk_bytes += payload as u64 + CHUNK_BYTES;
            rest = after.get(payload + 4..).unwrap_or_default();
        }
        Some(header)
    }

    /// The longest that a row can be, in bytes.
    fn row_bytes(&self) -> u64 {
        u64::from(self.width) * 8
    }

    /// The longest that the profile can be, in bytes.
    fn profile_bytes(&self) -> u64 {
        self.deflated_profile_bytes.saturating_mul(MOST_INFLATED).min(MAX_PROFILE_BYTES)
    }
}
