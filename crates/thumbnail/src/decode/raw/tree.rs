//! Raw files that are built like TIFF files: DNG, CR2, NEF, ARW, PEF, ORF, RW2 and others. Previews
//! are strips of directories, or what is between two positions (TIFF 6.0; TIFF/EP, ISO 12234-2).

use image::metadata::Orientation;

use super::olympus;
use super::preview::{Found, Preview};
use crate::directories::{Directories, Directory};

/// Tags of directories. The last is Panasonic's own.
const COMPRESSION: u16 = 259;
const PHOTOMETRIC: u16 = 262;
const ORIENTATION: u16 = 274;
const PLACES: [[u16; 2]; 3] = [[273, 279], [324, 325], [513, 514]];
const JPEG_ITSELF: u16 = 46;

/// What pixels mean: greys, and colours with or without luma. All others are not to be shown: sensors'
/// samples, masks, distances.
const SHOWN: [usize; 4] = [0, 1, 2, 6];

/// Compressions that are JPEG: the old and the new way of TIFF, and that of some cameras.
const JPEG: [usize; 3] = [6, 7, 99];

/// Looks for previews in all directories.
pub(super) fn find(file: Directories<'_>) -> Found<'_> {
    let directories = file.all();
    let first = directories.first();
    let own = directories.iter().flat_map(|directory| previews(file, directory));
    let orientation = first.and_then(|first| first.number(ORIENTATION));
    let orientation =
        orientation.and_then(|number| Orientation::from_exif(number.try_into().ok()?));
    Found {
        previews: own.chain(first.and_then(|first| olympus::preview(file, first))).collect(),
        orientation,
        is_cut: first.is_none() || directories.iter().any(|directory| is_cut(file, directory)),
        is_tiff: file.is_tiff() && first.is_some_and(|first| is_shown(first) && !is_jpeg(first)),
    }
}

/// The previews that one directory tells of.
fn previews<'a>(
    file: Directories<'a>,
    directory: &Directory<'a>,
) -> impl Iterator<Item = Preview<'a>> {
    let parts = PLACES.into_iter().filter_map(|[start, length]| {
        let (mut start, mut length) = (directory.numbers(start)?, directory.numbers(length)?);
        let part = file.part(start.next()?, length.next()?);
        // A preview is in one piece.
        part.filter(|_| start.next().is_none())
    });
    let parts: Vec<_> =
        if is_jpeg(directory) && is_shown(directory) { parts.collect() } else { Vec::new() };
    parts.into_iter().chain(directory.bytes(JPEG_ITSELF)).filter_map(Preview::of)
}

/// Whether a field's value, or a strip, lies beyond the end of the file.
fn is_cut(file: Directories<'_>, directory: &Directory<'_>) -> bool {
    let mut ends = PLACES.into_iter().filter_map(|[start, length]| {
        let (start, length) = (directory.number(start)?, directory.number(length)?);
        start.checked_add(length)
    });
    directory.is_cut() || ends.any(|end| !file.holds(end))
}

fn is_jpeg(directory: &Directory<'_>) -> bool {
    directory.number(COMPRESSION).is_none_or(|number| JPEG.contains(&number))
}

fn is_shown(directory: &Directory<'_>) -> bool {
    directory.number(PHOTOMETRIC).is_none_or(|number| SHOWN.contains(&number))
}
