//! Samples of bytes, words or floats to pixels of a picture, for the formats whose samples we read
//! ourselves.

use image::{DynamicImage, ImageBuffer, Luma, LumaA, Rgb, Rgb32FImage, Rgba, Rgba32FImage};

/// The most light that a sample is taken for. Radiance HDR ends at 2^127, whose sums are infinite.
pub(super) const MAX_LIGHT: f32 = 1e12;

/// A sample of 8 or 16 bits, from nothing to everything.
pub(super) trait Sample: Copy + Default {
    /// The most there is.
    const MOST: f32;

    fn number(self) -> f32;

    /// The nearest to a number that is in range.
    fn nearest(number: f32) -> Self;

    /// Pixels of so many samples as a picture.
    fn picture(size: (u32, u32), samples: Vec<Self>, count: usize) -> Option<DynamicImage>;

    /// As the number of a colour in a palette.
    fn index(self) -> usize;

    /// As a part of the most that there is, from 0 to 1.
    fn part(self) -> f32 {
        self.number() / Self::MOST
    }

    /// The nearest to a part; what is out of range is the nearest that is not.
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

/// Floats of 1 to 4 samples a pixel as a picture, in which grey is three times the same.
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

/// Bounds an amount of light, so that sums stay finite; not-a-number becomes black.
#[expect(clippy::manual_clamp, reason = "`clamp` leaves what is no number as it is")]
pub(super) fn bounded(amount: f32) -> f32 {
    amount.max(0.0).min(MAX_LIGHT)
}
