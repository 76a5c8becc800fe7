//! The weights of red and blue in luma that follow from primaries (ITU-T H.273, 8.3: matrix
//! coefficients 12).

use moxcms::{Chromaticity, CicpColorPrimaries, ColorPrimaries};

/// The weights of red and blue in luma, by the code point for primaries: their luminances in white
/// light. `None` for primaries that are not known; unspecified ones are those of sRGB.
pub(crate) fn weights(primaries: u16) -> Option<(f32, f32)> {
    let primaries = match u8::try_from(primaries).ok()?.try_into().ok()? {
        CicpColorPrimaries::Unspecified => CicpColorPrimaries::Bt709,
        primaries => primaries,
    };
    let white = match primaries {
        CicpColorPrimaries::Bt470M | CicpColorPrimaries::GenericFilm => {
            Chromaticity::new(0.31, 0.316)
        }
        CicpColorPrimaries::Xyz => Chromaticity::new(1.0 / 3.0, 1.0 / 3.0),
        CicpColorPrimaries::Smpte431 => Chromaticity::new(0.314, 0.351),
        _ => Chromaticity::D65,
    };
    let light = ColorPrimaries::try_from(primaries).ok()?.transform_to_xyz(white);
    let [_, [red, green, blue], _] = light.v;
    // The weight of green is divided by.
    (red + green + blue > 0.9 && green > 0.01).then_some((red, blue))
}
