//! Pictures as AV1 in every depth, chroma resolution and matrix, through `rav1e`; and as AVIF.

use image::{RgbImage, RgbaImage};
use rav1e::prelude::{
    ChromaSampling, Config, Context, EncoderConfig, EncoderStatus, Pixel, PixelRange, SpeedSettings,
};

use super::planes::{Coding, Sampling, planes};
use super::split;
use crate::heif::{self, Item};

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

/// A picture as AVIF with its alpha plane in an item of its own.
#[must_use]
pub fn transparent_avif(picture: &RgbaImage, coding: Coding) -> Vec<u8> {
    let (colors, alpha) = split(picture);
    let (width, height) = picture.dimensions();
    let alpha = Item {
        properties: vec![heif::size(width, height), heif::alpha()],
        references: vec![(*b"auxl", vec![1])],
        ..item(&alpha, Coding { depth: coding.depth, ..Coding::ALPHA })
    };
    heif::file(*b"avif", &[item(&colors, coding), alpha])
}

/// A still picture at the highest quality.
#[must_use]
pub fn av1(picture: &RgbImage, coding: Coding) -> Vec<u8> {
    if coding.depth == 8 { encode::<u8>(picture, coding) } else { encode::<u16>(picture, coding) }
}

/// Pictures of one size as the layers of one picture: each unit of it tells its layer.
#[must_use]
pub fn layered_av1(layers: &[RgbImage], coding: Coding) -> Vec<u8> {
    let in_layer = |(layer, picture)| in_layer(&av1(picture, coding), layer);
    (0..).zip(layers).flat_map(in_layer).collect()
}

/// The units of `data` with the number of a spatial layer (AV1, 5.3.3).
fn in_layer(mut data: &[u8], layer: u8) -> Vec<u8> {
    const TEMPORAL_DELIMITER: u8 = 2;
    let mut units = Vec::new();
    while let Some((&header, rest)) = data.split_first() {
        let digits = rest.iter().take_while(|&&digit| digit & 0x80 != 0).count() + 1;
        let length = rest.iter().take(digits).zip(0_u32..);
        let length: usize =
            length.map(|(&digit, place)| usize::from(digit & 0x7F) << (7 * place)).sum();
        let (unit, after) = rest.split_at_checked(digits + length).unwrap_or((rest, &[]));
        data = after;
        if header >> 3 & 0xF != TEMPORAL_DELIMITER {
            units.extend([header | 4, layer << 3]);
            units.extend(unit);
        }
    }
    units
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
    let mut frame = context.new_frame();
    for (to, plane) in frame.planes.iter_mut().zip(planes(picture, picture.dimensions(), coding)) {
        let samples = plane.samples.iter();
        let bytes =
            samples.flat_map(|sample| sample.to_le_bytes().into_iter().take(size_of::<T>()));
        let bytes: Vec<u8> = bytes.collect();
        to.copy_from_raw_u8(&bytes, plane.width * size_of::<T>(), size_of::<T>());
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
