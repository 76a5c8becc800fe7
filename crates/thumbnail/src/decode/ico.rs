//! ICO and CUR: several pictures in one file, each a PNG, or a BMP without its file header. The
//! largest is decoded as if it were the only one.

use std::io::Cursor;

use image::codecs::ico::IcoDecoder;

use super::cost::DecodeCost;
use super::decoder::Opened;
use super::file::File;
use super::image_crate::Through;
use super::picture::Picture;
use super::png;
use crate::error::ThumbnailError;
use crate::target::Target;

/// The bytes of the directory's header, and of each entry.
const DIRECTORY_BYTES: usize = 6;
const ENTRY_BYTES: usize = 16;

/// Reads the directory, and the header of the largest picture.
pub(super) fn open(file: File<'_>) -> Opened<'_> {
    match Largest::of(&file)? {
        Largest::Png(inner) => png::open(inner, &Target::everything()),
        Largest::Bmp(bitmap) => {
            let cost = bitmap.cost(&file)?;
            let decoder = move || IcoDecoder::new(Cursor::new(bitmap.alone()));
            let through = Through::new(file, cost, decoder);
            Ok(Box::new(through.finished_by(Picture::opaque_if_invisible)))
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
        let source = offset
            .checked_add(length)
            .and_then(|end| file.source.get(offset..end))
            .ok_or_else(|| file.truncated(None))?;
        if source.starts_with(b"\x89PNG\r\n\x1a\n") {
            return Ok(Self::Png(File { source, ..*file }));
        }
        Ok(Self::Bmp(Bitmap(source)))
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

/// A BMP without its file header, followed by a mask of transparent pixels.
struct Bitmap<'a>(&'a [u8]);

impl Bitmap<'_> {
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

    /// The picture in a file of its own. The directory is written by the picture's header: the
    /// decoder would refuse it if they differed.
    fn alone(&self) -> Vec<u8> {
        let (width, height) = self.size().unwrap_or_default();
        let side = |pixels: u32| u8::try_from(pixels).unwrap_or(0);
        let length = u32::try_from(self.0.len()).unwrap_or(u32::MAX);
        let mut file = Vec::with_capacity(DIRECTORY_BYTES + ENTRY_BYTES + self.0.len());
        file.extend([0, 0, 1, 0, 1, 0, side(width), side(height), 0, 0, 1, 0, 32, 0]);
        file.extend(length.to_le_bytes());
        file.extend([22, 0, 0, 0]);
        file.extend(self.0);
        file
    }
}
