//! Pictures that are shrunk while they are read: some rows of strips or tiles after the others are
//! converted to pixels and given to the shrinker, so that the picture never exists at full size.

use image::metadata::Orientation;

use super::directory::Directory;
use super::meaning;
use super::pieces::{Pieces, coded};
use super::stored;
use super::values::{Numbers, Photometric};
use crate::color::profile::Profile;
use crate::decode::file::File;
use crate::decode::picture::Picture;
use crate::error::ThumbnailError;
use crate::geometry::Size;
use crate::shrink::{Shrink, Shrinker};
use crate::target::Target;

/// The fewest rows of a band: each begins with a decompressor of its own.
const ROWS: u32 = 64;

/// How a picture is read in bands.
#[derive(Clone, Copy)]
pub(super) struct Bands {
    shrink: Shrink,
    /// Rows of the picture in each band, but the last: those of one or more strips or tiles.
    rows: u32,
}

impl Bands {
    /// `None` if shrinking does not pay, and for pictures that the shrinker does not take: their
    /// pixels are deeper than 8 bits, are inks, or lie in planes.
    pub(super) fn of(
        target: &Target<'_>,
        file: &File<'_>,
        directory: &Directory<'_>,
        pieces: &Pieces,
    ) -> Option<Self> {
        let is_shallow = directory.photometric == Photometric::Palette
            || directory.numbers != Numbers::Float && directory.bits <= 8;
        let is_taken = is_shallow
            && directory.photometric != Photometric::Cmyk
            && pieces.planes == 1
            // All rows of a band may be missing, which is refused where it is the whole picture.
            && !file.is_damaged;
        if !is_taken {
            return None;
        }
        let orientation = orientation(directory);
        let shrink = Shrink::of(target, directory.size, orientation)?;
        let rows = ROWS.div_ceil(pieces.height).checked_mul(pieces.height)?;
        Some(Self { shrink, rows: rows.min(directory.size.1) })
    }

    /// Width and height of the result, in pixels.
    pub(super) fn size(self) -> Size {
        self.shrink.size()
    }

    /// The most memory that is held beside the result and a strip or tile, in bytes.
    pub(super) fn working_bytes(self, directory: &Directory<'_>) -> u64 {
        let bytes_per_pixel = meaning::bytes_per_pixel(directory);
        let of_a_pixel = bytes_per_pixel + meaning::copied_bytes_per_pixel(directory);
        let pixels = u64::from(directory.size.0) * u64::from(self.rows);
        pixels.saturating_mul(of_a_pixel) + self.shrink.working_bytes(bytes_per_pixel)
    }

    /// Reads the picture.
    pub(super) fn read(
        self,
        file: &File<'_>,
        directory: &Directory<'_>,
        pieces: &Pieces,
        profile: Option<&Profile>,
    ) -> Result<Picture, ThumbnailError> {
        // Each has 8 bits.
        let channels = usize::try_from(meaning::bytes_per_pixel(directory)).unwrap_or(usize::MAX);
        let (width, height) = directory.size;
        let mut coded = coded(file, directory, pieces)?;
        let mut shrinker = Shrinker::new(self.shrink, channels);
        for top in (0..height).step_by(self.rows as usize) {
            let rows = self.rows.min(height - top);
            let band = directory.with_height(rows);
            let count =
                width.div_ceil(pieces.width) as usize * rows.div_ceil(pieces.height) as usize;
            let stored = stored::read(file, &band, pieces, coded.by_ref().take(count))?;
            let pixels = meaning::picture(file, &band, profile, stored)?;
            for row in pixels.into_bytes().chunks_exact_mut(width as usize * channels) {
                shrinker.push(row);
            }
        }
        Picture::shrunk(shrinker.finish()?, channels, directory.size)
            .ok_or_else(|| file.truncated(None))
    }
}

/// How the picture is turned upright.
pub(super) fn orientation(directory: &Directory<'_>) -> Orientation {
    Orientation::from_exif(directory.orientation).unwrap_or(Orientation::NoTransforms)
}
