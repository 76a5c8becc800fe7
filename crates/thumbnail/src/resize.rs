//! Resizes a part of a picture to one thumbnail, at the same depth and in the same colours. Which
//! part is kept and how large it becomes is decided elsewhere.

use bytemuck::cast_slice_mut;
use image::{ColorType, DynamicImage};
use thumbnail_resample::{
    FilterType, Image, ImageRef, PixelType, Resampler, ResizeAlg, ResizeOptions, divide_alpha,
    from_light, to_light,
};

use super::decode::picture::Picture;
use super::error::{Cause, ThumbnailError};
use super::geometry::{Area, Size};
use super::raster::{Channels, Raster, Samples};

/// Resamples the `kept` part of `picture` to `width` x `height` pixels by Lanczos3. Colours are
/// weighted by alpha, so that transparent parts do not bleed into opaque ones.
///
/// With `linear_light`, samples of 8 and 16 bits are averaged as amounts of light. They are
/// converted by sRGB's curve, whatever the profile says: the curves of wide colour spaces are close
/// to it. Amounts of ink and floats are averaged as they are.
pub(super) fn resize(
    picture: &mut Picture,
    kept: Area,
    (width, height): Size,
    linear_light: bool,
) -> Result<Raster, ThumbnailError> {
    let (from_width, from_height) = picture.stored();
    let refuse = |source: Cause| ThumbnailError::Resizing {
        from_width,
        from_height,
        to_width: width,
        to_height: height,
        source,
    };
    let (channels, pixel_type) = layout(picture)
        .ok_or_else(|| refuse(format!("no pixel type for {:?}", picture.pixels.color()).into()))?;
    let (full_width, full_height) = (picture.pixels.width(), picture.pixels.height());
    let kept = on_pixels(kept, picture);
    let is_copied = kept.width.to_bits() == f64::from(width).to_bits()
        && kept.height.to_bits() == f64::from(height).to_bits();
    let samples = if is_copied && !picture.is_weighted() {
        samples(cut(picture.pixels.as_bytes(), full_width, kept, pixel_type.size()), pixel_type)
    } else {
        let is_weighted = picture.is_weighted();
        let wide = widened(pixel_type).filter(|_| linear_light && picture.inks.is_none());
        let options = ResizeOptions::new()
            .resize_alg(ResizeAlg::Convolution(FilterType::Lanczos3))
            .crop(kept.x, kept.y, kept.width, kept.height)
            .use_alpha(picture.is_transparent && !is_weighted);
        let mut resized = || -> Result<Samples, Cause> {
            let Some(wide) = wide else {
                let bytes = bytes_mut(&mut picture.pixels);
                let mut full = Image::from_slice_u8(full_width, full_height, bytes, pixel_type)?;
                let mut small = Image::new(width, height, pixel_type);
                Resampler::default().resize(&mut full, &mut small, &options)?;
                if is_weighted {
                    divide_alpha(&mut small)?;
                }
                return Ok(samples(small.into_vec(), pixel_type));
            };
            let bytes = picture.pixels.as_bytes();
            let full = ImageRef::new(full_width, full_height, bytes, pixel_type)?;
            let mut light = Image::new(full_width, full_height, wide);
            to_light(&full, &mut light)?;
            let mut small = Image::new(width, height, wide);
            Resampler::default().resize(&mut light, &mut small, &options)?;
            drop(light);
            from_light(&mut small)?;
            Ok(samples(small.into_vec(), wide))
        };
        resized().map_err(refuse)?
    };
    Ok(Raster { width, height, channels, samples })
}

/// Takes the pixels of a picture that was decoded to exactly the thumbnail's size. The picture is
/// empty afterwards. `None` for any other picture.
pub(super) fn take(picture: &mut Picture, kept: Area, size: Size) -> Option<Raster> {
    let there = (picture.pixels.width(), picture.pixels.height());
    let is_whole = size == there && on_pixels(kept, picture) == Area::whole(there);
    if picture.reduced.is_none() || picture.is_weighted() || !is_whole {
        return None;
    }
    let (channels, pixel_type) = layout(picture)?;
    let pixels = std::mem::take(&mut picture.pixels);
    let samples = samples(pixels.into_bytes(), pixel_type);
    Some(Raster { width: size.0, height: size.1, channels, samples })
}

/// Converts an area of the picture as stored to one of the pixels it was decoded to.
fn on_pixels(kept: Area, picture: &Picture) -> Area {
    let on = |at: f64, scale: f64| {
        let at = at * scale;
        // Floats may miss whole numbers by a little.
        if (at - at.round()).abs() < 1e-6 { at.round() } else { at }
    };
    let (across, down) = picture.scale();
    let (x, y) = (on(kept.x, across), on(kept.y, down));
    Area {
        x,
        y,
        width: on(kept.width, across).min(f64::from(picture.pixels.width()) - x),
        height: on(kept.height, down).min(f64::from(picture.pixels.height()) - y),
    }
}

/// The samples of all pixels as bytes; none of a type that [`layout`] does not know.
fn bytes_mut(pixels: &mut DynamicImage) -> &mut [u8] {
    match pixels {
        DynamicImage::ImageLuma8(pixels) => pixels,
        DynamicImage::ImageLumaA8(pixels) => pixels,
        DynamicImage::ImageRgb8(pixels) => pixels,
        DynamicImage::ImageRgba8(pixels) => pixels,
        DynamicImage::ImageLuma16(pixels) => cast_slice_mut(pixels),
        DynamicImage::ImageLumaA16(pixels) => cast_slice_mut(pixels),
        DynamicImage::ImageRgb16(pixels) => cast_slice_mut(pixels),
        DynamicImage::ImageRgba16(pixels) => cast_slice_mut(pixels),
        DynamicImage::ImageRgb32F(pixels) => cast_slice_mut(pixels),
        DynamicImage::ImageRgba32F(pixels) => cast_slice_mut(pixels),
        _ => &mut [],
    }
}

/// Cuts an area of whole pixels out of rows; a pixel has `pixel` bytes.
fn cut(bytes: &[u8], row_pixels: u32, kept: Area, pixel: usize) -> Vec<u8> {
    #[expect(
        clippy::cast_possible_truncation,
        clippy::cast_sign_loss,
        reason = "whole pixels within the picture"
    )]
    let [x, y, width, height] =
        [kept.x, kept.y, kept.width, kept.height].map(|edge| edge.round() as usize);
    let mut part = Vec::with_capacity(width * height * pixel);
    for row in bytes.chunks_exact((row_pixels as usize * pixel).max(1)).skip(y).take(height) {
        part.extend_from_slice(row.get(x * pixel..(x + width) * pixel).unwrap_or_default());
    }
    part
}

/// The pixel type that holds amounts of light without loss.
fn widened(pixel_type: PixelType) -> Option<PixelType> {
    Some(match pixel_type {
        PixelType::U8 | PixelType::U16 => PixelType::U16,
        PixelType::U8x2 | PixelType::U16x2 => PixelType::U16x2,
        PixelType::U8x3 | PixelType::U16x3 => PixelType::U16x3,
        PixelType::U8x4 | PixelType::U16x4 => PixelType::U16x4,
        _ => return None,
    })
}

/// What the decoded samples mean, and which pixel type the resizer takes them for.
fn layout(picture: &Picture) -> Option<(Channels, PixelType)> {
    if picture.inks.is_some() {
        return (picture.pixels.color() == ColorType::Rgba8)
            .then_some((Channels::Cmyk, PixelType::U8x4));
    }
    Some(match picture.pixels.color() {
        ColorType::L8 => (Channels::Grey, PixelType::U8),
        ColorType::La8 => (Channels::GreyAlpha, PixelType::U8x2),
        ColorType::Rgb8 => (Channels::Rgb, PixelType::U8x3),
        ColorType::Rgba8 => (Channels::Rgba, PixelType::U8x4),
        ColorType::L16 => (Channels::Grey, PixelType::U16),
        ColorType::La16 => (Channels::GreyAlpha, PixelType::U16x2),
        ColorType::Rgb16 => (Channels::Rgb, PixelType::U16x3),
        ColorType::Rgba16 => (Channels::Rgba, PixelType::U16x4),
        ColorType::Rgb32F => (Channels::Rgb, PixelType::F32x3),
        ColorType::Rgba32F => (Channels::Rgba, PixelType::F32x4),
        _ => return None,
    })
}

fn samples(bytes: Vec<u8>, pixel_type: PixelType) -> Samples {
    match pixel_type {
        PixelType::U16 | PixelType::U16x2 | PixelType::U16x3 | PixelType::U16x4 => {
            let (samples, _) = bytes.as_chunks();
            Samples::U16(samples.iter().map(|&sample| u16::from_ne_bytes(sample)).collect())
        }
        PixelType::F32x3 | PixelType::F32x4 => {
            let (samples, _) = bytes.as_chunks();
            Samples::F32(samples.iter().map(|&sample| f32::from_ne_bytes(sample)).collect())
        }
        _ => Samples::U8(bytes),
    }
}
