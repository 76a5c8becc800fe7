//! How much two pictures differ, as a number and as a picture. What is too much is decided
//! elsewhere.

use image::{Rgb, RgbImage, RgbaImage};

/// How much a difference is amplified for the eye.
const AMPLIFICATION: f64 = 8.0;

/// The backgrounds for transparent parts. A halo or a wrong colour shows on at least one of them.
const BACKGROUNDS: [f64; 2] = [255.0, 128.0];

/// How two pictures differ.
pub(crate) struct Difference {
    /// The mean difference of 8-bit channels, on the background where that is larger.
    pub(crate) mean: f64,
    /// The amplified difference of each pixel, on the same background.
    pub(crate) amplified: RgbImage,
}

/// Compares the part that both pictures cover: sizes may differ by a pixel.
pub(crate) fn compare(one: &RgbaImage, other: &RgbaImage) -> Difference {
    let [white, grey] = BACKGROUNDS.map(|background| compare_on(background, one, other));
    if white.mean > grey.mean { white } else { grey }
}

fn compare_on(background: f64, one: &RgbaImage, other: &RgbaImage) -> Difference {
    let (width, height) = (one.width().min(other.width()), one.height().min(other.height()));
    let flat = |picture: &RgbaImage, x, y| {
        let [red, green, blue, alpha] = picture.get_pixel(x, y).0.map(f64::from);
        [red, green, blue].map(|channel| (channel * alpha + background * (255.0 - alpha)) / 255.0)
    };
    let mut sum = 0.0;
    let amplified = RgbImage::from_fn(width, height, |x, y| {
        let ([r, g, b], [red, green, blue]) = (flat(one, x, y), flat(other, x, y));
        let apart = [r - red, g - green, b - blue].map(f64::abs);
        sum += apart.iter().sum::<f64>();
        #[allow(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "0 to 255")]
        Rgb(apart.map(|difference| (difference * AMPLIFICATION).min(255.0) as u8))
    });
    Difference { mean: sum / (f64::from(width) * f64::from(height) * 3.0), amplified }
}
