//! Tone mapping of scene light. The exposure follows from the picture's own light, and highlights
//! are compressed instead of clipped (Reinhard, Stark, Shirley and Ferwerda, "Photographic Tone
//! Reproduction for Digital Images", SIGGRAPH 2002, section 3.1). Works on the small picture,
//! without dodging and burning.

use moxcms::{Chromaticity, ColorPrimaries, ColorProfile, XyY};

use super::narrow::narrowed;
use crate::raster::{Channels, Raster, Samples, Srgb};

/// What a picture's average light is mapped to, as a part of white: a photographer's mid-grey.
const MID_GREY: f32 = 0.18;

/// Keeps the logarithm of black finite; a part of the brightest light in the picture.
const DARKEST: f32 = 1e-6;

/// Converts linear light with sRGB's primaries to sRGB.
pub(crate) fn to_srgb(raster: Raster) -> Srgb {
    let Raster { width, height, channels, .. } = raster;
    let Samples::F32(samples) = raster.samples else {
        return narrowed(raster);
    };
    let mapping = Mapping::of(&samples, channels);
    let samples = samples
        .chunks_exact(channels.count())
        .flat_map(|pixel| {
            let factor = mapping.factor(luminance(pixel, channels));
            let colors = channels.count() - usize::from(channels.has_alpha());
            pixel.iter().enumerate().map(move |(place, &sample)| {
                byte(if place < colors { encoded(sample.max(0.0) * factor) } else { sample })
            })
        })
        .collect();
    Srgb { width, height, channels, samples }
}

/// The matrix from linear light with the given primaries and white, as x and y of the chromaticity
/// diagram, to sRGB's. Whites are adapted to each other. `None` if nothing needs to be done, or the
/// primaries are impossible.
/// no colours have such primaries.
pub(crate) fn to_srgb_primaries(
    primaries: [[f32; 2]; 3],
    white: [f32; 2],
) -> Option<[[f32; 3]; 3]> {
    let [red, green, blue] = primaries.map(|[x, y]| Chromaticity::new(x, y));
    let [x, y] = white.map(f64::from);
    let white = XyY { x, y, yb: 1.0 };
    let from = ColorProfile::colorants_matrix(white, ColorPrimaries { red, green, blue });
    let to = ColorProfile::new_srgb().rgb_to_xyz_matrix();
    let matrix = to.inverse().mat_mul(from).to_f32().v;
    let is_sound = matrix.as_flattened().iter().all(|factor| factor.abs() < 100.0);
    let is_idle = matrix.iter().enumerate().all(|(row, factors)| {
        factors
            .iter()
            .enumerate()
            .all(|(column, factor)| (factor - f32::from(u8::from(row == column))).abs() < 0.001)
    });
    (is_sound && !is_idle).then_some(matrix)
}

/// How one picture's light is mapped.
struct Mapping {
    exposure: f32,
    /// The exposed luminance that becomes white: the brightest pixel's, but at least 1, so that a
    /// dull picture stays dull.
    white: f32,
}

impl Mapping {
    fn of(samples: &[f32], channels: Channels) -> Self {
        let pixels = samples.chunks_exact(channels.count());
        let visible = pixels.filter(|pixel| {
            !channels.has_alpha() || pixel.last().is_some_and(|&alpha| alpha > 0.0)
        });
        let luminances = visible.map(|pixel| luminance(pixel, channels));
        let most = luminances.clone().fold(0.0, f32::max);
        let darkest = most * DARKEST;
        let (sum, count) = luminances.fold((0.0_f64, 0.0_f64), |(sum, count), luminance| {
            (sum + f64::from(luminance.max(darkest)).ln(), count + 1.0)
        });
        let average = (sum / count).exp();
        #[expect(clippy::cast_possible_truncation, reason = "an average of floats of that size")]
        let exposure = (f64::from(MID_GREY) / average) as f32;
        // A picture without any light has no average.
        let exposure = if exposure.is_finite() { exposure } else { 1.0 };
        Self { exposure, white: (most * exposure).max(1.0) }
    }

    /// The factor for the colours of a pixel with this luminance.
    fn factor(&self, luminance: f32) -> f32 {
        let exposed = luminance * self.exposure;
        let compressed = (1.0 + exposed / self.white / self.white) / (1.0 + exposed);
        compressed * self.exposure
    }
}

/// Luminance of linear light with sRGB's primaries (Rec. ITU-R BT.709, 3.2).
fn luminance(pixel: &[f32], channels: Channels) -> f32 {
    let luminance = match (channels, pixel) {
        (Channels::Rgb | Channels::Rgba, &[red, green, blue, ..]) => {
            0.2126 * red.max(0.0) + 0.7152 * green.max(0.0) + 0.0722 * blue.max(0.0)
        }
        (_, &[grey, ..]) => grey,
        _ => 0.0,
    };
    luminance.max(0.0)
}

/// sRGB's curve (IEC 61966-2-1).
pub(super) fn encoded(light: f32) -> f32 {
    if light <= 0.003_130_8 { light * 12.92 } else { 1.055 * light.powf(1.0 / 2.4) - 0.055 }
}

pub(super) fn byte(sample: f32) -> u8 {
    #[expect(
        clippy::cast_possible_truncation,
        clippy::cast_sign_loss,
        reason = "clamped to what fits; not-a-number becomes 0"
    )]
    let byte = (sample.clamp(0.0, 1.0) * 255.0).round() as u8;
    byte
}
