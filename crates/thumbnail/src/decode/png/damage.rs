//! What is left of a damaged PNG: which of its data are decoded, and what stands for missing rows.

use std::borrow::Cow;

use flate2::{Decompress, FlushDecompress, Status};
use image::ColorType;

use super::chunks::{END, SIGNATURE};
use super::outline::{Outline, ZLIB_HEADER, pixel_chunk};
use crate::decode::pieces::Pieces;

/// How far the rows of a damaged file were read.
pub(super) struct Damage {
    /// How many come after those that were returned.
    left: u32,
    /// Whether any was read.
    has_row: bool,
    /// Whether those that are left are missing.
    has_ended: bool,
}

impl Damage {
    /// Of a picture with `left` rows.
    pub(super) fn of(left: u32) -> Self {
        Self { left, has_row: false, has_ended: false }
    }

    /// Lets `read` read the next row, or fills it; `false` after the last one.
    pub(super) fn next(
        &mut self,
        row: &mut [u8],
        missing: u8,
        mut read: impl FnMut(&mut [u8]) -> Result<bool, png::DecodingError>,
    ) -> Result<bool, png::DecodingError> {
        let Some(left) = self.left.checked_sub(1) else { return Ok(false) };
        self.left = left;
        if !self.has_ended {
            match read(row) {
                Ok(true) => self.has_row = true,
                Err(error) if !self.has_row => return Err(error),
                Ok(false) | Err(_) => self.has_ended = true,
            }
        }
        if self.has_ended {
            row.fill(missing);
        }
        Ok(true)
    }
}

/// The bytes of missing pixels: transparent if there is alpha, otherwise mid-grey.
pub(super) fn missing(color_type: ColorType) -> u8 {
    if color_type.has_alpha() { 0 } else { 128 }
}

/// The file as [`Outline::pieces`] has it, up to where its data break off or make no sense. There it
/// ends without an end: the decoder returns all rows that come before the end of a file, but keeps
/// 32 KB of rows back from an error.
pub(super) fn pieces<'a>(outline: &Outline<'a>) -> Pieces<'a> {
    let mut pieces = vec![Cow::Borrowed(SIGNATURE)];
    pieces.extend(outline.head().map(Cow::Borrowed));
    if outline.is_apples {
        pieces.extend(pixel_chunk(ZLIB_HEADER));
    }
    let sound = sound_bytes(outline);
    let mut left = sound.unwrap_or(usize::MAX);
    for chunk in outline.pixels() {
        // Length and name have 8 bytes.
        let bytes = match left.checked_sub(chunk.payload.len()) {
            Some(after) => {
                left = after;
                chunk.whole
            }
            None => chunk.whole.get(..8 + std::mem::take(&mut left)).unwrap_or_default(),
        };
        pieces.push(Cow::Borrowed(bytes));
        if left == 0 {
            break;
        }
    }
    if sound.is_none() && !outline.ends_early {
        pieces.push(Cow::Borrowed(END));
    }
    Pieces::new(pieces)
}

/// How many of the deflated bytes make sense, if not all that are needed do.
fn sound_bytes(outline: &Outline<'_>) -> Option<usize> {
    /// Bytes that the inflater may have read ahead.
    const AHEAD: u64 = 16;
    let mut inflater = Decompress::new(!outline.is_apples);
    let mut scratch = vec![0; 1 << 9];
    // With the first bytes of rows, and the rows of seven passes.
    let needed = (outline.row_bytes() + 8) * u64::from(outline.height) * 2;
    for chunk in outline.pixels() {
        let mut rest = chunk.payload;
        loop {
            let (read, written) = (inflater.total_in(), inflater.total_out());
            match inflater.decompress(rest, &mut scratch, FlushDecompress::None) {
                Ok(Status::StreamEnd) => return None,
                Ok(Status::Ok | Status::BufError) => {}
                Err(_) => return usize::try_from(read.saturating_sub(AHEAD)).ok(),
            }
            let read = usize::try_from(inflater.total_in() - read).unwrap_or(usize::MAX);
            if read == 0 && inflater.total_out() == written {
                break;
            }
            if inflater.total_out() > needed {
                return None;
            }
            rest = rest.get(read..).unwrap_or_default();
        }
    }
    None
}
