//! Pixels of a thumbnail in, the bytes of its file out. Nothing but pixels is written: no EXIF, no
//! profile, no text.

use std::borrow::Cow;

use image::codecs::png::{CompressionType, FilterType, PngEncoder};
use image::{ExtendedColorType, ImageEncoder};
use jpeg_encoder::{ColorType, SamplingFactor};
use webp::{PixelLayout, WebPConfig};

use super::error::{Cause, ThumbnailError};
use super::format::{EncodedFormat, SourceFormat};
use super::raster::{Channels, Srgb};
use super::spec::{FormatChoice, Output, Quality};

/// The format that a choice comes down to for one source.
pub(super) fn format_for(
    choice: FormatChoice,
    source: SourceFormat,
    is_transparent: bool,
) -> EncodedFormat {
    let choice = match choice {
        FormatChoice::Auto => FormatChoice::Source,
        FormatChoice::WebPLossless | FormatChoice::Avif => FormatChoice::WebP,
        other => other,
    };
    match (choice, source) {
        (FormatChoice::Jpeg, _) | (FormatChoice::Source, SourceFormat::Jpeg) => EncodedFormat::Jpeg,
        (FormatChoice::Png, _) | (FormatChoice::Source, SourceFormat::Png) => EncodedFormat::Png,
        (FormatChoice::WebP, _) | (FormatChoice::Source, SourceFormat::WebP) => EncodedFormat::WebP,
        _ => {
            if is_transparent {
                EncodedFormat::Png
            } else {
                EncodedFormat::Jpeg
            }
        }
    }
}

/// Writes a thumbnail's file.
pub(super) fn encode(
    picture: Srgb,
    format: EncodedFormat,
    output: &Output,
) -> Result<Vec<u8>, ThumbnailError> {
    let encoded = match format {
        EncodedFormat::Jpeg => jpeg(&picture.on_white(), level(output.quality.jpeg)),
        EncodedFormat::Png => png(&picture),
        EncodedFormat::WebP => webp(&picture, level(output.quality.webp)),
    };
    encoded.map_err(|source| ThumbnailError::Encoding { format, source })
}

fn level(quality: Quality) -> u8 {
    match quality {
        Quality::Auto => 80,
        Quality::Set(level) => level,
    }
}

/// With chroma at half size each way, which is what is expected of a photograph's thumbnail, and
/// Huffman tables made for the picture.
///
/// Progressive, because with such tables this encoder's only other way is one scan a component,
/// a kind of baseline JPEG so rare that some decoders garble it.
fn jpeg(picture: &Srgb, quality: u8) -> Result<Vec<u8>, Cause> {
    let color_type =
        if picture.channels == Channels::Grey { ColorType::Luma } else { ColorType::Rgb };
    let mut bytes = Vec::new();
    let mut encoder = jpeg_encoder::Encoder::new(&mut bytes, quality.clamp(1, 100));
    encoder.set_sampling_factor(SamplingFactor::R_4_2_0);
    encoder.set_progressive(true);
    encoder.set_optimized_huffman_tables(true);
    encoder.encode(
        &picture.samples,
        u16::try_from(picture.width)?,
        u16::try_from(picture.height)?,
        color_type,
    )?;
    Ok(bytes)
}

fn png(picture: &Srgb) -> Result<Vec<u8>, Cause> {
    let color_type = match picture.channels {
        Channels::Grey => ExtendedColorType::L8,
        Channels::GreyAlpha => ExtendedColorType::La8,
        Channels::Rgb => ExtendedColorType::Rgb8,
        Channels::Rgba => ExtendedColorType::Rgba8,
        Channels::Cmyk => ExtendedColorType::Cmyk8,
    };
    let mut bytes = Vec::new();
    PngEncoder::new_with_quality(&mut bytes, CompressionType::Default, FilterType::Adaptive)
        .write_image(&picture.samples, picture.width, picture.height, color_type)?;
    Ok(bytes)
}

fn webp(picture: &Srgb, quality: u8) -> Result<Vec<u8>, Cause> {
    // The encoder knows no greys.
    let (layout, samples) = match picture.channels {
        Channels::Grey => (PixelLayout::Rgb, repeat_grey::<1>(&picture.samples)),
        Channels::GreyAlpha => (PixelLayout::Rgba, repeat_grey::<2>(&picture.samples)),
        Channels::Rgb | Channels::Cmyk => (PixelLayout::Rgb, Cow::from(&picture.samples)),
        Channels::Rgba => (PixelLayout::Rgba, Cow::from(&picture.samples)),
    };
    let mut config = WebPConfig::new().map_err(|()| "the encoder has no default settings")?;
    config.quality = f32::from(quality.clamp(1, 100));
    let bytes = webp::Encoder::new(&samples, layout, picture.width, picture.height)
        .encode_advanced(&config)
        .map_err(|error| format!("{error:?}"))?;
    Ok(bytes.to_vec())
}

/// Writes each pixel's first sample three times, then the others.
fn repeat_grey<const CHANNELS: usize>(samples: &[u8]) -> Cow<'_, [u8]> {
    let (pixels, _) = samples.as_chunks::<CHANNELS>();
    pixels
        .iter()
        .flat_map(|pixel| {
            let grey = pixel.first().copied();
            grey.into_iter().chain(grey).chain(pixel.iter().copied())
        })
        .collect()
}
