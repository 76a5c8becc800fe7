//! TIFF: the first page. The `tiff` crate trusts what a directory declares about strips and tiles,
//! and what a JPEG in one of them declares about itself, so these are checked first. The meaning of
//! the samples is decided here as well.

mod directory;
mod fax;
mod jpeg;
mod meaning;
mod stored;

use image::DynamicImage;
use image::metadata::Orientation;
use tiff::decoder::Decoder;

use self::jpeg::Outline;
use super::cost::DecodeCost;
use super::decoder::{Decode, Opened};
use super::file::File;
use super::jpeg::max_scans;
use super::picture::{Picture, is_transparent};
use crate::color::inks::Inks;
use crate::color::kind::Kind;
use crate::color::profile::Profile;
use crate::error::ThumbnailError;
use directory::{Directory, Photometric, Pieces, ambiguous};
use stored::{AsGrey, Stored};

/// The most bytes that the decoder accepts for the values of one directory entry.
const MAX_VALUE_BYTES: u64 = 1 << 20;

/// The most strips or tiles: each needs a decompressor of its own. A picture of 268 megapixels has
/// this many tiles if they have 16 x 16 pixels, the smallest size there is.
const MAX_PIECES: u64 = 1 << 20;

/// The most samples of a pixel: satellite pictures have some dozen.
const MAX_SAMPLES: u64 = 64;

/// How many pixels tiles may add to a small picture: the largest tiles in use have half as many.
const PADDING_PIXELS: u64 = 1 << 21;

/// What a decompressor holds, in bytes.
const DECOMPRESSOR_BYTES: u64 = 1 << 18;

/// A file whose first directory was read and checked.
struct Tiff<'a> {
    file: File<'a>,
    directory: Directory<'a>,
    pieces: Pieces,
    cost: DecodeCost,
}

/// Reads the first directory.
pub(super) fn open(file: File<'_>) -> Opened<'_> {
    let directory = Directory::of(file.source);
    let grey = AsGrey::new(file.source, directory.as_ref());
    let refuse = |error| stored::refuse(&file, error, MAX_VALUE_BYTES);
    let mut decoder = Decoder::new(grey).map_err(refuse)?;
    let (width, height) = decoder.dimensions().map_err(refuse)?;
    file.check_pixels(width, height)?;
    drop(decoder);

    let directory = directory.ok_or_else(|| ambiguous(&file))?;
    meaning::check(&file, &directory)?;
    file.check_parts("samples in a pixel", directory.samples, MAX_SAMPLES)?;
    let pieces = directory.pieces((width, height)).ok_or_else(|| ambiguous(&file))?;
    file.check_parts("strips or tiles", pieces.count, MAX_PIECES)?;
    // Tiles are decoded whole, even if they extend beyond the picture.
    let stored_pixels = (pieces.count / directory.planes()).saturating_mul(pieces.pixels());
    let limit = file.limits.max_pixels.saturating_mul(2).saturating_add(PADDING_PIXELS);
    file.check_parts("pixels in tiles", stored_pixels, limit)?;
    let inner = jpeg_bytes(&file, &directory, &pieces)?;
    let pixels = u64::from(width) * u64::from(height);
    let row = u64::from(pieces.width) * directory.stored_bytes_per_pixel();
    let profile_bytes = directory.profile.map_or(0, <[u8]>::len) as u64;
    let working_bytes = pixels * meaning::copied_bytes_per_pixel(&directory)
        // One piece that is decoded, and one that is copied to its place.
        + pieces.pixels() * directory.piece_bytes_per_pixel() * 2
        + row * 4
        + pieces.count * 128
        + inner
        + DECOMPRESSOR_BYTES;
    let bytes_per_pixel = meaning::bytes_per_pixel(&directory);
    let has_alpha = meaning::has_alpha(&directory);
    let cost = DecodeCost {
        kept_bytes: profile_bytes * 8,
        ..DecodeCost::new((width, height), bytes_per_pixel, has_alpha, working_bytes)
    };
    Ok(Box::new(Tiff { file, directory, pieces, cost }))
}

impl Decode for Tiff<'_> {
    fn cost(&self) -> &DecodeCost {
        &self.cost
    }

    fn decode(self: Box<Self>) -> Result<Picture, ThumbnailError> {
        let Self { file, directory, pieces, cost } = *self;
        let size = (cost.width, cost.height);
        let stored = if fax::is_fax(&directory) {
            Stored::Bytes(fax::read(&file, &directory, &pieces, size)?)
        } else {
            stored::read(&file, &directory, &pieces, size)?
        };
        let pixels = meaning::picture(&file, &directory, size, stored)?;
        let kind = match directory.photometric {
            Photometric::WhiteIsZero | Photometric::BlackIsZero => {
                Some(if pixels.color().has_color() { Kind::Rgb } else { Kind::Grey })
            }
            Photometric::Rgb | Photometric::Palette | Photometric::YCbCr => Some(Kind::Rgb),
            Photometric::Cmyk => Some(Kind::Cmyk),
            Photometric::CieLab | Photometric::IccLab | Photometric::Other(_) => None,
        };
        let is_cmyk = directory.photometric == Photometric::Cmyk;
        let profile = directory.profile.zip(kind);
        Ok(Picture {
            reduced: None,
            is_transparent: !is_cmyk && is_transparent(&pixels),
            is_scene_light: exceeds_white(&pixels),
            pixels,
            inks: is_cmyk.then_some(Inks { is_ycck: false, is_inverted: false }),
            profile: profile.and_then(|(icc, kind)| Profile::parse_for(icc, kind)),
            orientation: Orientation::from_exif(directory.orientation)
                .unwrap_or(Orientation::NoTransforms),
        })
    }
}

/// Whether floats are amounts of light: display-referred floats do not exceed 1.
fn exceeds_white(pixels: &DynamicImage) -> bool {
    let exceeds = |samples: &[f32]| samples.iter().any(|&sample| sample > 1.0);
    match pixels {
        DynamicImage::ImageRgb32F(image) => exceeds(image),
        DynamicImage::ImageRgba32F(image) => exceeds(image),
        _ => false,
    }
}

/// Bytes that decoding the JPEG files in strips or tiles takes. Refuses a JPEG that declares more
/// pixels than its strip or tile has, because the decoder would decode them all.
fn jpeg_bytes(
    file: &File<'_>,
    directory: &Directory<'_>,
    pieces: &Pieces,
) -> Result<u64, ThumbnailError> {
    if !directory.is_jpeg() {
        return Ok(0);
    }
    if directory.jpeg_tables.is_some_and(|tables| Outline::of(tables).frame.is_some()) {
        return Err(ambiguous(file));
    }
    let (mut most, mut stored) = (0, 0_u64);
    for (start, length) in directory.places().ok_or_else(|| ambiguous(file))? {
        let jpeg = file.source.get(start..).unwrap_or_default();
        let jpeg = jpeg.get(..length).unwrap_or(jpeg);
        let outline = Outline::of(jpeg);
        stored = stored.saturating_add(jpeg.len() as u64);
        let Some(frame) = &outline.frame else { continue };
        let (scans, limit) = (outline.scans, max_scans(frame.blocks()));
        if scans > limit {
            return Err(ThumbnailError::TooManyScans { scans, limit });
        }
        // Writers round up to whole blocks.
        let room = (u64::from(pieces.width) + 64) * (u64::from(pieces.height) + 64);
        if frame.pixels() > room {
            return Err(ambiguous(file));
        }
        let bytes = frame.decoding_bytes() + jpeg.len() as u64 * 3;
        most = most.max(bytes);
    }
    // Strips may share bytes, but each is decoded by itself. That takes very long if many strips
    // share many bytes.
    let limit = (file.source.len() as u64).saturating_mul(4);
    file.check_parts("bytes in its strips or tiles", stored, limit)?;
    Ok(most)
}
