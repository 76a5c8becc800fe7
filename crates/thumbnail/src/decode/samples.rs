//! Converts samples of 8 or 16 bits, or floats, to pixels of a picture, for formats whose samples
//! are read by our own code.

use image::{DynamicImage, ImageBuffer, Luma, LumaA, Rgb, Rgb32FImage, Rgba, Rgba32FImage};

/// Brighter samples are clamped to this. Radiance HDR goes up to 2^127, whose sums are infinite.
pub(super) const MAX_LIGHT: f32 = 1e12;

/// A sample of 8 or 16 bits that uses the whole range of its type.
pub(super) trait Sample: Copy + Default {
    /// The largest sample.
    const MOST: f32;

    fn number(self) -> f32;

    /// The sample closest to a number.
    fn nearest(number: f32) -> Self;

    /// Makes a picture of pixels with `count` samples each.
    fn picture(size: (u32, u32), samples: Vec<Self>, count: usize) -> Option<DynamicImage>;

    /// As an index into a palette.
    fn index(self) -> usize;

    /// As a part of the largest sample, from 0 to 1.
    fn part(self) -> f32 {
        self.number() / Self::MOST
    }

    /// The sample closest to a part, which is clamped to 0 to 1.
    fn of(part: f32) -> Self {
        Self::nearest(part.clamp(0.0, 1.0) * Self::MOST)
    }

    /// At 8 bits.
    fn byte(self) -> u8 {
        u8::of(self.part())
    }
}

macro_rules! sample {
    ($type:ty) => {
        impl Sample for $type {
            const MOST: f32 = <$type>::MAX as f32;

            fn number(self) -> f32 {
                f32::from(self)
            }

            #[expect(
                clippy::cast_possible_truncation,
                clippy::cast_sign_loss,
                reason = "numbers are in range"
            )]
            fn nearest(number: f32) -> Self {
                number.round() as Self
            }

            fn index(self) -> usize {
                usize::from(self)
            }

            fn picture(size: (u32, u32), samples: Vec<Self>, count: usize) -> Option<DynamicImage> {
                let (width, height) = size;
                match count {
                    1 => {
                        ImageBuffer::<Luma<_>, _>::from_raw(width, height, samples).map(Into::into)
                    }
                    2 => {
                        ImageBuffer::<LumaA<_>, _>::from_raw(width, height, samples).map(Into::into)
                    }
                    3 => ImageBuffer::<Rgb<_>, _>::from_raw(width, height, samples).map(Into::into),
                    _ => {
                        ImageBuffer::<Rgba<_>, _>::from_raw(width, height, samples).map(Into::into)
                    }
                }
            }
        }
    };
}

sample!(u8);
sample!(u16);

/// Makes a picture of floats, 1 to 4 a pixel. Grey becomes three equal samples.
pub(super) fn float_picture(
    (width, height): (u32, u32),
    mut samples: Vec<f32>,
    count: usize,
) -> Option<DynamicImage> {
    if count < 3 {
        let pixels = samples.chunks_exact(count);
        samples = pixels
            .flat_map(|pixel| pixel.iter().take(1).cycle().take(2).chain(pixel))
            .copied()
            .collect();
    }
    for sample in &mut samples {
        *sample = bounded(*sample);
    }
    if count.is_multiple_of(2) {
        Rgba32FImage::from_raw(width, height, samples).map(DynamicImage::from)
    } else {
        Rgb32FImage::from_raw(width, height, samples).map(DynamicImage::from)
    }
}

/// Keeps the first `kept` of every `count` samples.
pub(super) fn first<T: Copy>(samples: Vec<T>, count: usize, kept: usize) -> Vec<T> {
    if kept == count {
        return samples;
    }
    samples.chunks_exact(count).flat_map(|pixel| pixel.iter().take(kept)).copied().collect()
}

/// Clamps an amount of light, so that sums stay finite; NaN becomes black.
#[expect(clippy::manual_clamp, reason = "`clamp` leaves what is no number as it is")]
pub(super) fn bounded(amount: f32) -> f32 {
    amount.max(0.0).min(MAX_LIGHT)
}

/// Whether floats are scene light, with highlights brighter than white paper. Single samples above
/// white are not: resizing and sharpening make them, and they are clipped.
pub(super) fn is_bright(pixels: &DynamicImage) -> bool {
    match pixels {
        DynamicImage::ImageRgb32F(image) => exceeds_white(image),
        DynamicImage::ImageRgba32F(image) => exceeds_white(image),
        _ => false,
    }
}

/// Whether the light above white, of at most as much again for each sample, is more than a
/// hundredth of what white samples would have.
fn exceeds_white(samples: &[f32]) -> bool {
    // Sums of parts, which floats can hold.
    let excess =
        |part: &[f32]| -> f32 { part.iter().map(|&sample| (sample - 1.0).clamp(0.0, 1.0)).sum() };
    let total: f64 = samples.chunks(1 << 12).map(|part| f64::from(excess(part))).sum();
    #[expect(clippy::cast_precision_loss, reason = "a count of samples")]
    let most = samples.len() as f64 / 100.0;
    total > most
}
