//! Finds the part of a picture with the most to see, which [`Gravity::Smart`] keeps.
//!
//! The three measures, the colour of skin and the weights come from smartcrop.js by Jonas Wagner.
//! Each pixel of a small copy is rated by how strong an edge it is, how close its colour is to
//! skin, and how saturated it is. A window of the part's shape then slides over the copy, and stays
//! where the sum of the ratings is highest. The inner half of the window counts twice, so that what
//! matters does not end up at its edge. Sums come from an integral image. Unlike in smartcrop.js,
//! the window has only one size, the largest that fits, and there is no rule of thirds.
//!
//! [`Gravity::Smart`]: super::spec::Gravity::Smart

use super::geometry::Size;
use super::raster::Srgb;

/// Red, green and blue of skin, as a direction.
const SKIN: [f64; 3] = [0.78, 0.57, 0.44];
/// How close to the colour of skin a colour must be, from 0 to 1.
const SKIN_THRESHOLD: f64 = 0.8;
/// The darkest skin, from 0 to 1.
const SKIN_DARKEST: f64 = 0.2;
const SKIN_WEIGHT: f64 = 1.8;

const EDGE_WEIGHT: f64 = 0.2;

/// The least saturation that counts, from 0 to 1.
const SATURATION_THRESHOLD: f64 = 0.4;
/// Pixels outside this range of brightness look colourless, however saturated they are.
const SATURATION_BRIGHTNESS: (f64, f64) = (0.05, 0.9);
const SATURATION_WEIGHT: f64 = 0.1;

/// The upper left corner of the `part` to keep, in pixels of the `upright` picture. `preview` is a
/// small copy of that picture.
pub(super) fn focus(preview: &Srgb, upright: Size, part: (f64, f64)) -> (f64, f64) {
    let sums = Integral::of(preview);
    let scale = (
        f64::from(preview.width) / f64::from(upright.0),
        f64::from(preview.height) / f64::from(upright.1),
    );
    let window = (whole(part.0 * scale.0).max(1), whole(part.1 * scale.1).max(1));
    let room = (sums.width.saturating_sub(window.0), sums.height.saturating_sub(window.1));
    let mut best = (0, u64::MAX, (0, 0));
    for y in 0..=room.1 {
        for x in 0..=room.0 {
            let (right, bottom) = (x + window.0, y + window.1);
            let (inset_x, inset_y) = (window.0 / 4, window.1 / 4);
            let inner =
                sums.of_area((x + inset_x, y + inset_y), (right - inset_x, bottom - inset_y));
            let energy = sums.of_area((x, y), (right, bottom)) + inner;
            // Among equal places, the one closest to the middle wins.
            let off = (x * 2).abs_diff(room.0) as u64 + (y * 2).abs_diff(room.1) as u64;
            if (energy, u64::MAX - off) > (best.0, u64::MAX - best.1) || best.1 == u64::MAX {
                best = (energy, off, (x, y));
            }
        }
    }
    let (x, y) = best.2;
    // If the window touches the edge of the copy, the part touches the edge of the picture.
    let place = |at: usize, room: usize, side: u32, part: f64| {
        let free = (f64::from(side) - part).max(0.0);
        if room == 0 { free / 2.0 } else { free * narrow(at) / narrow(room) }
    };
    (place(x, room.0, upright.0, part.0), place(y, room.1, upright.1, part.1))
}

#[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "100 pixels at most")]
fn whole(side: f64) -> usize {
    side.round() as usize
}

#[expect(clippy::cast_precision_loss, reason = "100 pixels at most")]
fn narrow(side: usize) -> f64 {
    side as f64
}

/// For each corner between pixels, the sum of all pixels above it and to its left.
struct Integral {
    width: usize,
    height: usize,
    sums: Vec<u64>,
}

impl Integral {
    fn of(picture: &Srgb) -> Self {
        let (width, height) = (picture.width as usize, picture.height as usize);
        let pixels: Vec<[u8; 4]> = picture.rgba().collect();
        let lights: Vec<f64> = pixels.iter().copied().map(light).collect();
        let mut sums = vec![0; (width + 1) * (height + 1)];
        for y in 0..height {
            let mut row = 0;
            for x in 0..width {
                let near = |x: usize, y: usize| {
                    let at = y.min(height - 1) * width + x.min(width - 1);
                    lights.get(at).copied().unwrap_or_default()
                };
                let around = near(x.saturating_sub(1), y)
                    + near(x + 1, y)
                    + near(x, y.saturating_sub(1))
                    + near(x, y + 1);
                let edge = (near(x, y) * 4.0 - around).abs();
                let pixel = pixels.get(y * width + x).copied().unwrap_or_default();
                row += energy(pixel, edge);
                let above = sums.get(y * (width + 1) + x + 1).copied().unwrap_or_default();
                if let Some(sum) = sums.get_mut((y + 1) * (width + 1) + x + 1) {
                    *sum = above + row;
                }
            }
        }
        Self { width, height, sums }
    }

    fn of_area(&self, (left, top): (usize, usize), (right, bottom): (usize, usize)) -> u64 {
        let sum = |x: usize, y: usize| {
            let corner = self.sums.get(y.min(self.height) * (self.width + 1) + x.min(self.width));
            corner.copied().unwrap_or_default()
        };
        (sum(right, bottom) + sum(left, top)).saturating_sub(sum(left, bottom) + sum(right, top))
    }
}

/// Luma from 0 to 1, of the pixel on black.
fn light([red, green, blue, alpha]: [u8; 4]) -> f64 {
    let luma = 0.2126 * f64::from(red) + 0.7152 * f64::from(green) + 0.0722 * f64::from(blue);
    luma * f64::from(alpha) / (255.0 * 255.0)
}

/// The rating of a pixel, in thousandths: whole numbers have the same sum in any order.
fn energy(pixel: [u8; 4], edge: f64) -> u64 {
    let [red, green, blue, alpha] = pixel.map(|sample| f64::from(sample) / 255.0);
    let light = light(pixel);
    let length = (red * red + green * green + blue * blue).sqrt();
    let off: f64 = [red, green, blue]
        .into_iter()
        .zip(SKIN)
        .map(|(color, skin)| (color / length.max(1e-6) - skin).powi(2))
        .sum();
    let near_skin = 1.0 - off.sqrt();
    let skin = if near_skin > SKIN_THRESHOLD && light >= SKIN_DARKEST {
        (near_skin - SKIN_THRESHOLD) / (1.0 - SKIN_THRESHOLD)
    } else {
        0.0
    };
    let (least, most) = (red.min(green).min(blue), red.max(green).max(blue));
    let middle = f64::midpoint(least, most);
    let reach = if middle > 0.5 { 2.0 - least - most } else { least + most };
    let saturation = if most > least { (most - least) / reach } else { 0.0 };
    let is_colored = saturation > SATURATION_THRESHOLD
        && (SATURATION_BRIGHTNESS.0..=SATURATION_BRIGHTNESS.1).contains(&light);
    let saturation = if is_colored {
        (saturation - SATURATION_THRESHOLD) / (1.0 - SATURATION_THRESHOLD)
    } else {
        0.0
    };
    let sum = skin * SKIN_WEIGHT + edge * EDGE_WEIGHT + saturation * SATURATION_WEIGHT;
    #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "a few thousands")]
    let thousandths = (sum * alpha * 1000.0).round() as u64;
    thousandths
}
