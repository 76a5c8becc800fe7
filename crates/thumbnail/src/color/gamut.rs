//! sRGB and Display P3: which profiles are wider than the former, and the profile of the latter.

use std::sync::LazyLock;

use moxcms::{
    CicpColorPrimaries, CicpProfile, ColorProfile, Layout, MatrixCoefficients,
    TransferCharacteristics, TransformOptions, Xyzd,
};

use super::kind::Kind;
use crate::spec::{Color, Gamut};

/// How much larger than sRGB's a profile's area in the chromaticity diagram must be to be worth
/// keeping. Display P3's is 1.36 times as large; copies of sRGB differ only by rounding.
const WIDE: f64 = 1.05;

/// Whether a profile's primaries are further apart than sRGB's. A profile without primaries, such
/// as a table, is not wide.
pub(super) fn is_wide(profile: &ColorProfile) -> bool {
    area(profile) > area(&ColorProfile::new_srgb()) * WIDE
}

/// Whether a profile's primaries are sRGB's, give or take the rounding in copies of it.
pub(super) fn has_srgb_primaries(profile: &ColorProfile) -> bool {
    const ROUNDING: f64 = 0.002;
    let primaries = |of: &ColorProfile| {
        [of.red_colorant, of.green_colorant, of.blue_colorant]
            .map(|color| [color.x, color.y, color.z])
    };
    let (own, srgb) = (primaries(profile), primaries(&ColorProfile::new_srgb()));
    own.iter().flatten().zip(srgb.iter().flatten()).all(|(own, srgb)| (own - srgb).abs() < ROUNDING)
}

/// The area of the triangle between the primaries in the chromaticity diagram; NaN if a profile has
/// none.
fn area(profile: &ColorProfile) -> f64 {
    let chromaticity = |color: Xyzd| {
        let sum = color.x + color.y + color.z;
        (color.x / sum, color.y / sum)
    };
    let (red_x, red_y) = chromaticity(profile.red_colorant);
    let (green_x, green_y) = chromaticity(profile.green_colorant);
    let (blue_x, blue_y) = chromaticity(profile.blue_colorant);
    let twice = (green_x - red_x) * (blue_y - red_y) - (blue_x - red_x) * (green_y - red_y);
    twice.abs() / 2.0
}

/// The profile of the code points for primaries and transfer characteristics; `None` for sRGB, and
/// for unspecified or unknown ones.
pub(super) fn by_numbers(primaries: u16, transfer: u16, kind: Kind) -> Option<ColorProfile> {
    let color_primaries = match u8::try_from(primaries).ok()?.try_into().ok()? {
        CicpColorPrimaries::Unspecified => CicpColorPrimaries::Bt709,
        primaries => primaries,
    };
    let transfer_characteristics = match u8::try_from(transfer).ok()?.try_into().ok()? {
        // These curves are for television cameras. Screens show such pictures with another curve,
        // which on a computer is sRGB's.
        TransferCharacteristics::Bt709
        | TransferCharacteristics::Bt601
        | TransferCharacteristics::Bt202010bit
        | TransferCharacteristics::Bt202012bit
        | TransferCharacteristics::Iec61966
        | TransferCharacteristics::Bt1361
        | TransferCharacteristics::Unspecified => TransferCharacteristics::Srgb,
        transfer => transfer,
    };
    let is_srgb_curve = transfer_characteristics == TransferCharacteristics::Srgb;
    if is_srgb_curve && (kind == Kind::Grey || color_primaries == CicpColorPrimaries::Bt709) {
        return None;
    }
    let matrix_coefficients = MatrixCoefficients::Identity;
    let profile = ColorProfile::new_from_cicp(CicpProfile {
        color_primaries,
        transfer_characteristics,
        matrix_coefficients,
        full_range: true,
    });
    let curve = profile.red_trc.clone()?;
    if kind == Kind::Grey {
        let mut grey = ColorProfile::new_gray_with_gamma(1.0);
        grey.gray_trc = Some(curve);
        return Some(grey);
    }
    Some(profile)
}

pub(super) fn profile_of(gamut: Gamut) -> ColorProfile {
    match gamut {
        Gamut::Srgb => ColorProfile::new_srgb(),
        Gamut::P3 => {
            let mut profile = ColorProfile::new_display_p3();
            // The code point would be that of cinema's primaries.
            profile.cicp = None;
            profile
        }
    }
}

/// Display P3 as an ICC profile of some 500 bytes, which are always the same.
pub(crate) fn display_p3_profile() -> Option<Vec<u8>> {
    static PROFILE: LazyLock<Option<Vec<u8>>> = LazyLock::new(|| {
        let mut icc = profile_of(Gamut::P3).encode().ok()?;
        // The date of creation (ISO 15076-1, 7.2.9): the encoder writes the current time.
        let made = icc.get_mut(24..36)?;
        made.copy_from_slice(&[0x07, 0xE8, 0, 1, 0, 1, 0, 0, 0, 0, 0, 0]);
        Some(icc)
    });
    PROFILE.clone()
}

/// A background's red, green and blue in the colours of `gamut`.
pub(crate) fn background(color: Color, gamut: Gamut) -> [u8; 3] {
    let convert = || {
        let (from, to) = (profile_of(Gamut::Srgb), profile_of(Gamut::P3));
        let options = TransformOptions::default();
        let transform = from.create_transform_8bit(Layout::Rgb, &to, Layout::Rgb, options).ok()?;
        let mut converted = color.rgb;
        transform.transform(&color.rgb, &mut converted).ok()?;
        Some(converted)
    };
    match gamut {
        Gamut::Srgb => color.rgb,
        Gamut::P3 => convert().unwrap_or(color.rgb),
    }
}
