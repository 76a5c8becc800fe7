//! Pictures as AV1 of every depth, chroma resolution and matrix, through `rav1e`; and as AVIF.
#![allow(
    clippy::cast_possible_truncation,
    clippy::cast_sign_loss,
    reason = "samples are computed as floats"
)]

use image::{RgbImage, RgbaImage};
use rav1e::prelude::{
    ChromaSampling, Config, Context, EncoderConfig, EncoderStatus, Pixel, PixelRange, SpeedSettings,
};

use crate::heif::{self, Item};

/// How samples are stored.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Coding {
    /// Bits of a sample: 8, 10 or 12.
    pub depth: usize,
    /// The resolution of chroma.
    pub sampling: Sampling,
    /// Whether black is 0, and not a sixteenth of white.
    pub is_full_range: bool,
    /// How colours become luma and chroma: matrix coefficients 0, 1, 6, 8 or 9 of ITU-T H.273.
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
    /// That of luma: 4:4:4.
    Full,
}

impl Coding {
    /// As most pictures are.
    pub const PHOTO: Self =
        Self { depth: 8, sampling: Sampling::Quarter, is_full_range: true, matrix: 6 };
    /// As opaqueness is.
    pub const ALPHA: Self = Self { sampling: Sampling::Grey, ..Self::PHOTO };
}

/// A picture as an item of a HEIF file.
#[must_use]
pub fn item(picture: &RgbImage, coding: Coding) -> Item {
    let colors = heif::colors(1, 13, coding.matrix, coding.is_full_range);
    let size = heif::size(picture.width(), picture.height());
    let data = av1(picture, coding);
    Item { kind: *b"av01", data, properties: vec![size, colors], references: Vec::new() }
}

/// A picture as AVIF.
#[must_use]
pub fn avif(picture: &RgbImage, coding: Coding) -> Vec<u8> {
    heif::file(*b"avif", &[item(picture, coding)])
}

/// A picture as AVIF with its opaqueness in an item of its own.
#[must_use]
pub fn transparent_avif(picture: &RgbaImage, coding: Coding) -> Vec<u8> {
    let (width, height) = picture.dimensions();
    let color = |x, y| picture.get_pixel(x, y).0;
    let colors = RgbImage::from_fn(width, height, |x, y| {
        let [red, green, blue, _] = color(x, y);
        [red, green, blue].into()
    });
    let alpha = RgbImage::from_fn(width, height, |x, y| [color(x, y)[3]; 3].into());
    let alpha = Item {
        properties: vec![heif::size(width, height), heif::alpha()],
        references: vec![(*b"auxl", vec![1])],
        ..item(&alpha, Coding { depth: coding.depth, ..Coding::ALPHA })
    };
    heif::file(*b"avif", &[item(&colors, coding), alpha])
}

/// A still picture, as good as can be.
#[must_use]
pub fn av1(picture: &RgbImage, coding: Coding) -> Vec<u8> {
    if coding.depth == 8 { encode::<u8>(picture, coding) } else { encode::<u16>(picture, coding) }
}

/// Luma and chroma of a colour from 0 to 1 (ITU-T H.273, 8.3); chroma from -0.5 to 0.5, but for what
/// is no chroma at all.
fn planes(color: [f64; 3], matrix: u8) -> [f64; 3] {
    let [red, green, blue] = color;
    let (of_red, of_blue) = match matrix {
        0 => return [green, blue, red],
        8 => {
            let luma = (red + 2.0 * green + blue) / 4.0;
            return [luma, (2.0 * green - red - blue) / 4.0, (red - blue) / 2.0];
        }
        1 => (0.2126, 0.0722),
        9 => (0.2627, 0.0593),
        _ => (0.299, 0.114),
    };
    let luma = of_red * red + (1.0 - of_red - of_blue) * green + of_blue * blue;
    [luma, (blue - luma) / (1.0 - of_blue) / 2.0, (red - luma) / (1.0 - of_red) / 2.0]
}

/// What is stored for a value of one of the planes.
fn sample(value: f64, coding: Coding, is_chroma: bool) -> u16 {
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

fn encode<T: Pixel>(picture: &RgbImage, coding: Coding) -> Vec<u8> {
    let encoder = EncoderConfig {
        width: picture.width() as usize,
        height: picture.height() as usize,
        bit_depth: coding.depth,
        chroma_sampling: match coding.sampling {
            Sampling::Grey => ChromaSampling::Cs400,
            Sampling::Quarter => ChromaSampling::Cs420,
            Sampling::Half => ChromaSampling::Cs422,
            Sampling::Full => ChromaSampling::Cs444,
        },
        pixel_range: if coding.is_full_range { PixelRange::Full } else { PixelRange::Limited },
        still_picture: true,
        quantizer: 8,
        min_quantizer: 8,
        speed_settings: SpeedSettings::from_preset(10),
        ..EncoderConfig::default()
    };
    let context = Config::new().with_encoder_config(encoder).with_threads(1).new_context();
    let Ok(mut context): Result<Context<T>, _> = context else { return Vec::new() };
    let (columns, rows) = match coding.sampling {
        Sampling::Grey | Sampling::Full => (1, 1),
        Sampling::Half => (2, 1),
        Sampling::Quarter => (2, 2),
    };
    let value = |number: usize, x: u32, y: u32| {
        let (x, y) = (x.min(picture.width() - 1), y.min(picture.height() - 1));
        let color = picture.get_pixel(x, y).0.map(|sample| f64::from(sample) / 255.0);
        planes(color, coding.matrix).into_iter().nth(number).unwrap_or(0.0)
    };
    let mut frame = context.new_frame();
    for (number, plane) in frame.planes.iter_mut().enumerate() {
        let (columns, rows) = if number == 0 { (1, 1) } else { (columns, rows) };
        let (width, height) = (picture.width().div_ceil(columns), picture.height().div_ceil(rows));
        let is_chroma = number > 0 && coding.matrix > 0;
        let samples: Vec<u8> = (0..height)
            .flat_map(|y| (0..width).map(move |x| (x * columns, y * rows)))
            .flat_map(|(x, y)| {
                let places =
                    (0..rows).flat_map(|down| (0..columns).map(move |right| (right, down)));
                let sum: f64 = places.map(|(right, down)| value(number, x + right, y + down)).sum();
                let stored = sample(sum / f64::from(columns * rows), coding, is_chroma);
                stored.to_le_bytes().into_iter().take(size_of::<T>())
            })
            .collect();
        plane.copy_from_raw_u8(&samples, width as usize * size_of::<T>(), size_of::<T>());
    }
    if context.send_frame(frame).is_err() {
        return Vec::new();
    }
    context.flush();
    loop {
        match context.receive_packet() {
            Ok(packet) => return packet.data,
            Err(EncoderStatus::Encoded) => {}
            Err(_) => return Vec::new(),
        }
    }
}
