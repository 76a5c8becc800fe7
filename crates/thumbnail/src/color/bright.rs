//! Tone mapping of HDR pictures (ITU-R BT.2100): perceptual quantisation and hybrid log-gamma. If
//! nothing in the picture is brighter than white paper, white paper becomes sRGB's white; otherwise
//! everything is compressed a little, so that highlights keep their detail. Works on the small
//! picture.

use moxcms::{
    CicpColorPrimaries, CicpProfile, ColorProfile, Matrix3d, MatrixCoefficients,
    TransferCharacteristics,
};

use super::tone;
use crate::raster::{Raster, Samples, Srgb};

/// The luminance of white paper, in candelas per square metre (ITU-R BT.2408, table 1).
const PAPER: f32 = 203.0;

/// The peak luminance for hybrid log-gamma, in candelas per square metre.
const HLG_PEAK: f32 = 1000.0;

/// The transfer function.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Curve {
    Pq,
    Hlg,
}

/// A transfer function, and the matrix from a picture's primaries to sRGB's.
#[derive(Clone)]
pub(crate) struct Bright {
    curve: Curve,
    to_srgb: [[f32; 3]; 3],
}

impl Bright {
    /// `None` for transfer functions that are not HDR.
    pub(super) fn by_numbers(primaries: u16, transfer: u16) -> Option<Self> {
        let curve = match transfer {
            16 => Curve::Pq,
            18 => Curve::Hlg,
            _ => return None,
        };
        let color_primaries = match u8::try_from(primaries).ok()?.try_into().ok()? {
            CicpColorPrimaries::Unspecified => CicpColorPrimaries::Bt2020,
            primaries => primaries,
        };
        let profile = ColorProfile::new_from_cicp(CicpProfile {
            color_primaries,
            transfer_characteristics: TransferCharacteristics::Linear,
            matrix_coefficients: MatrixCoefficients::Identity,
            full_range: true,
        });
        profile.red_trc.as_ref()?;
        let Matrix3d { v } = profile.transform_matrix(&ColorProfile::new_srgb());
        #[expect(clippy::cast_possible_truncation, reason = "numbers near 1")]
        let to_srgb = v.map(|row| row.map(|factor| factor as f32));
        Some(Self { curve, to_srgb })
    }

    /// Converts to sRGB.
    pub(super) fn to_srgb(&self, raster: Raster) -> Srgb {
        let Raster { width, height, channels, samples } = raster;
        let mut samples: Vec<f32> = match samples {
            Samples::U8(samples) => {
                samples.iter().map(|&sample| f32::from(sample) / 255.0).collect()
            }
            Samples::U16(samples) => {
                samples.iter().map(|&sample| f32::from(sample) / 65_535.0).collect()
            }
            Samples::F32(samples) => samples,
        };
        let mut brightest = 1.0_f32;
        let count = channels.count();
        for pixel in samples.chunks_exact_mut(count) {
            if channels.has_alpha() && pixel.last() == Some(&0.0) {
                continue;
            }
            let light = match *pixel {
                [red, green, blue, ..] => self.light([red, green, blue]),
                [grey, ..] => self.light([grey; 3]),
                [] => continue,
            };
            brightest = light.into_iter().fold(brightest, f32::max);
            let colors = count - usize::from(channels.has_alpha());
            pixel.iter_mut().take(colors).zip(light).for_each(|(sample, light)| *sample = light);
        }
        let samples = samples
            .chunks_exact(count)
            .flat_map(|pixel| {
                let colors = count - usize::from(channels.has_alpha());
                let most = pixel.iter().take(colors).copied().fold(0.0, f32::max);
                let factor = compress(most, brightest);
                pixel.iter().enumerate().map(move |(place, &sample)| {
                    tone::byte(if place < colors { tone::encoded(sample * factor) } else { sample })
                })
            })
            .collect();
        Srgb { width, height, channels, samples }
    }

    /// Light with sRGB's primaries, with 1 for white paper. Colours outside of sRGB are clipped.
    fn light(&self, signal: [f32; 3]) -> [f32; 3] {
        let [red, green, blue] = match self.curve {
            Curve::Pq => signal.map(|sample| pq(sample) / PAPER),
            Curve::Hlg => {
                let [red, green, blue] = signal.map(hlg);
                // A system gamma of 1.2 (BT.2100, table 5).
                let luminance = 0.2627 * red + 0.678 * green + 0.0593 * blue;
                let factor = luminance.max(0.0).powf(0.2) * HLG_PEAK / PAPER;
                [red, green, blue].map(|light| light * factor)
            }
        };
        self.to_srgb.map(|[from_red, from_green, from_blue]| {
            (from_red * red + from_green * green + from_blue * blue).max(0.0)
        })
    }
}

/// The factor for `light` that makes the brightest light of the picture white (Reinhard, Stark,
/// Shirley and Ferwerda, 2002, equation 4).
fn compress(light: f32, brightest: f32) -> f32 {
    (1.0 + light / brightest / brightest) / (1.0 + light)
}

/// The luminance of a sample, in candelas per square metre (BT.2100, table 4).
fn pq(sample: f32) -> f32 {
    let root = sample.clamp(0.0, 1.0).powf(32.0 / 2523.0);
    let part = (root - 0.835_937_5).max(0.0) / (18.851_563 - 18.6875 * root);
    10_000.0 * part.powf(16_384.0 / 2610.0)
}

/// The light of a sample, as a part of the scene's brightest light (BT.2100, table 5).
fn hlg(sample: f32) -> f32 {
    let sample = sample.clamp(0.0, 1.0);
    if sample <= 0.5 {
        sample * sample / 3.0
    } else {
        (((sample - 0.559_910_7) / 0.178_832_77).exp() + 0.284_668_92) / 12.0
    }
}
