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
