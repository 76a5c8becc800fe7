//! WebP, through the `image` crate's decoder, which believes the sizes that a file declares. So its
//! chunks are walked first, and profile and EXIF taken from where they stand in the file.

use std::io::Cursor;

use image::codecs::webp::WebPDecoder;
use image::metadata::Orientation;

use super::{File, Metadata, Picture};
use crate::thumbnail::error::ThumbnailError;

/// Decodes a WebP file, or the first frame of an animated one.
pub(super) fn decode(file: &File<'_>) -> Result<Picture, ThumbnailError> {
    let outline = Outline::of(file.source).ok_or_else(|| file.truncated(None))?;
    // The picture inside can declare another size than the canvas around it. The decoder notices
    // only once it has decoded the picture.
    if let Some((width, height)) = outline.frame_size {
        file.check_pixels(width, height)?;
    }
    let metadata = Metadata {
        profile: outline.profile,
        orientation: outline
            .exif
            .and_then(Orientation::from_exif_chunk)
            .unwrap_or(Orientation::NoTransforms),
    };
    file.read(WebPDecoder::new(Cursor::new(file.source)), Some(metadata))
}

/// What a walk over a file's chunks tells (RFC 9649, section 2).
#[derive(Default)]
struct Outline<'a> {
    /// Width and height of the first picture, in pixels.
    frame_size: Option<(u32, u32)>,
    profile: Option<&'a [u8]>,
    exif: Option<&'a [u8]>,
}

impl<'a> Outline<'a> {
    /// `None` when the file ends before what its header and chunks announce.
    fn of(source: &'a [u8]) -> Option<Self> {
        let mut outline = Self::default();
        let declared = source.get(4..8).and_then(little_endian)?;
        let mut chunks = source.get(12..declared.checked_add(8)?)?;
        // One byte is no chunk: some writers count padding that others leave out.
        while chunks.len() > 1 {
            let (name, payload, rest) = split_chunk(chunks)?;
            match name {
                b"ICCP" => outline.profile = outline.profile.or(Some(payload)),
                b"EXIF" => outline.exif = outline.exif.or(Some(payload)),
                _ => outline.frame_size = outline.frame_size.or_else(|| size_of(name, payload)),
            }
            chunks = rest;
        }
        Some(outline)
    }
}

/// The size that a chunk of picture data declares; for one of animation, its picture's.
fn size_of(name: &[u8], payload: &[u8]) -> Option<(u32, u32)> {
    match name {
        b"VP8 " => {
            let side = |at: usize| {
                let bytes = payload.get(at..at + 2)?.try_into().ok()?;
                Some(u32::from(u16::from_le_bytes(bytes) & 0x3FFF))
            };
            Some((side(6)?, side(8)?))
        }
        b"VP8L" => {
            let bits = u32::from_le_bytes(payload.get(1..5)?.try_into().ok()?);
            Some(((bits & 0x3FFF) + 1, (bits >> 14 & 0x3FFF) + 1))
        }
        b"ANMF" => {
            // A frame's header, then chunks as in a file of its own: perhaps alpha, then pixels.
            let mut chunks = payload.get(16..)?;
            loop {
                let (name, payload, rest) = split_chunk(chunks)?;
                if let (b"VP8 " | b"VP8L", size) = (name, size_of(name, payload)) {
                    return size;
                }
                chunks = rest;
            }
        }
        _ => None,
    }
}

/// A chunk's name and payload, and what follows it and its padding to an even length.
fn split_chunk(chunks: &[u8]) -> Option<(&[u8], &[u8], &[u8])> {
    let (header, rest) = chunks.split_at_checked(8)?;
    let (name, length) = header.split_at_checked(4)?;
    let length = little_endian(length)?;
    let (payload, rest) = rest.split_at_checked(length)?;
    Some((name, payload, rest.get(length % 2..).unwrap_or_default()))
}

fn little_endian(bytes: &[u8]) -> Option<usize> {
    usize::try_from(u32::from_le_bytes(bytes.try_into().ok()?)).ok()
}
