//! Strips and tiles: how a picture is divided into them (TIFF 6.0, sections 3 and 15), and which
//! bytes of the file each has.

use super::directory::Directory;
use crate::decode::file::File;
use crate::error::ThumbnailError;
use crate::geometry::Size;

/// The strips or tiles of a picture.
#[derive(Clone, Copy)]
pub(super) struct Pieces {
    /// How many there are, in all planes together.
    pub(super) count: u64,
    /// Width of each, in pixels.
    pub(super) width: u32,
    /// Height of each, in pixels.
    pub(super) height: u32,
    /// The number of planes, each with its own strips or tiles; at least 1.
    pub(super) planes: u64,
}

/// The coded bytes of a strip or tile.
pub(super) struct Coded<'a> {
    pub(super) bytes: &'a [u8],
    /// Where they begin in the file.
    pub(super) start: usize,
    /// What follows, up to the end of the file. The length of data that is not compressed is known,
    /// whatever the directory says.
    pub(super) rest: &'a [u8],
    /// The file ends before they do.
    pub(super) is_cut: bool,
}

impl Pieces {
    /// How a picture is divided. `None` if that makes no sense.
    pub(super) fn of(directory: &Directory<'_>) -> Option<Self> {
        let (width, height) = directory.size;
        let planes = if directory.is_planar { directory.samples } else { 1 };
        let (across, piece_width, piece_height) =
            if let Some((tile_width, tile_height)) = directory.tile {
                (u64::from(width).div_ceil(at_least_1(tile_width)?), tile_width, tile_height)
            } else {
                let rows = directory.rows_per_strip.unwrap_or(u64::from(height));
                (1, u64::from(width), at_least_1(rows)?.min(u64::from(height)))
            };
        let down = u64::from(height).div_ceil(at_least_1(piece_height)?);
        Some(Self {
            count: across.checked_mul(down)?.checked_mul(planes)?,
            width: u32::try_from(piece_width).ok()?,
            height: u32::try_from(piece_height).ok()?,
            planes,
        })
    }

    /// The whole picture as one strip.
    pub(super) fn whole((width, height): Size) -> Self {
        Self { count: 1, width, height, planes: 1 }
    }

    /// Pixels of each.
    pub(super) fn pixels(&self) -> u64 {
        u64::from(self.width) * u64::from(self.height)
    }
}

/// The coded bytes of each strip or tile; `None` for one that is left out, which is blank.
pub(super) fn coded<'a>(
    file: &File<'a>,
    directory: &Directory<'a>,
    pieces: &Pieces,
) -> Result<impl Iterator<Item = Option<Coded<'a>>>, ThumbnailError> {
    let source = file.source;
    let count = usize::try_from(pieces.count).unwrap_or(usize::MAX);
    let places = directory.places(file, pieces.count)?.take(count);
    let next = directory.places(file, pieces.count)?.skip(1).map(Some).chain([None]);
    Ok(places.zip(next).map(move |((start, length), next)| {
        // GDAL leaves out blank tiles like this.
        if (start, length) == (0, 0) {
            return None;
        }
        let rest = source.get(start..).unwrap_or_default();
        // Without a length, they end where the next begin, or with the file.
        let next = next.and_then(|(next, _)| next.checked_sub(start)).filter(|&length| length > 0);
        let length = if length == 0 { next.unwrap_or(rest.len()) } else { length };
        let bytes = rest.get(..length).unwrap_or(rest);
        Some(Coded { bytes, start, rest, is_cut: length > rest.len() })
    }))
}

fn at_least_1(value: u64) -> Option<u64> {
    (value > 0).then_some(value)
}
