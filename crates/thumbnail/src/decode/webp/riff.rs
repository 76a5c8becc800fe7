//! The chunks of a WebP file (RFC 9649, section 2.3).

use std::borrow::Cow;

use crate::decode::pieces::Pieces;

/// Flags of the extended header, `VP8X`.
pub(super) const MOVES: u8 = 1 << 1;
pub(super) const HAS_XMP: u8 = 1 << 2;
pub(super) const HAS_EXIF: u8 = 1 << 3;
pub(super) const HAS_ALPHA: u8 = 1 << 4;
pub(super) const HAS_PROFILE: u8 = 1 << 5;

/// A chunk, or as much of it as the file has.
#[derive(Clone, Copy)]
pub(super) struct Chunk<'a> {
    pub(super) name: &'a [u8],
    pub(super) payload: &'a [u8],
    /// Whether the file ends before the chunk does.
    pub(super) is_cut: bool,
}

/// Walks from chunk to chunk.
#[derive(Clone)]
pub(super) struct Chunks<'a>(pub(super) &'a [u8]);

impl<'a> Iterator for Chunks<'a> {
    type Item = Chunk<'a>;

    fn next(&mut self) -> Option<Chunk<'a>> {
        let (header, rest) = self.0.split_at_checked(8)?;
        let (name, length) = header.split_at_checked(4)?;
        let length = little_endian(length)?;
        let payload = rest.get(..length);
        // Chunks are padded to an even length.
        self.0 = rest.get(length.saturating_add(length % 2)..).unwrap_or_default();
        Some(Chunk { name, payload: payload.unwrap_or(rest), is_cut: payload.is_none() })
    }
}

/// A number of up to four bytes.
pub(super) fn little_endian(bytes: &[u8]) -> Option<usize> {
    bytes
        .iter()
        .rev()
        .try_fold(0_usize, |number, &byte| number.checked_mul(256)?.checked_add(usize::from(byte)))
}

/// Two sides of 24 bits each, stored minus 1.
pub(super) fn size_less_1(bytes: &[u8]) -> Option<(u32, u32)> {
    let &[w0, w1, w2, h0, h1, h2] = bytes.first_chunk::<6>()?;
    Some((u32::from_le_bytes([w0, w1, w2, 0]) + 1, u32::from_le_bytes([h0, h1, h2, 0]) + 1))
}

/// A file of one picture, which consists of these chunks, with alpha or without.
pub(super) fn still<'a>(
    (width, height): (u32, u32),
    has_alpha: bool,
    chunks: &[(&'a [u8], &'a [u8])],
) -> Pieces<'a> {
    let mut body = b"WEBP".to_vec();
    push_header(&mut body, b"VP8X", 10);
    body.extend([if has_alpha { HAS_ALPHA } else { 0 }, 0, 0, 0]);
    for side in [width, height] {
        body.extend(side.wrapping_sub(1).to_le_bytes().iter().take(3));
    }
    let length: usize =
        chunks.iter().map(|(_, payload)| payload.len().next_multiple_of(2) + 8).sum();
    let mut file = Vec::new();
    push_header(&mut file, b"RIFF", body.len() + length);
    file.extend(body);
    let mut pieces = vec![Cow::Owned(file)];
    for (name, payload) in chunks {
        let mut header = Vec::new();
        push_header(&mut header, name, payload.len());
        pieces.push(Cow::Owned(header));
        pieces.push(Cow::Borrowed(*payload));
        pieces.push(Cow::Borrowed([0].get(..payload.len() % 2).unwrap_or_default()));
    }
    Pieces::new(pieces)
}

fn push_header(to: &mut Vec<u8>, name: &[u8], length: usize) {
    to.extend(name);
    to.extend(u32::try_from(length).unwrap_or(u32::MAX).to_le_bytes());
}
