//! JPEG, through our own decoder, which decodes row by row, and only as many pixels as are needed.

use image::metadata::Orientation;
use image::{DynamicImage, GrayImage, RgbImage, RgbaImage};

use super::cost::DecodeCost;
use super::decoder::{Decode, Opened};
use super::file::File;
use super::picture::{Picture, Planar, Reduced};
use crate::color::inks::Inks;
use crate::color::kind::Kind;
use crate::color::profile::Profile;
use crate::error::ThumbnailError;
use crate::exif;
use crate::geometry::Size;
use crate::shrink::{Shrink, Shrinker, Shrunk};
use crate::target::Target;
use scaled_jpeg::{Color, Decoder, Detail, Error, Plane, Planes, Scale};

/// The most scans of a picture: each may refine every block again, in hardly a byte. Encoders write
/// about ten.
const MAX_SCANS: u64 = 100;

/// The most blocks of 8 x 8 samples that all scans together may touch. Refining a block takes about
/// 40 ns, even if it takes no bytes. This allows ten scans of 100 megapixels in full colour.
const MAX_SCANNED_BLOCKS: u64 = 100_000_000;

/// How much longer refining a block may take with arithmetic coding: each of its coefficients takes
/// a decision.
const ARITHMETIC_EFFORT: u64 = 10;

/// A picture whose headers were read, and how it is decoded.
struct Jpeg<'a> {
    file: File<'a>,
    decoder: Decoder<'a>,
    orientation: Orientation,
    scale: Scale,
    detail: Detail,
    /// How the rows of pixels are shrunk further, if they are.
    shrink: Option<Shrink>,
    cost: DecodeCost,
}

/// Reads the headers.
pub(super) fn open<'a>(file: File<'a>, target: &Target<'_>) -> Opened<'a> {
    open_turned(file, target, None)
}

/// The same for a picture whose orientation is told elsewhere than in its EXIF.
pub(super) fn open_turned<'a>(
    file: File<'a>,
    target: &Target<'_>,
    orientation: Option<Orientation>,
) -> Opened<'a> {
    let decoder = if file.is_damaged { Decoder::of_damaged } else { Decoder::new };
    let decoder = decoder(file.source).map_err(|error| refuse(&file, error))?;
    let (width, height) = (decoder.width(), decoder.height());
    file.check_pixels(width, height)?;
    let effort = if decoder.is_arithmetic() { ARITHMETIC_EFFORT } else { 1 };
    let limit = max_scans(decoder.blocks() as u64 * effort);
    let scans = decoder.scans() as u64;
    if scans > limit {
        return Err(ThumbnailError::TooManyScans { scans, limit });
    }
    let orientation = orientation.unwrap_or_else(|| exif::orientation(decoder.exif()));
    let least = target.scale((width, height), orientation);
    let scale = Scale::ALL.into_iter().find(|scale| factor(*scale) >= least);
    let scale = scale.unwrap_or(Scale::Full);
    let detail = if target.has_half_chroma() { Detail::Coarse } else { Detail::Full };
    let size = (scale.side(width), scale.side(height));
    let channels = decoder.color().channels();
    let magnification = target.magnification((width, height), orientation) / factor(scale);
    let shrink = Shrink::by_boxes(size, magnification).filter(|_| channels % 2 == 1);
    let shrinking = shrink.map_or(0, |shrink| shrink.working_bytes(channels as u64));
    let metadata = decoder.metadata_bytes() as u64;
    let working_bytes = decoder.memory(scale, detail) as u64 + shrinking + metadata * 3;
    let cost = DecodeCost {
        reduced: Some(shrink.map_or(size, Shrink::size)),
        kept_bytes: metadata * 8,
        ..DecodeCost::new((width, height), channels as u64, false, working_bytes)
    };
    Ok(Box::new(Jpeg { file, decoder, orientation, scale, detail, shrink, cost }))
}

/// The most scans of a picture with `blocks` blocks.
pub(super) fn max_scans(blocks: u64) -> u64 {
    MAX_SCANS.min(MAX_SCANNED_BLOCKS / blocks.max(1)).max(1)
}

/// The factor by which a scale multiplies a picture's sides.
fn factor(scale: Scale) -> f64 {
    f64::from(scale.eighths()) / 8.0
}

impl Decode for Jpeg<'_> {
    fn cost(&self) -> &DecodeCost {
        &self.cost
    }

    fn planes(&self) -> Result<Option<Planar>, ThumbnailError> {
        let Self { file, decoder, orientation, scale, shrink, .. } = self;
        let kind = match decoder.color() {
            Color::Grey => Kind::Grey,
            Color::YCbCr => Kind::Rgb,
            Color::Rgb | Color::Cmyk | Color::Ycck => return Ok(None),
        };
        if *scale == Scale::Full || shrink.is_some() {
            return Ok(None);
        }
        if profile(decoder, kind).is_some_and(|profile| !profile.is_srgb(kind)) {
            return Ok(None);
        }
        let planes = decoder.decode_planes(*scale).map_err(|error| refuse(file, error))?;
        let mut planes = planes.into_iter();
        let Some(luma) = planes.next() else { return Ok(None) };
        let chroma = planes.next().zip(planes.next()).map(<[Plane; 2]>::from);
        let stored = (decoder.width(), decoder.height());
        Ok(Some(Planar { stored, planes: Planes { luma, chroma }, orientation: *orientation }))
    }

    fn decode(self: Box<Self>) -> Result<Picture, ThumbnailError> {
        let ((width, height), samples, reduced) = match self.shrink {
            Some(shrink) => self.shrunk(shrink)?,
            None => self.whole()?,
        };
        let Self { file, decoder, orientation, .. } = *self;
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
            // As in all such files, whether Adobe's programs labelled them or not.
            is_inverted: true,
        });
        Ok(Picture {
            pixels: pixels.ok_or_else(|| file.truncated(None))?,
            reduced: Some(reduced).filter(|reduced| reduced.scale != (1.0, 1.0)),
            inks,
            is_transparent: false,
            is_scene_light: false,
            profile: profile(&decoder, kind),
            orientation,
        })
    }
}

fn profile(decoder: &Decoder<'_>, kind: Kind) -> Option<Profile> {
    Profile::parse_for(&decoder.profile()?, kind)
}

/// The size of decoded samples, the samples, and what they were reduced from.
type Decoded = (Size, Vec<u8>, Reduced);

impl Jpeg<'_> {
    /// Decodes all rows at the scale.
    fn whole(&self) -> Result<Decoded, ThumbnailError> {
        let Self { file, decoder, scale, detail, cost, .. } = self;
        let bytes = usize::try_from(cost.pixel_bytes()).unwrap_or(usize::MAX);
        let mut samples = Vec::with_capacity(bytes);
        decoder
            .decode(*scale, *detail, |row| samples.extend_from_slice(row))
            .map_err(|error| refuse(file, error))?;
        let from = (decoder.width(), decoder.height());
        let scales = (factor(*scale), factor(*scale));
        let size = (scale.side(from.0), scale.side(from.1));
        Ok((size, samples, Reduced { from, scale: scales, is_weighted: false }))
    }

    /// Decodes rows at the scale, and shrinks each one at once, so that they never all exist.
    fn shrunk(&self, shrink: Shrink) -> Result<Decoded, ThumbnailError> {
        let Self { file, decoder, scale, detail, .. } = self;
        let from = (decoder.width(), decoder.height());
        let mut shrinker = Shrinker::new(shrink, decoder.color().channels());
        decoder
            .decode(*scale, *detail, |row| shrinker.push_opaque(row))
            .map_err(|error| refuse(file, error))?;
        let Shrunk { size, samples, scale: (across, down), .. } = shrinker.finish()?;
        let scales = (factor(*scale) * across, factor(*scale) * down);
        Ok((size, samples, Reduced { from, scale: scales, is_weighted: false }))
    }
}

/// Converts the decoder's error to one that says who is at fault.
fn refuse(file: &File<'_>, error: Error) -> ThumbnailError {
    match error {
        Error::Truncated => file.truncated(None),
        Error::Corrupt(_) => file.corrupt(error),
        Error::Unsupported(_) => file.unsupported(error),
    }
}
