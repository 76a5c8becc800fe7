//! Pictures as planes of luma and chroma for video encoders, in every depth, resolution and matrix.
#![allow(
    clippy::cast_possible_truncation,
    clippy::cast_sign_loss,
    reason = "samples are computed as floats"
)]

use image::RgbImage;

/// How samples are stored.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Coding {
    /// Bits of a sample: 8, 10 or 12.
    pub depth: usize,
    /// The resolution of chroma.
    pub sampling: Sampling,
    /// Whether black is 0, instead of a sixteenth of white.
    pub is_full_range: bool,
    /// The matrix coefficients from colours to luma and chroma: 0, 1, 6, 8, 9 or 10 of ITU-T H.273,
    /// the last with the curve of sRGB.
    pub matrix: u8,
}

/// The resolution of chroma.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Sampling {
    /// No chroma.
    Grey,
    /// Half of the columns and half of the rows: 4:2:0.
    Quarter,
    /// Half of the columns: 4:2:2.
    Half,
    /// The same as luma: 4:4:4.
    Full,
}

impl Coding {
    /// As in most pictures.
    pub const PHOTO: Self =
        Self { depth: 8, sampling: Sampling::Quarter, is_full_range: true, matrix: 6 };
    /// As in alpha planes.
    pub const ALPHA: Self = Self { sampling: Sampling::Grey, ..Self::PHOTO };
}

impl Sampling {
    /// Columns and rows of luma for each of chroma.
    #[must_use]
    pub fn steps(self) -> (u32, u32) {
        match self {
            Self::Grey | Self::Full => (1, 1),
            Self::Half => (2, 1),
            Self::Quarter => (2, 2),
        }
    }
}

/// A channel, row by row.
#[derive(Debug, Clone)]
pub(super) struct Plane {
    /// Samples of a row.
    pub(super) width: usize,
    /// The stored samples.
    pub(super) samples: Vec<u16>,
}

/// The planes of a picture, with its right and lower edges repeated up to `width` x `height`.
#[must_use]
pub(super) fn planes(
    picture: &RgbImage,
    (width, height): (u32, u32),
    coding: Coding,
) -> Vec<Plane> {
    let value = |number: usize, x: u32, y: u32| {
        let (x, y) = (x.min(picture.width() - 1), y.min(picture.height() - 1));
        let color = picture.get_pixel(x, y).0.map(|sample| f64::from(sample) / 255.0);
        converted(color, coding.matrix).into_iter().nth(number).unwrap_or(0.0)
    };
    let plane = |number: usize| {
        let (columns, rows) = if number == 0 { (1, 1) } else { coding.sampling.steps() };
        let (width, height) = (width.div_ceil(columns), height.div_ceil(rows));
        let is_chroma = number > 0 && coding.matrix > 0;
        let places = (0..height).flat_map(|y| (0..width).map(move |x| (x * columns, y * rows)));
        let samples = places.map(|(x, y)| {
            let places = (0..rows).flat_map(|down| (0..columns).map(move |right| (right, down)));
            let sum: f64 = places.map(|(right, down)| value(number, x + right, y + down)).sum();
            stored(sum / f64::from(columns * rows), coding, is_chroma)
        });
        Plane { width: width as usize, samples: samples.collect() }
    };
    (0..if coding.sampling == Sampling::Grey { 1 } else { 3 }).map(plane).collect()
}

/// Luma and chroma of a colour from 0 to 1 (ITU-T H.273, 8.3). Chroma is from -0.5 to 0.5, except
/// with the identity matrix.
fn converted(color: [f64; 3], matrix: u8) -> [f64; 3] {
    let [red, green, blue] = color;
    let (of_red, of_blue) = match matrix {
        0 => return [green, blue, red],
        8 => {
            let luma = (red + 2.0 * green + blue) / 4.0;
            return [luma, (2.0 * green - red - blue) / 4.0, (red - blue) / 2.0];
        }
        1 => (0.2126, 0.0722),
        10 => return constant_luminance(color),
        9 => (0.2627, 0.0593),
        _ => (0.299, 0.114),
    };
    let luma = of_red * red + (1.0 - of_red - of_blue) * green + of_blue * blue;
    [luma, (blue - luma) / (1.0 - of_blue) / 2.0, (red - luma) / (1.0 - of_red) / 2.0]
}

/// Luma that is coded luminance, and chroma that is relative to how far it can be from there.
fn constant_luminance([red, green, blue]: [f64; 3]) -> [f64; 3] {
    let light = |part: f64| {
        if part <= 0.040_45 { part / 12.92 } else { ((part + 0.055) / 1.055).powf(2.4) }
    };
    let coded = |light: f64| {
        if light <= 0.003_130_8 { light * 12.92 } else { 1.055 * light.powf(1.0 / 2.4) - 0.055 }
    };
    let (of_red, of_blue) = (0.2627, 0.0593);
    let of_green = 1.0 - of_red - of_blue;
    let luma = coded(of_red * light(red) + of_green * light(green) + of_blue * light(blue));
    let chroma = |part: f64, weight: f64| {
        let far = if part < luma { coded(1.0 - weight) } else { 1.0 - coded(weight) };
        (part - luma) / far / 2.0
    };
    [luma, chroma(blue, of_blue), chroma(red, of_red)]
}

/// The stored sample for a value of one of the planes.
fn stored(value: f64, coding: Coding, is_chroma: bool) -> u16 {
    let unit = f64::from(1_u16 << (coding.depth - 8));
    let most = 256.0 * unit - 1.0;
    let stored = match (coding.is_full_range, is_chroma) {
        (true, false) => value * most,
        (true, true) => value * most + 128.0 * unit,
        (false, false) => (value * 219.0 + 16.0) * unit,
        (false, true) => (value * 224.0 + 128.0) * unit,
    };
    stored.round().clamp(0.0, most) as u16
}
