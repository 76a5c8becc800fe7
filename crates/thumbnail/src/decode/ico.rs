//! ICO and CUR: several pictures in one file, each a PNG, or a BMP without its file header. The
//! largest is decoded as if it were the only one.

use std::io::Cursor;

use image::codecs::ico::IcoDecoder;
use image::{DynamicImage, RgbaImage};

use super::cost::DecodeCost;
use super::decoder::{Decode, Opened};
use super::file::File;
use super::picture::{Picture, is_transparent};
use super::png;
use crate::error::ThumbnailError;
use crate::target::Target;

/// The bytes of the directory's header, and of each entry.
const DIRECTORY_BYTES: usize = 6;
const ENTRY_BYTES: usize = 16;

/// The bytes of a BMP's header, at least.
const HEADER_BYTES: usize = 40;

/// Reads the directory, and the header of the largest picture.
pub(super) fn open(file: File<'_>) -> Opened<'_> {
    match Largest::of(&file)? {
        Largest::Png(inner) => png::open(inner, &Target::everything()),
        Largest::Bmp(bitmap) => {
            let cost = bitmap.cost(&file)?;
            Ok(Box::new(Masked { file, bitmap, cost }))
        }
    }
}

/// The largest picture in the file.
enum Largest<'a> {
    Png(File<'a>),
    Bmp(Bitmap<'a>),
}

impl<'a> Largest<'a> {
    fn of(file: &File<'a>) -> Result<Self, ThumbnailError> {
        let directory = file.source.first_chunk::<DIRECTORY_BYTES>();
        let Some(&[_, _, kind, _, count_low, count_high]) = directory else {
            return Err(file.truncated(None));
        };
        let count = usize::from(u16::from_le_bytes([count_low, count_high]));
        let entries = file
            .source
            .get(DIRECTORY_BYTES..DIRECTORY_BYTES + count * ENTRY_BYTES)
            .ok_or_else(|| file.truncated(None))?;
        let (entries, _) = entries.as_chunks::<ENTRY_BYTES>();
        let largest = entries.iter().max_by_key(|entry| rank(entry, kind == 1));
        let Some(&[_, _, _, _, _, _, _, _, l0, l1, l2, l3, o0, o1, o2, o3]) = largest else {
            return Err(file.corrupt("it holds no picture"));
        };
        let length = u32::from_le_bytes([l0, l1, l2, l3]) as usize;
        let offset = u32::from_le_bytes([o0, o1, o2, o3]) as usize;
        let rest = file.source.get(offset..).ok_or_else(|| file.truncated(None))?;
        let source = rest.get(..length);
        if rest.starts_with(b"\x89PNG\r\n\x1a\n") {
            let source = source.ok_or_else(|| file.truncated(None))?;
            return Ok(Self::Png(File { source, ..*file }));
        }
        if source.is_none() && rest.len() < HEADER_BYTES {
            return Err(file.truncated(None));
        }
        // What is missing may be a part of the mask.
        Ok(Self::Bmp(Bitmap(source.unwrap_or(rest))))
    }
}

/// Ranks entries by area, then by depth, then by length. A cursor has its hot spot in place of the
/// depth, so its depth does not count.
fn rank(entry: &[u8; ENTRY_BYTES], has_depth: bool) -> (u32, u16, u32) {
    let &[width, height, _, _, _, _, d0, d1, l0, l1, l2, l3, ..] = entry;
    // 0 means 256.
    let side = |byte: u8| u32::from(byte.wrapping_sub(1)) + 1;
    let depth = if has_depth { u16::from_le_bytes([d0, d1]) } else { 0 };
    (side(width) * side(height), depth, u32::from_le_bytes([l0, l1, l2, l3]))
}

/// A BMP and its mask.
struct Masked<'a> {
    file: File<'a>,
    bitmap: Bitmap<'a>,
    cost: DecodeCost,
}

impl Decode for Masked<'_> {
    fn cost(&self) -> &DecodeCost {
        &self.cost
    }

    fn decode(self: Box<Self>) -> Result<Picture, ThumbnailError> {
        let Self { file, bitmap, cost } = *self;
        let (pixels, mask) = bitmap.parts().unwrap_or((bitmap.0, &[][..]));
        let decoder = IcoDecoder::new(Cursor::new(bitmap.alone(pixels)));
        // Many writers declare alpha and leave it empty. Then only the mask tells.
        let mut picture = file.read(decoder, &cost, None)?.opaque_if_invisible();
        if let DynamicImage::ImageRgba8(image) = &mut picture.pixels {
            hide(image, mask);
        }
        picture.is_transparent = is_transparent(&picture.pixels);
        Ok(picture.opaque_if_invisible())
    }
}

/// Makes pixels transparent whose bits are set in a mask from bottom to top. The mask may be cut
/// short, as browsers tolerate.
fn hide(image: &mut RgbaImage, mask: &[u8]) {
    let row_bytes = mask_row_bytes(image.width()) as usize;
    let rows = image.rows_mut().rev().zip(mask.chunks(row_bytes.max(1)));
    for (pixels, row) in rows {
        let bits = row.iter().flat_map(|byte| (0..8).rev().map(move |bit| byte >> bit & 1));
        for (pixel, bit) in pixels.zip(bits) {
            pixel.0[3] = if bit == 1 { 0 } else { pixel.0[3] };
        }
    }
}

/// Bytes of a row of the mask: whole groups of 32 bits.
fn mask_row_bytes(width: u32) -> u32 {
    width.div_ceil(32) * 4
}

/// A BMP without its file header, followed by a mask of transparent pixels.
#[derive(Clone, Copy)]
struct Bitmap<'a>(&'a [u8]);

impl<'a> Bitmap<'a> {
    /// Width and height. The stored height also counts that of the mask.
    fn size(&self) -> Option<(u32, u32)> {
        let &[s0, s1, s2, s3, w0, w1, w2, w3, h0, h1, h2, h3] = self.0.first_chunk()?;
        // Earlier headers have another layout.
        let has_known_header = u32::from_le_bytes([s0, s1, s2, s3]) >= 40;
        let width = i32::from_le_bytes([w0, w1, w2, w3]);
        let height = i32::from_le_bytes([h0, h1, h2, h3]);
        has_known_header.then_some((width.unsigned_abs(), height.unsigned_abs() / 2))
    }

    fn cost(&self, file: &File<'_>) -> Result<DecodeCost, ThumbnailError> {
        let size = self.size();
        let (width, height) =
            size.ok_or_else(|| file.corrupt("its largest picture is neither PNG nor BMP"))?;
        file.check_pixels(width, height)?;
        // A stored row, and the picture in a file of its own.
        let working_bytes = u64::from(width) * 8 + self.0.len() as u64 + (1 << 12);
        Ok(DecodeCost::new((width, height), 4, true, working_bytes))
    }

    /// The BMP and its mask. `None` if the header tells not where the mask begins: the decoder looks
    /// for it then.
    fn parts(&self) -> Option<(&'a [u8], &'a [u8])> {
        let number = |at: usize, bytes: usize| {
            let bytes = self.0.get(at..at + bytes)?;
            Some(bytes.iter().rev().fold(0, |number: u64, &byte| number << 8 | u64::from(byte)))
        };
        let (width, height) = self.size()?;
        let (bits, compression) = (number(14, 2)?, number(16, 4)?);
        let colors = match (number(32, 4)?, bits) {
            (0, 1..=8) => 1 << bits,
            (colors, 1..=8) => colors,
            _ => 0,
        };
        let masks = match compression {
            0 => 0,
            3 => 12,
            _ => return None,
        };
        let row_bytes = (u64::from(width) * bits).div_ceil(32) * 4;
        let end = number(0, 4)? + masks + colors * 4 + row_bytes * u64::from(height);
        self.0.split_at_checked(usize::try_from(end).ok()?)
    }

    /// The picture, as far as `pixels` go, in a file of its own. The directory is written by the
    /// picture's header: the decoder would refuse it if they differed.
    fn alone(&self, pixels: &[u8]) -> Vec<u8> {
        let (width, height) = self.size().unwrap_or_default();
        let side = |pixels: u32| u8::try_from(pixels).unwrap_or(0);
        let length = u32::try_from(pixels.len()).unwrap_or(u32::MAX);
        let mut file = Vec::with_capacity(DIRECTORY_BYTES + ENTRY_BYTES + pixels.len());
        file.extend([0, 0, 1, 0, 1, 0, side(width), side(height), 0, 0, 1, 0, 32, 0]);
        file.extend(length.to_le_bytes());
        file.extend([22, 0, 0, 0]);
        file.extend(pixels);
        file
    }
}
