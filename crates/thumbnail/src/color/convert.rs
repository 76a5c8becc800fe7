//! Converts pixels of any profile, inks or depth to sRGB or Display P3 at 8 bits a sample.

use super::inks::{self, Inks};
use super::narrow::narrow;
use super::profile::Profile;
use super::transform::convert;
use crate::raster::{Channels, Raster, Samples, Srgb};
use crate::spec::Gamut;

/// Converts pixels to the colours of `gamut`, and to 8 bits a sample.
///
/// Without a usable profile, RGB is taken for sRGB, grey for sRGB's greys, and CMYK for common
/// offset printing. That is right only if `gamut` is sRGB: P3 is for pictures with a wide profile.
pub(crate) fn convert_to(
    gamut: Gamut,
    raster: Raster,
    inks: Option<Inks>,
    profile: Option<&Profile>,
) -> Srgb {
    let profile = match profile {
        Some(Profile::Bright(bright)) => return bright.to_srgb(raster),
        Some(Profile::Icc(profile)) => Some(profile),
        None => None,
    };
    let Raster { width, height, channels, samples } = raster;
    let samples = match (inks, samples) {
        (Some(inks), Samples::U8(samples)) => Samples::U8(inks.amounts(samples)),
        (_, samples) => samples,
    };
    let converted = profile.and_then(|profile| convert(&samples, channels, profile, gamut).ok());
    let (channels, samples) = match converted {
        Some(samples) => (srgb_channels(channels), narrow(samples)),
        None => match channels {
            Channels::Cmyk => (Channels::Rgb, inks::mix(&narrow(samples))),
            _ => (channels, narrow(samples)),
        },
    };
    Srgb { width, height, channels, samples }
}

/// The channels after conversion to sRGB: grey stays grey.
fn srgb_channels(channels: Channels) -> Channels {
    match channels {
        Channels::Cmyk => Channels::Rgb,
        other => other,
    }
}
