//! The quality of lossy formats: a fixed one, the lowest that still looks the same, or one at which
//! the file fits. Every trial is a whole encoding, which is affordable for thumbnails.

use fast_ssim2::{PixelDescriptor, PixelSlice, Ssimulacra2Reference};
use image::metadata::Orientation;

use crate::color::narrow::narrowed;
use crate::decode;
use crate::decode::file::File;
use crate::error::Cause;
use crate::format::SourceFormat;
use crate::geometry::Area;
use crate::raster::Srgb;
use crate::resize;
use crate::spec::{Limits, Quality};
use crate::target::Target;

/// The lowest SSIMULACRA2 score at which a thumbnail looks the same as before it was encoded. On
/// the metric's own scale, 70 is high quality, and at 90 no difference is visible even when
/// flickering between both; at 80 none is visible side by side.
const LOOKS_THE_SAME: f64 = 80.0;

/// The qualities among which [`Quality::Auto`] searches. Below, artefacts become visible that
/// hardly lower the score; above, files grow without a visible difference.
const AUTO: (u8, u8) = (40, 95);

/// The lowest quality that is tried to make a file fit.
const LOWEST: u8 = 10;

/// The quality of JPEG if none can be found.
pub(crate) const DEFAULT_JPEG: u8 = 80;
/// The quality of lossy WebP if none can be found.
pub(crate) const DEFAULT_WEBP: u8 = 80;
/// The quality of AVIF if none can be found.
pub(crate) const DEFAULT_AVIF: u8 = 60;

/// Encodes `picture` as `quality` asks, or worse if the file would be over `max_bytes`. If it does
/// not fit at quality 10, it is written at that.
///
/// For [`Quality::Auto`], pictures under 8 pixels on a side, which the metric does not support, and
/// formats that are not decoded here are written at `default`.
pub(super) fn search(
    picture: &Srgb,
    quality: Quality,
    max_bytes: Option<u32>,
    default: u8,
    encode: &dyn Fn(u8) -> Result<Vec<u8>, Cause>,
) -> Result<Vec<u8>, Cause> {
    let (level, bytes) = match quality {
        Quality::Set(level) => (level, encode(level)?),
        Quality::Auto => match lowest_same(picture, encode)? {
            Some(found) => found,
            None => (default, encode(default)?),
        },
    };
    let fits = |bytes: &[u8]| max_bytes.is_none_or(|most| bytes.len() as u64 <= u64::from(most));
    if fits(&bytes) || level <= LOWEST {
        return Ok(bytes);
    }
    let mut best = encode(LOWEST)?;
    let (mut low, mut high) = (LOWEST, level);
    while fits(&best) && high - low > 1 {
        let middle = u8::midpoint(low, high);
        let bytes = encode(middle)?;
        if fits(&bytes) {
            (low, best) = (middle, bytes);
        } else {
            high = middle;
        }
    }
    Ok(best)
}

/// The lowest quality that looks the same, and its file; the highest of [`AUTO`] if none does.
/// `None` if looks cannot be measured.
fn lowest_same(
    picture: &Srgb,
    encode: &dyn Fn(u8) -> Result<Vec<u8>, Cause>,
) -> Result<Option<(u8, Vec<u8>)>, Cause> {
    let Some(judge) = Judge::of(picture) else { return Ok(None) };
    let (mut low, mut high) = AUTO;
    let mut best = encode(high)?;
    if judge.score(&best).is_none() {
        return Ok(None);
    }
    while low < high {
        let middle = u8::midpoint(low, high);
        let bytes = encode(middle)?;
        if judge.score(&bytes).is_some_and(|score| score >= LOOKS_THE_SAME) {
            (high, best) = (middle, bytes);
        } else {
            low = middle + 1;
        }
    }
    Ok(Some((high, best)))
}

/// The background of transparent parts in comparisons: mid grey hides neither dark nor light.
const BEHIND: [u8; 3] = [128; 3];

/// Compares encoded files with the picture that they were made from.
struct Judge {
    reference: Ssimulacra2Reference,
}

impl Judge {
    fn of(picture: &Srgb) -> Option<Self> {
        if picture.width.min(picture.height) < 8 {
            return None;
        }
        let opaque = picture.clone().flattened(BEHIND).with_color();
        let reference = Ssimulacra2Reference::new(&slice(&opaque)?).ok()?;
        Some(Self { reference })
    }

    fn score(&self, file: &[u8]) -> Option<f64> {
        let decoded = reread(file)?.flattened(BEHIND).with_color();
        self.reference.compare(&slice(&decoded)?).ok()
    }
}

fn slice(picture: &Srgb) -> Option<PixelSlice<'_>> {
    let (width, height) = (picture.width, picture.height);
    let row = width as usize * 3;
    PixelSlice::new(&picture.samples, width, height, row, PixelDescriptor::RGB8_SRGB).ok()
}

/// Decodes a file of ours, with its colours as stored. `None` if its format cannot be decoded.
pub(crate) fn reread(file: &[u8]) -> Option<Srgb> {
    let format = SourceFormat::from_first_bytes(file)?;
    let limits = Limits { max_pixels: u64::MAX };
    let file = File { source: file, format, limits, is_damaged: false };
    let mut picture = decode::open(file, &Target::everything()).ok()?.decode().ok()?;
    let size = picture.stored();
    let raster = resize::resize(&mut picture, Area::whole(size), size, false).ok()?;
    debug_assert_eq!(picture.orientation, Orientation::NoTransforms);
    Some(narrowed(raster))
}
