//! Runs a profile's conversion on samples.

use moxcms::{
    CmsError, ColorProfile, Layout, RenderingIntent, TransformExecutor, TransformOptions,
};

use super::gamut;
use crate::raster::{Channels, Samples};
use crate::spec::Gamut;

/// Converts samples from `profile` to the colours of `gamut`.
pub(super) fn convert(
    samples: &Samples,
    channels: Channels,
    profile: &ColorProfile,
    gamut: Gamut,
) -> Result<Samples, CmsError> {
    // Profiles of primaries and curves have only one rendering, which is colorimetric whatever it
    // is called. Printer profiles have several, and only the perceptual one keeps black black.
    let options = TransformOptions {
        rendering_intent: RenderingIntent::Perceptual,
        ..TransformOptions::default()
    };
    let target = gamut::profile_of(gamut);
    let (from, to) = match channels {
        Channels::Grey => (Layout::Gray, Layout::Rgb),
        Channels::GreyAlpha => (Layout::GrayAlpha, Layout::Rgba),
        Channels::Rgb => (Layout::Rgb, Layout::Rgb),
        Channels::Rgba => (Layout::Rgba, Layout::Rgba),
        // Four channels without alpha are passed as RGBA.
        Channels::Cmyk => (Layout::Rgba, Layout::Rgb),
    };
    match samples {
        Samples::U8(samples) => {
            let transform = profile.create_transform_8bit(from, &target, to, options)?;
            apply(transform.as_ref(), samples, channels).map(Samples::U8)
        }
        Samples::U16(samples) => {
            let transform = profile.create_transform_16bit(from, &target, to, options)?;
            apply(transform.as_ref(), samples, channels).map(Samples::U16)
        }
        Samples::F32(samples) => {
            let transform = profile.create_transform_f32(from, &target, to, options)?;
            apply(transform.as_ref(), samples, channels).map(Samples::F32)
        }
    }
}

fn apply<T: Copy + Default>(
    transform: &(dyn TransformExecutor<T> + Send + Sync),
    samples: &[T],
    channels: Channels,
) -> Result<Vec<T>, CmsError> {
    let pixels = samples.len() / channels.count();
    let made = if channels.has_alpha() { 4 } else { 3 };
    let mut converted = vec![T::default(); pixels * made];
    transform.transform(samples, &mut converted)?;
    // Greys are returned as three equal samples.
    Ok(match channels {
        Channels::Grey => converted.iter().skip(1).step_by(3).copied().collect(),
        Channels::GreyAlpha => converted
            .chunks_exact(4)
            .flat_map(|pixel| pixel.iter().skip(1).step_by(2).copied())
            .collect(),
        _ => converted,
    })
}
