//! The boxes that a JPEG XL file may consist of (ISO/IEC 18181-2). Only the codestream counts: it
//! has its own orientation and profile, and EXIF and other boxes do not change them.

use std::borrow::Cow;

/// The signature of a file of boxes.
const SIGNATURE: [u8; 12] = *b"\0\0\0\x0CJXL \r\n\x87\n";

/// The coded picture, in one piece.
pub(super) struct Codestream<'a>(Cow<'a, [u8]>);

impl<'a> Codestream<'a> {
    /// `None` if the file ends before its codestream begins.
    pub(super) fn of(source: &'a [u8]) -> Option<Self> {
        let Some(mut rest) = source.strip_prefix(&SIGNATURE) else {
            return Some(Self(Cow::Borrowed(source)));
        };
        let mut whole: Cow<'a, [u8]> = Cow::default();
        while let Some((kind, payload, after)) = split_box(rest) {
            let piece = match &kind {
                b"jxlc" => payload,
                // Each part starts with its number, and parts are stored in that order.
                b"jxlp" => payload.get(4..).unwrap_or_default(),
                _ => &[],
            };
            if whole.is_empty() {
                whole = Cow::Borrowed(piece);
            } else if !piece.is_empty() {
                whole.to_mut().extend_from_slice(piece);
            }
            rest = after;
        }
        (!whole.is_empty()).then_some(Self(whole))
    }

    pub(super) fn bytes(&self) -> &[u8] {
        &self.0
    }

    /// Bytes that copying the codestream takes. A growing vector is there twice.
    pub(super) fn copied_bytes(&self) -> u64 {
        match &self.0 {
            Cow::Borrowed(_) => 0,
            Cow::Owned(whole) => whole.len() as u64 * 3,
        }
    }
}

/// Splits a box into its type and payload, and what follows it. A box that is longer than the file
/// ends with the file: the decoder finds out whether the picture in it is complete.
fn split_box(bytes: &[u8]) -> Option<([u8; 4], &[u8], &[u8])> {
    let (&[l3, l2, l1, l0, kind @ ..], rest) = bytes.split_first_chunk::<8>()?;
    let (length, rest) = match u32::from_be_bytes([l3, l2, l1, l0]) {
        0 => (rest.len(), rest),
        1 => {
            let (length, rest) = rest.split_first_chunk::<8>()?;
            (usize::try_from(u64::from_be_bytes(*length)).ok()?.checked_sub(16)?, rest)
        }
        length => (usize::try_from(length).ok()?.checked_sub(8)?, rest),
    };
    let (payload, rest) = rest.split_at(length.min(rest.len()));
    Some((kind, payload, rest))
}
