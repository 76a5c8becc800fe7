//! The results of decoders: a picture as pixels, or as planes of luma and chroma.

use image::metadata::Orientation;
use image::{DynamicImage, GrayAlphaImage, GrayImage, RgbImage, RgbaImage};
use scaled_jpeg::Planes;

use crate::color::inks::Inks;
use crate::color::profile::Profile;
use crate::geometry::Size;
use crate::shrink::Shrunk;

/// A decoded picture.
pub(crate) struct Picture {
    /// The pixels as stored, or fewer. Those of a CMYK picture are in an RGBA image.
    pub(crate) pixels: DynamicImage,
    /// What the decoder reduced the picture from, if it did.
    pub(crate) reduced: Option<Reduced>,
    /// The inks of the four channels, if the picture is CMYK.
    pub(crate) inks: Option<Inks>,
    /// Whether any pixel is not opaque.
    pub(crate) is_transparent: bool,
    /// The colour profile, if it is sound and of the picture's kind.
    pub(crate) profile: Option<Profile>,
    /// Whether samples are scene light: floats without an upper limit, which need tone mapping.
    pub(crate) is_scene_light: bool,
    /// How the picture is turned upright.
    pub(crate) orientation: Orientation,
}

/// What a picture was reduced from while it was decoded.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) struct Reduced {
    /// Width and height as stored, in pixels.
    pub(crate) from: Size,
    /// The factors by which width and height were multiplied. The last pixels of a row or column
    /// may lie partly outside the picture.
    pub(crate) scale: (f64, f64),
    /// Whether colours are premultiplied by alpha.
    pub(crate) is_weighted: bool,
}

/// Luma and chroma of a picture, as defined by JFIF.
pub(crate) struct Planar {
    /// Width and height as stored, in pixels.
    pub(crate) stored: Size,
    pub(crate) planes: Planes,
    /// How the picture is turned upright.
    pub(crate) orientation: Orientation,
}

impl Picture {
    /// A picture in sRGB, upright and not reduced.
    pub(super) fn of(pixels: DynamicImage) -> Self {
        Self {
            is_transparent: is_transparent(&pixels),
            pixels,
            reduced: None,
            inks: None,
            profile: None,
            is_scene_light: false,
            orientation: Orientation::NoTransforms,
        }
    }

    /// The same, shrunk from `stored` pixels while it was decoded. `None` if there are too few samples.
    pub(super) fn shrunk(shrunk: Shrunk, channels: usize, stored: Size) -> Option<Self> {
        let Shrunk { size, samples, is_transparent, scale } = shrunk;
        Some(Self {
            is_transparent,
            reduced: Some(Reduced { from: stored, scale, is_weighted: is_transparent }),
            ..Self::of(image_of(channels, size, samples)?)
        })
    }

    /// Width and height as stored, in pixels.
    pub(crate) fn stored(&self) -> Size {
        self.reduced.map_or((self.pixels.width(), self.pixels.height()), |reduced| reduced.from)
    }

    /// The factors by which the decoder multiplied width and height.
    pub(crate) fn scale(&self) -> (f64, f64) {
        self.reduced.map_or((1.0, 1.0), |reduced| reduced.scale)
    }

    /// Whether colours are premultiplied by alpha.
    pub(crate) fn is_weighted(&self) -> bool {
        self.reduced.is_some_and(|reduced| reduced.is_weighted)
    }

    /// Makes a picture opaque if every pixel is fully transparent: its writer left the alpha
    /// channel empty.
    pub(super) fn opaque_if_invisible(mut self) -> Self {
        match &mut self.pixels {
            DynamicImage::ImageRgba8(image) if image.pixels().all(|pixel| pixel.0[3] == 0) => {
                image.pixels_mut().for_each(|pixel| pixel.0[3] = u8::MAX);
                self.is_transparent = false;
            }
            DynamicImage::ImageLumaA8(image) if image.pixels().all(|pixel| pixel.0[1] == 0) => {
                image.pixels_mut().for_each(|pixel| pixel.0[1] = u8::MAX);
                self.is_transparent = false;
            }
            _ => {}
        }
        self
    }
}

/// An image of 8-bit samples, 1 to 4 a pixel.
pub(crate) fn image_of(
    count: usize,
    (width, height): Size,
    samples: Vec<u8>,
) -> Option<DynamicImage> {
    match count {
        1 => GrayImage::from_raw(width, height, samples).map(Into::into),
        2 => GrayAlphaImage::from_raw(width, height, samples).map(Into::into),
        3 => RgbImage::from_raw(width, height, samples).map(Into::into),
        _ => RgbaImage::from_raw(width, height, samples).map(Into::into),
    }
}

/// Whether any pixel is not opaque.
pub(super) fn is_transparent(pixels: &DynamicImage) -> bool {
    match pixels {
        DynamicImage::ImageLumaA8(image) => image.pixels().any(|pixel| pixel.0[1] != u8::MAX),
        DynamicImage::ImageRgba8(image) => image.pixels().any(|pixel| pixel.0[3] != u8::MAX),
        DynamicImage::ImageLumaA16(image) => image.pixels().any(|pixel| pixel.0[1] != u16::MAX),
        DynamicImage::ImageRgba16(image) => image.pixels().any(|pixel| pixel.0[3] != u16::MAX),
        DynamicImage::ImageRgba32F(image) => image.pixels().any(|pixel| pixel.0[3] < 1.0),
        _ => pixels.color().has_alpha(),
    }
}
