//! Converts CIE L*a*b* to sRGB, for whole pictures: scans and prepress pictures are seldom large,
//! and no later step needs to know about it (ISO 15076-1, 6.3.4 and annex E; the white is D50's).

use std::sync::LazyLock;

use moxcms::ColorProfile;

/// D50's white as X, Y and Z.
const WHITE: [f32; 3] = [0.9642, 1.0, 0.8249];

/// From X, Y and Z under D50 to linear sRGB.
static TO_SRGB: LazyLock<[[f32; 3]; 3]> =
    LazyLock::new(|| ColorProfile::new_srgb().rgb_to_xyz_matrix().inverse().to_f32().v);

/// Red, green and blue from 0 to 1, for lightness from 0 to 100, a* and b*. Colours outside of sRGB
/// are clipped.
pub(crate) fn to_srgb([lightness, a, b]: [f32; 3]) -> [f32; 3] {
    let y = (lightness + 16.0) / 116.0;
    let [white_x, white_y, white_z] = WHITE;
    let xyz =
        [white_x * linear(y + a / 500.0), white_y * linear(y), white_z * linear(y - b / 200.0)];
    TO_SRGB.map(|row| {
        let light: f32 = row.iter().zip(xyz).map(|(factor, amount)| factor * amount).sum();
        super::tone::encoded(light.clamp(0.0, 1.0))
    })
}

/// The inverse of L*a*b*'s cube root, which is linear near black.
fn linear(root: f32) -> f32 {
    if root > 6.0 / 29.0 { root * root * root } else { (root - 4.0 / 29.0) * 108.0 / 841.0 }
}
