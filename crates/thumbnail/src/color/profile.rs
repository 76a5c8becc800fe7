//! Colour profiles: the meaning of a picture's samples, if they are not sRGB.

use image::ColorType;
use moxcms::{ColorProfile, DataColorSpace};

use super::bright::Bright;
use super::chromaticities::{self, Chromaticities};
use super::gamut;
use super::kind::Kind;
use super::mended::mended;
use super::transform::convert;
use crate::raster::{Channels, Samples};
use crate::spec::Gamut;

/// The meaning of a picture's samples, if they are not sRGB.
#[derive(Clone)]
pub(crate) enum Profile {
    /// Primaries and curves, or tables, for the picture's kind of pixels.
    Icc(Box<ColorProfile>),
    /// The light of an HDR screen.
    Bright(Bright),
}

impl Profile {
    /// Parses an ICC profile (ISO 15076-1) for pixels of `color_type`.
    pub(crate) fn parse(icc: &[u8], color_type: ColorType) -> Option<Self> {
        Self::parse_for(icc, if color_type.has_color() { Kind::Rgb } else { Kind::Grey })
    }

    /// Parses an ICC profile (ISO 15076-1) for pixels of `kind`.
    pub(crate) fn parse_for(icc: &[u8], kind: Kind) -> Option<Self> {
        let parsed = |icc: &[u8]| ColorProfile::new_from_slice(icc).ok();
        let profile = parsed(icc);
        let profile = if profile.as_ref().is_some_and(is_complete) {
            profile?
        } else {
            let mended = mended(icc).and_then(|icc| parsed(&icc));
            mended.filter(is_complete).or(profile)?
        };
        let expected = match kind {
            Kind::Grey => DataColorSpace::Gray,
            Kind::Rgb => DataColorSpace::Rgb,
            Kind::Cmyk => DataColorSpace::Cmyk,
        };
        (profile.color_space == expected).then(|| Self::Icc(Box::new(profile)))
    }

    /// The profile of pixels of `kind` with the given colour primaries and transfer characteristics
    /// (ITU-T H.273, 8.1 and 8.2); `None` for sRGB, and for unspecified or unknown ones.
    pub(crate) fn by_numbers(primaries: u16, transfer: u16, kind: Kind) -> Option<Self> {
        if let Some(bright) = Bright::by_numbers(primaries, transfer) {
            return Some(Self::Bright(bright));
        }
        gamut::by_numbers(primaries, transfer, kind).map(|profile| Self::Icc(Box::new(profile)))
    }

    /// The profile of pixels of `kind` whose light is their samples to the power of `exponent`, and
    /// whose white and primaries have these chromaticities. What is missing is sRGB's; `None` for
    /// sRGB, and for what is impossible.
    pub(crate) fn by_chromaticities(
        exponent: Option<f32>,
        chromaticities: Option<Chromaticities>,
        kind: Kind,
    ) -> Option<Self> {
        let profile = chromaticities::profile(exponent, chromaticities, kind)?;
        Some(Self::Icc(Box::new(profile)))
    }

    /// Whether the profile is sRGB, as far as pixels of `kind` show.
    pub(crate) fn is_srgb(&self, kind: Kind) -> bool {
        matches!(self, Self::Icc(profile) if changes_nothing(profile, kind))
    }

    /// Whether it has colours outside of sRGB that can be kept.
    pub(crate) fn is_wide(&self) -> bool {
        match self {
            Self::Icc(profile) => gamut::is_wide(profile),
            Self::Bright(_) => false,
        }
    }
}

/// Whether a profile has what a conversion needs. The library leaves out what it does not know.
fn is_complete(profile: &ColorProfile) -> bool {
    let curve = if profile.color_space == DataColorSpace::Gray {
        &profile.gray_trc
    } else {
        &profile.red_trc
    };
    let has_primaries = profile.color_space != DataColorSpace::Rgb || profile.red_colorant.y != 0.0;
    profile.lut_a_to_b_perceptual.is_some()
        || profile.lut_a_to_b_colorimetric.is_some()
        || curve.is_some() && has_primaries
}

/// Whether the profile's conversion leaves colours unchanged, to one step of 8 bits. It is tested
/// with a lattice through all colours, and with every grey, since only greys tell curves apart.
///
/// Called only for profiles that may be sRGB: preparing a conversion takes half a millisecond.
fn changes_nothing(profile: &ColorProfile, kind: Kind) -> bool {
    let (channels, probe): (_, Vec<u8>) = match kind {
        Kind::Grey => (Channels::Grey, (0..=255).collect()),
        Kind::Rgb if gamut::has_srgb_primaries(profile) => {
            // Six shades of each, from 0 to 255.
            let colors = (0..216).flat_map(|at: u8| [at / 36, at / 6 % 6, at % 6].map(|x| x * 51));
            (Channels::Rgb, (0..=255).flat_map(|grey| [grey; 3]).chain(colors).collect())
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
