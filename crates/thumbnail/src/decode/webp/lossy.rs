//! A lossy WebP picture, through our own decoder. Rows are shrunk as they are decoded, and the
//! picture is decoded at half size if that is enough.

#![expect(clippy::cast_sign_loss, reason = "clamped to what a sample can be")]

use image::metadata::Orientation;

use super::outline::Outline;
use crate::color::kind::Kind;
use crate::color::profile::Profile;
use crate::decode::cost::DecodeCost;
use crate::decode::decoder::{Decode, Opened};
use crate::decode::file::File;
use crate::decode::picture::{Picture, Planar, Reduced, image_of};
use crate::error::ThumbnailError;
use crate::exif;
use crate::shrink::{Shrink, Shrinker, Shrunk};
use crate::target::Target;
use scaled_jpeg::{Plane, Planes};
use scaled_vp8::{Decoder, Error, Scale};

/// Red, green and blue.
const CHANNELS: usize = 3;

/// How many times larger than the largest thumbnail, across and down, a picture decoded at half
/// size must be. Halving is a box filter, so the rule of [`Shrink`] applies: it leaves twice the
/// thumbnail's resolution, and Lanczos3 does the rest.
const HALF_MARGIN: f64 = 2.0;

/// A picture whose header was read, and how it is decoded.
struct Lossy<'a> {
    file: File<'a>,
    decoder: Decoder<'a>,
    orientation: Orientation,
    scale: Scale,
    /// How the rows of pixels are shrunk further, if they are.
    shrink: Option<Shrink>,
    /// An ICC profile.
    icc: Option<&'a [u8]>,
    cost: DecodeCost,
}

/// Reads the header of the picture in the chunk `frame`.
pub(super) fn open<'a>(
    file: File<'a>,
    outline: &Outline<'a>,
    frame: &'a [u8],
    target: &Target<'_>,
) -> Opened<'a> {
    let decoder = if file.is_damaged { Decoder::of_damaged } else { Decoder::new };
    let decoder = decoder(frame).map_err(|error| refuse(&file, error))?;
    let stored = (decoder.width(), decoder.height());
    file.check_pixels(stored.0, stored.1)?;
    if outline.canvas != (0, 0) && outline.canvas != stored {
        return Err(file.corrupt(format!(
            "its canvas of {} x {} pixels is not its picture's {} x {}",
            outline.canvas.0, outline.canvas.1, stored.0, stored.1
        )));
    }
    let orientation = exif::orientation(outline.exif);
    let magnification = target.magnification(stored, orientation);
    let (scale, shrink) = if magnification * HALF_MARGIN <= 0.5 {
        let size = (Scale::Half.side(stored.0), Scale::Half.side(stored.1));
        (Scale::Half, Shrink::by_boxes(size, magnification * 2.0))
    } else {
        (Scale::Full, Shrink::of(target, stored, orientation))
    };
    let size = (scale.side(stored.0), scale.side(stored.1));
    let size = shrink.map_or(size, Shrink::size);
    let shrinking = shrink.map_or(0, |shrink| shrink.working_bytes(CHANNELS as u64));
    let working_bytes = decoder.memory() as u64 + shrinking;
    let cost = DecodeCost {
        reduced: Some(size),
        kept_bytes: outline.kept_bytes(),
        ..DecodeCost::new(stored, CHANNELS as u64, false, working_bytes)
    };
    let icc = outline.profile;
    Ok(Box::new(Lossy { file, decoder, orientation, scale, shrink, icc, cost }))
}

impl Decode for Lossy<'_> {
    fn cost(&self) -> &DecodeCost {
        &self.cost
    }

    fn planes(&self) -> Result<Option<Planar>, ThumbnailError> {
        let Self { file, decoder, orientation, scale, shrink, .. } = self;
        if *scale == Scale::Full || shrink.is_some() {
            return Ok(None);
        }
        if self.profile().is_some_and(|profile| !profile.is_srgb(Kind::Rgb)) {
            return Ok(None);
        }
        let stored = (decoder.width(), decoder.height());
        let (width, height) = (scale.side(stored.0) as usize, scale.side(stored.1) as usize);
        let extent = (f64::from(stored.0) / 2.0, f64::from(stored.1) / 2.0);
        let plane = || Plane { width, height, samples: Vec::with_capacity(width * height), extent };
        let [mut luma, mut blue, mut red] = [plane(), plane(), plane()];
        let take = |component, row: &[u8]| match component {
            0 => luma.samples.extend(row.iter().copied().map(full_luma)),
            1 => blue.samples.extend(row.iter().copied().map(full_chroma)),
            _ => red.samples.extend(row.iter().copied().map(full_chroma)),
        };
        decoder.decode_planes(take).map_err(|error| refuse(file, error))?;
        let planes = Planes { luma, chroma: Some([blue, red]) };
        Ok(Some(Planar { stored, planes, orientation: *orientation }))
    }

    fn decode(self: Box<Self>) -> Result<Picture, ThumbnailError> {
        let Self { ref file, ref decoder, orientation, scale, shrink, ref cost, .. } = *self;
        let from = (decoder.width(), decoder.height());
        let factor = if scale == Scale::Half { 0.5 } else { 1.0 };
        let (size, samples, scale) = if let Some(shrink) = shrink {
            // Each row is shrunk as it is decoded, so that all rows never exist at once.
            let mut shrinker = Shrinker::new(shrink, CHANNELS);
            decoder
                .decode(scale, |row| shrinker.push_opaque(row))
                .map_err(|error| refuse(file, error))?;
            let Shrunk { size, samples, scale: (across, down), .. } = shrinker.finish()?;
            (size, samples, (factor * across, factor * down))
        } else {
            let bytes = usize::try_from(cost.pixel_bytes()).unwrap_or(usize::MAX);
            let mut samples = Vec::with_capacity(bytes);
            decoder
                .decode(scale, |row| samples.extend_from_slice(row))
                .map_err(|error| refuse(file, error))?;
            ((scale.side(from.0), scale.side(from.1)), samples, (factor, factor))
        };
        let pixels = image_of(CHANNELS, size, samples).ok_or_else(|| file.truncated(None))?;
        Ok(Picture {
            reduced: Some(Reduced { from, scale, is_weighted: false })
                .filter(|reduced| reduced.scale != (1.0, 1.0)),
            profile: self.profile(),
            orientation,
            ..Picture::of(pixels)
        })
    }
}

impl Lossy<'_> {
    fn profile(&self) -> Option<Profile> {
        Profile::parse_for(self.icc?, Kind::Rgb)
    }
}

/// Converts luma from WebP's range, 16 to 235, to JPEG's, 0 to 255.
fn full_luma(sample: u8) -> u8 {
    // 255 / 219, times 2^8.
    let stretched = u16::from(sample.saturating_sub(16).min(219)) * 298 + 128;
    (stretched >> 8) as u8
}

/// Converts chroma from 16 to 240 to JPEG's range, 0.5 to 255.5, and clamps it to 255.
fn full_chroma(sample: u8) -> u8 {
    // 255 / 224, times 2^16.
    let stretched = (i32::from(sample) - 128) * 74_606 + (128 << 16) + (1 << 15);
    (stretched >> 16).clamp(0, 255) as u8
}

/// Converts the decoder's error to one that says who is at fault.
fn refuse(file: &File<'_>, error: Error) -> ThumbnailError {
    match error {
        Error::Truncated => file.truncated(None),
        Error::Corrupt(_) => file.corrupt(error),
        Error::Unsupported(_) => file.unsupported(error),
    }
}
