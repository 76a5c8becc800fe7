#![doc = include_str!("../README.md")]

use std::sync::LazyLock;

pub use fast_image_resize::images::{Image, ImageRef};
use fast_image_resize::pixels::{F32x3, F32x4, U8, U8x2, U8x3, U8x4, U16, U16x2, U16x3, U16x4};
pub use fast_image_resize::{
    FilterType, ImageBufferError, ImageError, MappingError, PixelType, ResizeAlg, ResizeError,
    ResizeOptions,
};
use fast_image_resize::{MulDiv, PixelComponentMapper, PixelTrait, Resizer, create_srgb_mapper};

/// Between samples as sRGB stores them and amounts of light.
static LIGHT: LazyLock<PixelComponentMapper> = LazyLock::new(create_srgb_mapper);

/// Resizes images, and keeps its buffers for the next one.
#[derive(Debug, Clone, Default)]
pub struct Resampler(Resizer);

impl Resampler {
    /// Resizes `from` to the size of `to`. Both must have the same pixel type, one of 8 or 16 bits
    /// with 1 to 4 channels, or floats with 3 or 4.
    ///
    /// `from` does not change. It is mutable because the temporary images in here are: each kind of
    /// image would be compiled for itself.
    pub fn resize(
        &mut self,
        from: &mut Image<'_>,
        to: &mut Image<'_>,
        options: &ResizeOptions,
    ) -> Result<(), ResizeError> {
        match from.pixel_type() {
            PixelType::U8 => self.typed::<U8>(from, to, options),
            PixelType::U8x2 => self.typed::<U8x2>(from, to, options),
            PixelType::U8x3 => self.typed::<U8x3>(from, to, options),
            PixelType::U8x4 => self.typed::<U8x4>(from, to, options),
            PixelType::U16 => self.typed::<U16>(from, to, options),
            PixelType::U16x2 => self.typed::<U16x2>(from, to, options),
            PixelType::U16x3 => self.typed::<U16x3>(from, to, options),
            PixelType::U16x4 => self.typed::<U16x4>(from, to, options),
            PixelType::F32x3 => self.typed::<F32x3>(from, to, options),
            PixelType::F32x4 => self.typed::<F32x4>(from, to, options),
            _ => Err(ResizeError::ImageError(ImageError::UnsupportedPixelType)),
        }
    }

    fn typed<P: PixelTrait>(
        &mut self,
        from: &mut Image<'_>,
        to: &mut Image<'_>,
        options: &ResizeOptions,
    ) -> Result<(), ResizeError> {
        match (from.typed_image_mut::<P>(), to.typed_image_mut::<P>()) {
            (Some(from), Some(mut to)) => self.0.resize_typed(&from, &mut to, options),
            _ => Err(ResizeError::PixelTypesAreDifferent),
        }
    }
}

/// Multiplies colors by their alpha.
pub fn multiply_alpha(image: &mut Image<'_>) -> Result<(), ImageError> {
    MulDiv::new().multiply_alpha_inplace(image)
}

/// Divides colors by their alpha, where they were multiplied by it.
pub fn divide_alpha(image: &mut Image<'_>) -> Result<(), ImageError> {
    MulDiv::new().divide_alpha_inplace(image)
}

/// Converts samples that follow sRGB's curve to amounts of light. The result has the same channels and
/// size, with 16 bits a sample.
pub fn to_light(from: &ImageRef<'_>, light: &mut Image<'_>) -> Result<(), MappingError> {
    LIGHT.forward_map(from, light)
}

/// Converts amounts of light back to samples that follow sRGB's curve.
pub fn from_light(light: &mut Image<'_>) -> Result<(), MappingError> {
    LIGHT.backward_map_inplace(light)
}
