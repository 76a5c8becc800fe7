//! Placeholders: what pages show while a thumbnail loads, small enough to stand in their HTML.

use super::raster::Srgb;
use super::spec::Color;

/// What can be shown in a picture's place before any thumbnail of it has loaded.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Placeholders {
    /// The picture's `ThumbHash`: about 25 bytes, with its shape and transparency.
    pub thumb_hash: Vec<u8>,
    /// The picture's `BlurHash`, of 4 x 3 components, 3 x 4 where it is higher than wide;
    /// transparent parts are white.
    pub blur_hash: String,
    /// The dominant colour, opaque: the mean of the colours that are most alike, by the four highest
    /// bits of red, green and blue, each counted by its alpha. White where nothing is to be seen.
    pub dominant: Color,
}

impl Placeholders {
    /// Works them out from a small copy, upright, of at most 100 pixels on a side.
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
    // Of colours that share their highest bits: how much there is of them, and their sums.
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
    // The weights were counted 255 times.
    let mean = |sum: u64| u8::try_from((sum * 255 + weight / 2) / weight).unwrap_or(u8::MAX);
    Color { rgb: colors.map(mean), alpha: u8::MAX }
}
