//! A person's head and shoulders in a landscape: skin, hair, a face. A good crop keeps the person;
//! a centre crop loses it. The person is nobody in particular.
#![allow(
    clippy::cast_precision_loss,
    reason = "drawing: places and colours are floats that end as pixels"
)]

use image::{Rgb, RgbImage};

use super::scene::landscape;

/// Skin, hair and clothes.
const LOOKS: [[[f32; 3]; 3]; 2] = [
    [[222.0, 168.0, 134.0], [74.0, 44.0, 30.0], [196.0, 70.0, 58.0]],
    [[150.0, 98.0, 70.0], [28.0, 24.0, 26.0], [232.0, 176.0, 60.0]],
];

/// A landscape with a person, whose position is `at` of the width from the left (0 to 1). The seed
/// decides the looks of both.
#[must_use]
pub fn portrait(width: u32, height: u32, seed: u64, at: f32) -> RgbImage {
    let mut picture = landscape(width, height, seed);
    let [skin, hair, clothes] = if seed.is_multiple_of(2) { LOOKS[0] } else { LOOKS[1] };
    let unit = 1.0 / height as f32;
    // How much of a pixel a shape covers, if the pixel's centre is `outside` of the shape's edge.
    let cover = |outside: f32| (0.5 - outside / unit).clamp(0.0, 1.0);
    // How far a point is outside of an ellipse.
    let ellipse = |x: f32, y: f32, [left, top, wide, high]: [f32; 4]| {
        (((x - left) / wide).hypot((y - top) / high) - 1.0) * wide.min(high)
    };
    for (column, row, Rgb(pixel)) in picture.enumerate_pixels_mut() {
        // In heights of the picture, right and down from the middle of the face.
        let x = (column as f32 + 0.5 - width as f32 * at) * unit;
        let y = (row as f32 + 0.5) * unit - 0.4;
        let light = 1.06 - 0.5 * (x + 0.05).hypot(y + 0.07);
        let both = x.abs();
        // From the back to the front.
        let shapes = [
            (cover(ellipse(x, y, [0.0, -0.02, 0.165, 0.2])), hair),
            (cover((both - 0.15).max(-0.02 - y).max(y - 0.2)), hair),
            (cover(ellipse(x, y, [0.0, 0.68, 0.33, 0.42])), clothes),
            (cover((both - 0.058).max(0.1 - y).max(y - 0.29)), skin.map(|channel| channel * 0.86)),
            (cover(ellipse(x, y, [0.0, 0.02, 0.125, 0.165])), skin),
            (cover(ellipse(x, y, [0.0, -0.13, 0.13, 0.06]).max(y + 0.08)), hair),
            (cover(ellipse(both, y, [0.05, -0.005, 0.022, 0.013])), [246.0; 3]),
            (cover(ellipse(both, y, [0.05, -0.005, 0.011, 0.012])), [38.0, 30.0, 28.0]),
            (cover(ellipse(both, y, [0.05, -0.042, 0.03, 0.006])), hair),
            (cover(ellipse(x, y, [0.0, 0.05, 0.012, 0.02])), skin.map(|channel| channel * 0.8)),
            (cover(ellipse(x, y, [0.0, 0.095, 0.045, 0.022]).max(0.095 - y)), [176.0, 62.0, 62.0]),
        ];
        for (covered, colour) in shapes {
            for (channel, colour) in pixel.iter_mut().zip(colour) {
                let under = f32::from(*channel);
                let mixed = under + (colour * light - under) * covered;
                #[expect(
                    clippy::cast_possible_truncation,
                    clippy::cast_sign_loss,
                    reason = "clamped to a byte"
                )]
                let mixed = mixed.clamp(0.0, 255.0) as u8;
                *channel = mixed;
            }
        }
    }
    picture
}
