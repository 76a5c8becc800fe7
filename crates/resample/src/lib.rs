#![doc = include_str!("../README.md")]

use std::sync::LazyLock;

pub use fast_image_resize::images::{Image, ImageRef};
pub use fast_image_resize::{
    FilterType, ImageBufferError, ImageError, MappingError, PixelType, ResizeAlg, ResizeError,
    ResizeOptions,
};
use fast_image_resize::{MulDiv, PixelComponentMapper, Resizer, create_srgb_mapper};

/// Between samples as sRGB stores them and amounts of light.
static LIGHT: LazyLock<PixelComponentMapper> = LazyLock::new(create_srgb_mapper);

/// Resizes images, and keeps its buffers for the next one.
#[derive(Debug, Clone, Default)]
pub struct Resampler(Resizer);

impl Resampler {
    /// Resizes `from` to the size of `to`. Both must have the same pixel type.
    pub fn resize(
        &mut self,
        from: &ImageRef<'_>,
        to: &mut Image<'_>,
        options: &ResizeOptions,
    ) -> Result<(), ResizeError> {
        self.0.resize(from, to, options)
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
