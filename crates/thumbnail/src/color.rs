//! Colours of the source to sRGB or Display P3, on the small picture. A profile that is broken, or of another
//! kind than the pixels, is as good as none: the picture still shows.

mod bright;
mod gamut;
pub(super) mod inks;
pub(super) mod lab;
pub(super) mod tone;

use image::ColorType;
use moxcms::{
    CmsError, ColorProfile, DataColorSpace, Layout, RenderingIntent, TransformExecutor,
    TransformOptions,
};

use bright::Bright;
pub(super) use gamut::{background, display_p3_profile};
pub(super) use inks::Inks;

use super::raster::{Channels, Raster, Samples, Srgb};
use super::spec::Gamut;

/// What a pixel holds besides alpha.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Kind {
    Grey,
    Rgb,
    Cmyk,
}

/// What the samples of a picture mean, where they are not sRGB's.
#[derive(Clone)]
pub(super) enum Profile {
    /// Primaries and curves, or tables: of the same kind as the picture.
    Icc(Box<ColorProfile>),
    /// Light for screens brighter than others.
    Bright(Bright),
}

impl Profile {
    /// Parses an ICC profile (ISO 15076-1) for pixels of `color_type`.
    pub(super) fn parse(icc: &[u8], color_type: ColorType) -> Option<Self> {
        Self::parse_for(icc, if color_type.has_color() { Kind::Rgb } else { Kind::Grey })
    }

    /// Parses an ICC profile (ISO 15076-1) for pixels of `kind`.
    pub(super) fn parse_for(icc: &[u8], kind: Kind) -> Option<Self> {
        let profile = ColorProfile::new_from_slice(icc).ok()?;
        let expected = match kind {
            Kind::Grey => DataColorSpace::Gray,
            Kind::Rgb => DataColorSpace::Rgb,
            Kind::Cmyk => DataColorSpace::Cmyk,
        };
        (profile.color_space == expected).then(|| Self::Icc(Box::new(profile)))
    }

    /// The profile of pixels of `kind` with the given colour primaries and transfer characteristics
    /// (ITU-T H.273, 8.1 and 8.2); `None` for sRGB, and for what is unspecified or unknown.
    pub(super) fn by_numbers(primaries: u16, transfer: u16, kind: Kind) -> Option<Self> {
        if let Some(bright) = Bright::by_numbers(primaries, transfer) {
            return Some(Self::Bright(bright));
        }
        gamut::by_numbers(primaries, transfer, kind).map(|profile| Self::Icc(Box::new(profile)))
    }

    /// Whether it says no more of pixels of `kind` than that they are sRGB's.
    pub(super) fn is_srgb(&self, kind: Kind) -> bool {
        matches!(self, Self::Icc(profile) if changes_nothing(profile, kind))
    }

    /// Whether it has colours that sRGB has not, which can be kept.
    pub(super) fn is_wide(&self) -> bool {
        match self {
            Self::Icc(profile) => gamut::is_wide(profile),
            Self::Bright(_) => false,
        }
    }
}

/// Converts to the colours of `gamut`, and to 8 bits a sample.
///
/// Without a profile, or with one that cannot be applied, RGB is taken for sRGB, grey for sRGB's
/// greys, and CMYK for common offset printing.
/// That is what is right where `gamut` is sRGB; P3 is only for pictures whose profile is wide.
pub(super) fn convert_to(
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

/// The pixels as they are, at 8 bits a sample: for files of our own, whose colours are known.
pub(super) fn narrowed(raster: Raster) -> Srgb {
    let Raster { width, height, channels, samples } = raster;
    Srgb { width, height, channels, samples: narrow(samples) }
}

/// What channels become in sRGB: grey stays grey.
fn srgb_channels(channels: Channels) -> Channels {
    match channels {
        Channels::Cmyk => Channels::Rgb,
        other => other,
    }
}

/// Whether colours come out of the profile's conversion as they went in, to one step of 8 bits: those of
/// a lattice through all of them, and every grey, which alone tell a curve from another.
///
/// It is asked only of what could be: to prepare a conversion takes half a millisecond.
fn changes_nothing(profile: &ColorProfile, kind: Kind) -> bool {
    let (channels, probe): (_, Vec<u8>) = match kind {
        Kind::Grey => (Channels::Grey, (0..=255).collect()),
        Kind::Rgb if gamut::has_srgb_primaries(profile) => {
            // Six shades of each, from 0 to 255.
            let colours = (0..216).flat_map(|at: u8| [at / 36, at / 6 % 6, at % 6].map(|x| x * 51));
            (Channels::Rgb, (0..=255).flat_map(|grey| [grey; 3]).chain(colours).collect())
        }
        Kind::Rgb | Kind::Cmyk => return false,
    };
    let probe = Samples::U8(probe);
    match (convert(&probe, channels, profile, Gamut::Srgb), &probe) {
        (Ok(Samples::U8(converted)), Samples::U8(probe)) => {
            probe.iter().zip(&converted).all(|(before, after)| before.abs_diff(*after) <= 1)
        }
        _ => false,
    }
}

fn convert(
    samples: &Samples,
    channels: Channels,
    profile: &ColorProfile,
    gamut: Gamut,
) -> Result<Samples, CmsError> {
    // Profiles that are plain primaries and curves have one rendering, colorimetric under any name.
    // Those of presses have several, of which the perceptual one alone keeps black black.
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
        // Four channels without alpha go by the name of the other four.
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
    // Greys come back three times the same.
    Ok(match channels {
        Channels::Grey => converted.iter().skip(1).step_by(3).copied().collect(),
        Channels::GreyAlpha => converted
            .chunks_exact(4)
            .flat_map(|pixel| pixel.iter().skip(1).step_by(2).copied())
            .collect(),
        _ => converted,
    })
}

/// To 8 bits a sample, rounding to nearest.
fn narrow(samples: Samples) -> Vec<u8> {
    match samples {
        Samples::U8(samples) => samples,
        Samples::U16(samples) => samples
            .into_iter()
            .map(|sample| u8::try_from((u32::from(sample) * 255 + 32_767) / 65_535).unwrap_or(255))
            .collect(),
        Samples::F32(samples) => samples
            .into_iter()
            .map(|sample| {
                #[expect(
                    clippy::cast_possible_truncation,
                    clippy::cast_sign_loss,
                    reason = "clamped to what fits; not-a-number becomes 0"
                )]
                let narrow = (sample.clamp(0.0, 1.0) * 255.0).round() as u8;
                narrow
            })
            .collect(),
    }
}
