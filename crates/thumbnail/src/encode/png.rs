//! PNG, through the `png` crate: as grey, in colour or with a palette, whichever is smallest. All
//! of them are lossless: pictures of more than 256 colours get no palette.

use std::borrow::Cow;
use std::collections::HashMap;

use png::{BitDepth, ColorType, DeflateCompression, Filter};

use super::notes::Notes;
use crate::error::Cause;
use crate::raster::{Channels, Srgb};

/// Writes a picture. Grey gets no palette.
pub(super) fn encode(picture: &Srgb, notes: &Notes) -> Result<Vec<u8>, Cause> {
    // An RGB profile does not suit greys.
    let grey = picture.without_idle_color().filter(|_| notes.profile.is_none());
    let picture = grey.as_ref().unwrap_or(picture);
    let direct = direct(picture, notes)?;
    Ok(match indexed(picture, notes)? {
        Some(indexed) if indexed.len() <= direct.len() => indexed,
        _ => direct,
    })
}

/// Writes every pixel's samples as they are, but greys in as few bits as hold them all.
fn direct(picture: &Srgb, notes: &Notes) -> Result<Vec<u8>, Cause> {
    let (color_type, depth) = match picture.channels {
        Channels::Grey => (ColorType::Grayscale, grey_depth(&picture.samples)),
        Channels::GreyAlpha => (ColorType::GrayscaleAlpha, BitDepth::Eight),
        Channels::Rgb => (ColorType::Rgb, BitDepth::Eight),
        Channels::Rgba | Channels::Cmyk => (ColorType::Rgba, BitDepth::Eight),
    };
    let bits = depth as usize;
    let samples = if bits < 8 {
        let levels: Vec<u8> = picture.samples.iter().map(|grey| grey >> (8 - bits)).collect();
        Cow::Owned(pack(&levels, picture.width as usize, bits))
    } else {
        Cow::Borrowed(picture.samples.as_slice())
    };
    let image = Image { color_type, depth, samples: &samples };
    let filter = image.best_filter(picture)?;
    image.write(picture, notes, filter, DIRECT, &[], &[])
}

/// The level of deflate for pixels as they are: the next level takes a third longer for 1 % less,
/// the last one seven times as long for 4 %.
const DIRECT: DeflateCompression = DeflateCompression::Level(5);
/// The level for palettes, which are small enough for the highest.
const INDEXED: DeflateCompression = DeflateCompression::Level(9);
/// The level for trials, which only compare lengths.
const TRIAL: DeflateCompression = DeflateCompression::Level(2);

/// How many bytes of samples are tried both ways at most, and in strips of how many rows.
const TRIAL_BYTES: usize = 1 << 16;
const TRIAL_ROWS: usize = 8;

/// The fewest bits that hold every grey: those bits, repeated, must give its eight bits.
fn grey_depth(greys: &[u8]) -> BitDepth {
    [(BitDepth::One, 255), (BitDepth::Two, 85), (BitDepth::Four, 17)]
        .into_iter()
        .find(|&(_, step)| greys.iter().all(|grey| grey % step == 0))
        .map_or(BitDepth::Eight, |(depth, _)| depth)
}

/// Writes a palette of the picture's own colours, and indices; `None` if there are more than 256 colours.
fn indexed(picture: &Srgb, notes: &Notes) -> Result<Option<Vec<u8>>, Cause> {
    if matches!(picture.channels, Channels::Grey | Channels::GreyAlpha) {
        return Ok(None);
    }
    let Some((palette, indices)) = palette(picture) else { return Ok(None) };
    let depth = match palette.len() {
        0..=2 => BitDepth::One,
        3..=4 => BitDepth::Two,
        5..=16 => BitDepth::Four,
        _ => BitDepth::Eight,
    };
    let packed = pack(&indices, picture.width as usize, depth as usize);
    let colors: Vec<u8> = palette.iter().flat_map(|&[r, g, b, _]| [r, g, b]).collect();
    // Transparent colours come first, so that the opaque ones need no `tRNS` entry.
    let alphas: Vec<u8> = palette.iter().map(|color| color[3]).take_while(|&a| a < 255).collect();
    let image = Image { color_type: ColorType::Indexed, depth, samples: &packed };
    image.write(picture, notes, Filter::NoFilter, INDEXED, &colors, &alphas).map(Some)
}

/// The picture's colours, transparent ones first and then by frequency, and each pixel's index.
fn palette(picture: &Srgb) -> Option<(Vec<[u8; 4]>, Vec<u8>)> {
    let mut counts: HashMap<[u8; 4], u32> = HashMap::new();
    // In pictures with few colours, most pixels have the colour of the one before.
    let mut run = ([0; 4], 0);
    for pixel in picture.rgba().map(Some).chain([None]) {
        if pixel == Some(run.0) {
            run.1 += 1;
            continue;
        }
        if run.1 > 0 {
            *counts.entry(run.0).or_default() += run.1;
        }
        if counts.len() > 256 {
            return None;
        }
        run = (pixel.unwrap_or_default(), 1);
    }
    let mut colors: Vec<_> = counts.into_iter().collect();
    colors.sort_unstable_by_key(|&(color, count)| (color[3], u32::MAX - count, color));
    let palette: Vec<_> = colors.into_iter().map(|(color, _)| color).collect();
    let places: HashMap<_, _> =
        palette.iter().zip(0..=u8::MAX).map(|(&color, place)| (color, place)).collect();
    let mut last = ([0; 4], places.get(&[0; 4]).copied().unwrap_or_default());
    let index = |pixel| {
        if pixel != last.0 {
            last = (pixel, places.get(&pixel).copied().unwrap_or_default());
        }
        last.1
    };
    let indices = picture.rgba().map(index).collect();
    Some((palette, indices))
}

/// Packs indices into bytes, the first in the highest bits. Each row starts at a new byte (PNG,
/// third edition, 7.2).
fn pack(indices: &[u8], width: usize, bits: usize) -> Vec<u8> {
    indices
        .chunks(width.max(1))
        .flat_map(|row| row.chunks(8 / bits))
        .map(|pixels| {
            let packed =
                pixels.iter().fold(0_u32, |packed, &index| packed << bits | u32::from(index));
            let filled = packed << (8 - bits * pixels.len());
            u8::try_from(filled).unwrap_or_default()
        })
        .collect()
}

/// Samples in the layout that a file declares.
struct Image<'a> {
    color_type: ColorType,
    depth: BitDepth,
    samples: &'a [u8],
}

impl Image<'_> {
    /// Graphics compress best without a filter, photographs with one. Strips of the picture are
    /// written both ways to find out.
    fn best_filter(&self, picture: &Srgb) -> Result<Filter, Cause> {
        let row = self.samples.len() / (picture.height as usize).max(1);
        let strip = (row * TRIAL_ROWS).clamp(1, self.samples.len().max(1));
        let strips = self.samples.len().div_ceil(strip);
        let tried = (TRIAL_BYTES / strip).clamp(1, strips.max(1));
        let samples: Vec<u8> = self
            .samples
            .chunks_exact(strip)
            .step_by(strips.div_ceil(tried).max(1))
            .flatten()
            .copied()
            .collect();
        let rows = u32::try_from(samples.len() / row.max(1)).unwrap_or(0);
        if rows == 0 {
            return Ok(Filter::Adaptive);
        }
        let tried = Image { samples: &samples, ..*self };
        let part = Srgb { height: rows, samples: Vec::new(), ..*picture };
        let length = |filter| -> Result<usize, Cause> {
            Ok(tried.write(&part, &Notes::default(), filter, TRIAL, &[], &[])?.len())
        };
        let plain = length(Filter::NoFilter)? <= length(Filter::Adaptive)?;
        Ok(if plain { Filter::NoFilter } else { Filter::Adaptive })
    }

    fn write(
        &self,
        picture: &Srgb,
        notes: &Notes,
        filter: Filter,
        compression: DeflateCompression,
        palette: &[u8],
        alphas: &[u8],
    ) -> Result<Vec<u8>, Cause> {
        let mut info = png::Info::with_size(picture.width, picture.height);
        info.icc_profile = notes.profile.as_deref().map(Into::into);
        info.exif_metadata = notes.exif.as_deref().map(Into::into);
        let mut bytes = Vec::new();
        let mut encoder = png::Encoder::with_info(&mut bytes, info)?;
        encoder.set_color(self.color_type);
        encoder.set_depth(self.depth);
        encoder.set_deflate_compression(compression);
        encoder.set_filter(filter);
        if !palette.is_empty() {
            encoder.set_palette(palette);
        }
        if !alphas.is_empty() {
            encoder.set_trns(alphas);
        }
        let mut writer = encoder.write_header()?;
        writer.write_image_data(self.samples)?;
        writer.finish()?;
        Ok(bytes)
    }
}
