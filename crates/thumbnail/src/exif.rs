//! The first directory of an EXIF block (EXIF 3.0, 4.5 and 4.6): a picture's orientation, and
//! texts. It is read leniently, as by other readers, because cameras and editors do not always
//! follow the standard.

use image::metadata::Orientation;

use crate::directories::{Directories, Directory};

/// The tag of the orientation (EXIF 3.0, 4.6.5.1.6).
const ORIENTATION: u16 = 0x0112;

/// A block, from its byte order on: a TIFF file, of which the first directory counts.
#[derive(Clone, Copy)]
pub(super) struct Block<'a>(Directories<'a>);

impl<'a> Block<'a> {
    /// Recognises a block by its first bytes.
    pub(super) fn of(bytes: &'a [u8]) -> Option<Self> {
        Directories::of(bytes).filter(|block| block.is_tiff()).map(Self)
    }

    /// The text of a field.
    pub(super) fn text(self, tag: u16) -> Option<&'a [u8]> {
        self.directory()?.text(tag)
    }

    fn directory(self) -> Option<Directory<'a>> {
        self.0.first()
    }
}

/// How a picture is turned upright, by its file's EXIF.
pub(super) fn orientation(exif: Option<&[u8]>) -> Orientation {
    let find = |exif: &[u8]| {
        // WebP and PNG hold the bare block, but many writers put JPEG's prefix before it.
        let block = Block::of(exif.strip_prefix(b"Exif\0\0").unwrap_or(exif))?;
        Orientation::from_exif(u8::try_from(block.directory()?.integer(ORIENTATION)?).ok()?)
    };
    exif.and_then(find).unwrap_or(Orientation::NoTransforms)
}
