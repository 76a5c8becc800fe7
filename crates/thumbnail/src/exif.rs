//! The first directory of an EXIF block (EXIF 3.0, 4.5 and 4.6): a picture's orientation, and
//! texts. It is read leniently, as by other readers, because cameras and editors do not always
//! follow the standard.

use image::metadata::Orientation;

/// The start of a block, or of a TIFF file: its byte order.
const BIG_ENDIAN: &[u8] = b"MM\0\x2A";
const LITTLE_ENDIAN: &[u8] = b"II\x2A\0";

/// The tag of the orientation (EXIF 3.0, 4.6.5.1.6).
const ORIENTATION: u16 = 0x0112;

/// Types of fields: text, and integers of 16 and 32 bits.
const ASCII: u16 = 2;
const SHORT: u16 = 3;
const LONG: u16 = 4;
const SIGNED_SHORT: u16 = 8;
const SIGNED_LONG: u16 = 9;

/// A block, from its byte order on.
#[derive(Clone, Copy)]
pub(super) struct Block<'a> {
    bytes: &'a [u8],
    is_big: bool,
}

impl<'a> Block<'a> {
    /// Recognises a block by its first bytes.
    pub(super) fn of(bytes: &'a [u8]) -> Option<Self> {
        let is_big = bytes.starts_with(BIG_ENDIAN);
        (is_big || bytes.starts_with(LITTLE_ENDIAN)).then_some(Self { bytes, is_big })
    }

    /// The text of a field.
    pub(super) fn text(self, tag: u16) -> Option<&'a [u8]> {
        let entry = self.entry(tag)?;
        if self.short(entry + 2)? != ASCII {
            return None;
        }
        let length = self.long(entry + 4)?;
        // A value of up to four bytes is stored in place of its offset.
        let start = if length > 4 { self.long(entry + 8)? } else { entry + 8 };
        self.bytes.get(start..start.checked_add(length)?)
    }

    /// A field with one integer, of any size and sign.
    fn number(self, tag: u16) -> Option<usize> {
        let entry = self.entry(tag)?;
        match self.short(entry + 2)? {
            SHORT | SIGNED_SHORT => self.short(entry + 8).map(usize::from),
            LONG | SIGNED_LONG => self.long(entry + 8),
            _ => None,
        }
    }

    /// The position of a field's entry: its tag, type and length, then its value.
    fn entry(self, tag: u16) -> Option<usize> {
        let directory = self.long(4)?;
        let count = usize::from(self.short(directory)?);
        let mut entries = (0..count).map(|at| directory + 2 + at * 12);
        entries.find(|&entry| self.short(entry) == Some(tag))
    }

    fn short(self, at: usize) -> Option<u16> {
        let bytes = *self.bytes.get(at..)?.first_chunk()?;
        Some(if self.is_big { u16::from_be_bytes(bytes) } else { u16::from_le_bytes(bytes) })
    }

    fn long(self, at: usize) -> Option<usize> {
        let bytes = *self.bytes.get(at..)?.first_chunk()?;
        let number =
            if self.is_big { u32::from_be_bytes(bytes) } else { u32::from_le_bytes(bytes) };
        usize::try_from(number).ok()
    }
}

/// How a picture is turned upright, by its file's EXIF.
pub(super) fn orientation(exif: Option<&[u8]>) -> Orientation {
    let find = |exif: &[u8]| {
        // WebP and PNG hold the bare block, but many writers put JPEG's prefix before it.
        let block = Block::of(exif.strip_prefix(b"Exif\0\0").unwrap_or(exif))?;
        Orientation::from_exif(u8::try_from(block.number(ORIENTATION)?).ok()?)
    };
    exif.and_then(find).unwrap_or(Orientation::NoTransforms)
}
