//! JPEG, through the decoder of our own: to as few pixels as are needed, a row at a time.

use image::metadata::Orientation;
use image::{DynamicImage, GrayImage, RgbImage, RgbaImage};

use super::{Demand, File, Picture, Reduced};
use crate::jpeg::{Color, Decoder, Detail, Error, Scale};
use crate::thumbnail::color::{Inks, Kind, Profile};
use crate::thumbnail::error::ThumbnailError;
use crate::thumbnail::exif;
use crate::thumbnail::need::Need;

/// The most scans that a picture is decoded from: each may touch every block again, in hardly a
/// byte. Encoders write about ten.
const MAX_SCANS: u64 = 100;

/// The most blocks of 8 x 8 samples that all scans together may touch. Refining one takes some
/// 40 ns, however few bytes say so. It is ten scans of 100 megapixels in full colour.
const MAX_SCANNED_BLOCKS: u64 = 100_000_000;

/// A file whose headers were read, and how it is to be decoded.
struct Opened<'a> {
    decoder: Decoder<'a>,
    orientation: Orientation,
    scale: Scale,
    detail: Detail,
    demand: Demand,
}

/// Tells what decoding takes, and refuses what takes too much.
pub(super) fn demand(file: &File<'_>, need: &Need<'_>) -> Result<Demand, ThumbnailError> {
    open(file, need).map(|opened| opened.demand)
}

fn open<'a>(file: &File<'a>, need: &Need<'_>) -> Result<Opened<'a>, ThumbnailError> {
    let decoder = Decoder::new(file.source).map_err(|error| refuse(file, error))?;
    let (width, height) = (decoder.width(), decoder.height());
    file.check_pixels(width, height)?;
    let limit = max_scans(decoder.blocks() as u64);
    let scans = decoder.scans() as u64;
    if scans > limit {
        return Err(ThumbnailError::TooManyScans { scans, limit });
    }
    let orientation = exif::orientation(decoder.exif());
    let least = need.scale((width, height), orientation);
    let scale = Scale::ALL.into_iter().find(|scale| factor(*scale) >= least);
    let scale = scale.unwrap_or(Scale::Full);
    let detail = if need.is_coarse_in_colour() { Detail::Coarse } else { Detail::Full };
    let metadata = decoder.metadata_bytes() as u64;
    let demand = Demand {
        width,
        height,
        reduced: Some((scale.side(width), scale.side(height))),
        bytes_per_pixel: decoder.color().channels() as u64,
        has_alpha: false,
        working_bytes: decoder.memory(scale, detail) as u64 + metadata * 3,
        kept_bytes: metadata * 8,
    };
    Ok(Opened { decoder, orientation, scale, detail, demand })
}

/// The most scans that a picture of so many blocks may have.
pub(super) fn max_scans(blocks: u64) -> u64 {
    MAX_SCANS.min(MAX_SCANNED_BLOCKS / blocks.max(1)).max(1)
}

/// By what a scale multiplies the sides of a picture.
fn factor(scale: Scale) -> f64 {
    f64::from(scale.eighths()) / 8.0
}

/// Decodes the first picture of a JPEG file.
pub(super) fn decode(file: &File<'_>, need: &Need<'_>) -> Result<Picture, ThumbnailError> {
    let Opened { decoder, orientation, scale, detail, demand } = open(file, need)?;
    let bytes = usize::try_from(demand.pixel_bytes()).unwrap_or(usize::MAX);
    let mut samples = Vec::with_capacity(bytes);
    decoder
        .decode(scale, detail, |row| samples.extend_from_slice(row))
        .map_err(|error| refuse(file, error))?;

    let from = (decoder.width(), decoder.height());
    let (width, height) = (scale.side(from.0), scale.side(from.1));
    let (kind, pixels) = match decoder.color() {
        Color::Grey => {
            (Kind::Grey, GrayImage::from_raw(width, height, samples).map(DynamicImage::from))
        }
        Color::YCbCr | Color::Rgb => {
            (Kind::Rgb, RgbImage::from_raw(width, height, samples).map(DynamicImage::from))
        }
        Color::Cmyk | Color::Ycck => {
            (Kind::Cmyk, RgbaImage::from_raw(width, height, samples).map(DynamicImage::from))
        }
    };
    let inks = (kind == Kind::Cmyk).then_some(Inks {
        is_ycck: decoder.color() == Color::Ycck,
        is_inverted: decoder.is_adobe(),
    });
    let reduced = Reduced { from, scale: (factor(scale), factor(scale)), is_weighted: false };
    Ok(Picture {
        pixels: pixels.ok_or_else(|| file.truncated(None))?,
        reduced: Some(reduced).filter(|_| scale != Scale::Full),
        inks,
        is_transparent: false,
        is_scene_light: false,
        profile: decoder.profile().and_then(|icc| Profile::parse_for(&icc, kind)),
        orientation,
    })
}

/// Says whose fault an error of the decoder is.
fn refuse(file: &File<'_>, error: Error) -> ThumbnailError {
    let format = file.format;
    match error {
        Error::Truncated => file.truncated(None),
        Error::Corrupt(_) => ThumbnailError::Undecodable { format, source: error.into() },
        Error::Unsupported(_) => ThumbnailError::Unsupported { format, source: error.into() },
    }
}
