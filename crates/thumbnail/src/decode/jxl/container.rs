//! The boxes that a JPEG XL file may be in (ISO/IEC 18181-2). Only the codestream counts: it has its
//! own orientation and profile, which those of EXIF and other boxes do not change.

use std::borrow::Cow;

/// What a file that is in boxes begins with.
const SIGNATURE: [u8; 12] = *b"\0\0\0\x0CJXL \r\n\x87\n";

/// The coded picture, in one piece.
pub(super) struct Codestream<'a>(Cow<'a, [u8]>);

impl<'a> Codestream<'a> {
    /// `None` when the file ends before it begins.
    pub(super) fn of(source: &'a [u8]) -> Option<Self> {
        let Some(mut rest) = source.strip_prefix(&SIGNATURE) else {
            return Some(Self(Cow::Borrowed(source)));
        };
        let mut whole: Cow<'a, [u8]> = Cow::default();
        while let Some((kind, payload, after)) = split_box(rest) {
            let piece = match &kind {
                b"jxlc" => payload,
                // Pieces have their number before them, and stand in its order.
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

    /// How much of it had to be copied, in bytes: growing, it was there twice.
    pub(super) fn copied_bytes(&self) -> u64 {
        match &self.0 {
            Cow::Borrowed(_) => 0,
            Cow::Owned(whole) => whole.len() as u64 * 3,
        }
    }
}

/// A box's type and what it holds, and what follows it. One that is longer than the file ends with it:
/// whether the picture in it is whole is for the decoder to say.
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
