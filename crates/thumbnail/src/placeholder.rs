//! Placeholders: what a page shows while a thumbnail loads, small enough to be part of its HTML.

use super::raster::Srgb;
use super::spec::Color;

/// What can be shown in place of a picture until a thumbnail of it has loaded.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Placeholders {
    /// The picture's `ThumbHash`: about 25 bytes, which include its shape and transparency.
    pub thumb_hash: Vec<u8>,
    /// The picture's `BlurHash`: 4 x 3 components, or 3 x 4 if the picture is taller than wide.
    /// Transparent parts are white.
    pub blur_hash: String,
    /// The dominant colour, opaque. Colours whose red, green and blue have the same four highest
    /// bits are grouped, weighted by alpha; this is the mean of the largest group. White if the
    /// picture is fully transparent.
    pub dominant: Color,
}

impl Placeholders {
    /// Computes the placeholders from a small upright copy of at most 100 pixels on a side.
    pub(super) fn of(preview: &Srgb) -> Self {
        let samples: Vec<u8> = preview.rgba().flatten().collect();
        let thumb_hash = thumbhash::rgba_to_thumb_hash(
            preview.width as usize,
            preview.height as usize,
            &samples,
        );
        let opaque = preview.clone().flattened([255; 3]);
        let samples: Vec<u8> = opaque.rgba().flatten().collect();
        let (across, down) = if preview.height > preview.width { (3, 4) } else { (4, 3) };
        let blur_hash = blurhash::encode(across, down, preview.width, preview.height, &samples);
        Self { thumb_hash, blur_hash: blur_hash.unwrap_or_default(), dominant: dominant(preview) }
    }
}

fn dominant(picture: &Srgb) -> Color {
    // For each group of colours with the same highest bits: their total weight, and their sums.
    let mut bins = vec![[0_u64; 4]; 1 << 12];
    for [red, green, blue, alpha] in picture.rgba() {
        let high = |sample: u8| usize::from(sample >> 4);
        if let Some(bin) = bins.get_mut(high(red) << 8 | high(green) << 4 | high(blue)) {
            let weight = u64::from(alpha);
            for (sum, value) in bin.iter_mut().zip([255, red, green, blue]) {
                *sum += weight * u64::from(value);
            }
        }
    }
    let largest = bins.iter().rev().max_by_key(|bin| bin[0]).copied().unwrap_or_default();
    let [weight, colors @ ..] = largest;
    if weight == 0 {
        return Color::WHITE;
    }
    // Each weight was multiplied by 255.
    let mean = |sum: u64| u8::try_from((sum * 255 + weight / 2) / weight).unwrap_or(u8::MAX);
    Color { rgb: colors.map(mean), alpha: u8::MAX }
}
