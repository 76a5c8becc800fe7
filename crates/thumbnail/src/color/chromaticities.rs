//! Profiles of an exponent and chromaticities, as the `gAMA` and `cHRM` chunks of PNG give them.

use moxcms::{Chromaticity, ColorPrimaries, ColorProfile, XyY};

use super::gamut;
use super::kind::Kind;

/// White, red, green and blue, as x and y of the chromaticity diagram.
pub(super) type Chromaticities = [[f32; 2]; 4];

/// The exponent that is as good as sRGB's curve, and how much another one may differ from it: most
/// files mean sRGB, and writers round.
const SRGB_EXPONENT: f32 = 2.2;
const ROUNDING: f32 = 0.02;

/// Twice the smallest area between primaries that are not on one line; sRGB's is 0.22.
const LEAST_AREA: f32 = 0.01;

/// The smallest and the largest exponent that makes sense.
const EXPONENTS: std::ops::RangeInclusive<f32> = 0.1..=10.0;

/// The profile of pixels of `kind`; `None` for sRGB.
pub(super) fn profile(
    exponent: Option<f32>,
    chromaticities: Option<Chromaticities>,
    kind: Kind,
) -> Option<ColorProfile> {
    let exponent = exponent.filter(|exponent| EXPONENTS.contains(exponent));
    let other = exponent.filter(|exponent| (exponent / SRGB_EXPONENT - 1.0).abs() > ROUNDING);
    if kind == Kind::Grey {
        return other.map(ColorProfile::new_gray_with_gamma);
    }
    let wide = chromaticities.and_then(with_primaries);
    // Other primaries come with a true power: sRGB's curve is not meant.
    let exponent = if wide.is_some() { exponent } else { other };
    if wide.is_none() && exponent.is_none() {
        return None;
    }
    let mut profile = wide.unwrap_or_else(ColorProfile::new_srgb);
    if let Some(exponent) = exponent {
        let curve = ColorProfile::new_gray_with_gamma(exponent).gray_trc;
        // The code points would count before the curves.
        profile.cicp = None;
        (profile.red_trc, profile.green_trc) = (curve.clone(), curve.clone());
        profile.blue_trc = curve;
    }
    Some(profile)
}

/// sRGB with other primaries; `None` if they are sRGB's, or no colours have them.
fn with_primaries(chromaticities: Chromaticities) -> Option<ColorProfile> {
    let [white, red, green, blue] = chromaticities;
    // The conversion divides by y.
    let is_possible = |[x, y]: [f32; 2]| (0.0..=1.0).contains(&x) && y > 0.0 && y <= 1.0;
    let area = (green[0] - red[0]) * (blue[1] - red[1]) - (blue[0] - red[0]) * (green[1] - red[1]);
    if !chromaticities.into_iter().all(is_possible) || area.abs() < LEAST_AREA {
        return None;
    }
    let [red, green, blue] = [red, green, blue].map(|[x, y]| Chromaticity::new(x, y));
    let [x, y] = white.map(f64::from);
    let mut profile = ColorProfile::new_srgb();
    profile.update_rgb_colorimetry(XyY { x, y, yb: 1.0 }, ColorPrimaries { red, green, blue });
    let colorants = [profile.red_colorant, profile.green_colorant, profile.blue_colorant];
    // White lies between the primaries, so each of them adds light to it.
    let is_sound = colorants.iter().all(|color| color.y > 0.0 && color.y < 1.0);
    (is_sound && !gamut::has_srgb_primaries(&profile)).then_some(profile)
}
