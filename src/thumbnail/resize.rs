//! Pixels of a picture at full size in, those of one thumbnail out, at the same depth and in the
//! same colours. Sizes are decided elsewhere.

use fast_image_resize::images::{Image, ImageRef};
use fast_image_resize::{FilterType, PixelType, ResizeAlg, ResizeOptions, Resizer};
use image::ColorType;

use super::decode::Picture;
use super::error::{Cause, ThumbnailError};
use super::raster::{Channels, Raster, Samples};

/// Resamples `picture` to `width` x `height` pixels by Lanczos3. Transparent parts do not bleed
/// into the others: colours are weighted by their alpha.
pub(super) fn resize(
    picture: &Picture,
    (width, height): (u32, u32),
) -> Result<Raster, ThumbnailError> {
    let (from_width, from_height) = (picture.width(), picture.height());
    let refuse = |source: Cause| ThumbnailError::Resizing {
        from_width,
        from_height,
        to_width: width,
        to_height: height,
        source,
    };
    let (channels, pixel_type) = layout(picture)
        .ok_or_else(|| refuse(format!("no pixel type for {:?}", picture.pixels.color()).into()))?;
    let bytes = picture.pixels.as_bytes();
    let samples = if (width, height) == (from_width, from_height) {
        samples(bytes, pixel_type)
    } else {
        let full = ImageRef::new(from_width, from_height, bytes, pixel_type)
            .map_err(|error| refuse(error.into()))?;
        let mut small = Image::new(width, height, pixel_type);
        let options = ResizeOptions::new()
            .resize_alg(ResizeAlg::Convolution(FilterType::Lanczos3))
            .use_alpha(picture.is_transparent);
        Resizer::new().resize(&full, &mut small, &options).map_err(|error| refuse(error.into()))?;
        samples(small.buffer(), pixel_type)
    };
    Ok(Raster { width, height, channels, samples })
}

/// What the decoded samples mean, and how the resizer is to see them.
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

fn samples(bytes: &[u8], pixel_type: PixelType) -> Samples {
    match pixel_type {
        PixelType::U16 | PixelType::U16x2 | PixelType::U16x3 | PixelType::U16x4 => {
            let (samples, _) = bytes.as_chunks();
            Samples::U16(samples.iter().map(|&sample| u16::from_ne_bytes(sample)).collect())
        }
        PixelType::F32x3 | PixelType::F32x4 => {
            let (samples, _) = bytes.as_chunks();
            Samples::F32(samples.iter().map(|&sample| f32::from_ne_bytes(sample)).collect())
        }
        _ => Samples::U8(bytes.to_vec()),
    }
}
