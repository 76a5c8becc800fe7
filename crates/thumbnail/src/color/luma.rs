//! Luma that follows from primaries and curves (ITU-T H.273, 8.3: matrix coefficients 10, 12 and
//! 13).

use moxcms::{Chromaticity, CicpColorPrimaries, ColorPrimaries, TransferCharacteristics};

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

/// Colours whose luma is that of their light: constant luminance.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) struct ConstantLuminance {
    red: f32,
    blue: f32,
    curve: TransferCharacteristics,
    /// How far red and blue may lie below luma, and above it.
    ranges: [[f32; 2]; 2],
}

impl ConstantLuminance {
    /// With these weights of red and blue, and the curve by the code point for transfer
    /// characteristics; that of television if it is not known.
    pub(crate) fn new((red, blue): (f32, f32), transfer: u16) -> Self {
        let curve = u8::try_from(transfer).ok().and_then(|transfer| transfer.try_into().ok());
        let known = |curve: &TransferCharacteristics| {
            let unknown = [TransferCharacteristics::Unspecified, TransferCharacteristics::Reserved];
            !unknown.contains(curve)
        };
        let curve = curve.filter(known).unwrap_or(TransferCharacteristics::Bt709);
        let ranges =
            [red, blue].map(|weight| [coded(curve, 1.0 - weight), 1.0 - coded(curve, weight)]);
        Self { red, blue, curve, ranges }
    }

    /// Red, green and blue, of luma and of the differences of blue and red, from -0.5 to 0.5.
    pub(crate) fn colors(&self, luma: f32, blue: f32, red: f32) -> [f32; 3] {
        let [of_red, of_blue] = self.ranges;
        let [red, blue] = [(red, of_red), (blue, of_blue)].map(|(part, [below, above])| {
            let far = if part < 0.0 { below } else { above };
            luma + 2.0 * part * far
        });
        let [light, red_light, blue_light] = [luma, red, blue].map(|part| self.light(part));
        let rest = light - self.red * red_light - self.blue * blue_light;
        [red, coded(self.curve, rest / (1.0 - self.red - self.blue)), blue]
    }

    fn light(&self, part: f32) -> f32 {
        narrow(self.curve.linearize(f64::from(part.clamp(0.0, 1.0))))
    }
}

fn coded(curve: TransferCharacteristics, light: f32) -> f32 {
    narrow(curve.gamma(f64::from(light.clamp(0.0, 1.0))))
}

#[expect(clippy::cast_possible_truncation, reason = "a part of white")]
fn narrow(part: f64) -> f32 {
    part as f32
}
