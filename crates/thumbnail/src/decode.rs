//! Bytes of a file in, pixels out: picks the decoder, and keeps every allocation within the limits.
//! Colours, orientation and size stay as stored; nothing is converted here.

#[cfg(feature = "avif")]
mod avif;
mod bmp;
mod demand;
mod ending;
mod exr;
mod gif;
mod hdr;
#[cfg(feature = "heic")]
mod heic;
#[cfg(any(feature = "avif", feature = "heic"))]
mod heif;
mod ico;
mod jpeg;
mod jxl;
#[cfg(feature = "pdf")]
mod pdf;
mod png;
mod pnm;
mod psd;
mod qoi;
mod samples;
#[cfg(feature = "svg")]
mod svg;
mod tga;
mod tiff;
mod webp;

use std::error::Error;
use std::io;

use image::error::ImageError;
use image::metadata::Orientation;
use image::{
    DynamicImage, GrayAlphaImage, GrayImage, ImageDecoder, ImageResult, RgbImage, RgbaImage,
};

pub(super) use demand::Demand;

use super::color::{Inks, Profile};
use super::error::{Cause, ThumbnailError};
use super::exif;
use super::format::SourceFormat;
use super::geometry::Size;
use super::spec::Limits;
use super::target::Target;
use scaled_jpeg::Planes;

/// The longest side that is resized, in pixels: weighting that many to make one takes memory and
/// time. Most formats end at 65,535.
const MAX_SIDE: u64 = 1 << 20;

/// Why a format is refused that this build does not read.
#[cfg(not(all(feature = "avif", feature = "heic")))]
const LEFT_OUT: &str = "its decoder was left out of this build";

/// A decoded picture.
pub(super) struct Picture {
    /// The pixels as stored, or fewer. Those of a CMYK picture stand in an RGBA image.
    pub(super) pixels: DynamicImage,
    /// What the pixels were reduced from while they were decoded, where they were.
    pub(super) reduced: Option<Reduced>,
    /// The inks that the four channels are, when the picture is no RGB or grey one.
    pub(super) inks: Option<Inks>,
    /// Whether any pixel is not opaque.
    pub(super) is_transparent: bool,
    /// The colour profile, if it is sound and of the picture's kind.
    pub(super) profile: Option<Profile>,
    /// Whether the samples are amounts of light, without an upper end: floats that must be mapped to
    /// what a screen can show.
    pub(super) is_scene_light: bool,
    /// What must be done to show the picture upright.
    pub(super) orientation: Orientation,
}

/// What a picture was reduced from while it was decoded.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) struct Reduced {
    /// Width and height as stored, in pixels.
    pub(super) from: Size,
    /// By what width and height were multiplied. The last pixels of a row or column may be there in
    /// part only.
    pub(super) scale: (f64, f64),
    /// Whether colours are weighted by alpha already.
    pub(super) is_weighted: bool,
}

impl Picture {
    /// Pixels that are sRGB's, upright, and all that there are.
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

    /// Width as stored, in pixels.
    pub(super) fn width(&self) -> u32 {
        self.reduced.map_or(self.pixels.width(), |reduced| reduced.from.0)
    }

    /// Height as stored, in pixels.
    pub(super) fn height(&self) -> u32 {
        self.reduced.map_or(self.pixels.height(), |reduced| reduced.from.1)
    }

    /// By what width and height were multiplied while it was decoded.
    pub(super) fn scale(&self) -> (f64, f64) {
        self.reduced.map_or((1.0, 1.0), |reduced| reduced.scale)
    }

    /// Whether colours are weighted by alpha already.
    pub(super) fn is_weighted(&self) -> bool {
        self.reduced.is_some_and(|reduced| reduced.is_weighted)
    }

    /// Makes a picture opaque whose every pixel is fully transparent: its writer left empty what
    /// might have been alpha.
    fn opaque_if_invisible(mut self) -> Self {
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

/// Tells from the header what decoding the first picture in `source` takes, and refuses what takes
/// too much.
pub(super) fn demand(
    source: &[u8],
    format: SourceFormat,
    limits: Limits,
    target: &Target<'_>,
) -> Result<Demand, ThumbnailError> {
    let file = File { source, format, limits };
    match format {
        SourceFormat::Jpeg => jpeg::demand(&file, target),
        SourceFormat::Png => png::demand(&file, target),
        SourceFormat::Gif => gif::demand(&file),
        SourceFormat::WebP => webp::demand(&file, target),
        SourceFormat::Tiff => tiff::demand(&file),
        SourceFormat::Bmp => bmp::demand(&file),
        SourceFormat::Qoi => qoi::demand(&file),
        SourceFormat::Pnm => pnm::demand(&file),
        SourceFormat::Ico => ico::demand(&file),
        SourceFormat::Tga => tga::demand(&file),
        SourceFormat::Hdr => hdr::demand(&file),
        SourceFormat::Exr => exr::demand(&file),
        SourceFormat::Psd => psd::demand(&file),
        #[cfg(feature = "svg")]
        SourceFormat::Svg => svg::demand(&file),
        #[cfg(feature = "pdf")]
        SourceFormat::Pdf => pdf::demand(&file),
        SourceFormat::Jxl => jxl::demand(&file),
        #[cfg(feature = "avif")]
        SourceFormat::Avif => avif::demand(&file),
        #[cfg(not(feature = "avif"))]
        SourceFormat::Avif => Err(file.unsupported(LEFT_OUT)),
        #[cfg(feature = "heic")]
        SourceFormat::Heic => heic::demand(&file),
        #[cfg(not(feature = "heic"))]
        SourceFormat::Heic => Err(file.unsupported(LEFT_OUT)),
    }
}

/// Decodes the first picture in `source`, a file of the given format: as large as is needed, or
/// larger.
pub(super) fn decode(
    source: &[u8],
    format: SourceFormat,
    limits: Limits,
    target: &Target<'_>,
) -> Result<Picture, ThumbnailError> {
    let file = File { source, format, limits };
    match format {
        SourceFormat::Jpeg => jpeg::decode(&file, target),
        SourceFormat::Png => png::decode(&file, &png::demand(&file, target)?, target),
        SourceFormat::Gif => gif::decode(&file, &gif::demand(&file)?),
        SourceFormat::WebP => webp::decode(&file, target),
        SourceFormat::Tiff => tiff::decode(&file),
        SourceFormat::Bmp => bmp::decode(&file, &bmp::demand(&file)?),
        SourceFormat::Qoi => qoi::decode(&file, &qoi::demand(&file)?),
        SourceFormat::Pnm => pnm::decode(&file, &pnm::demand(&file)?),
        SourceFormat::Ico => ico::decode(&file),
        SourceFormat::Tga => tga::decode(&file, &tga::demand(&file)?),
        SourceFormat::Hdr => hdr::decode(&file, &hdr::demand(&file)?),
        SourceFormat::Exr => exr::decode(&file),
        SourceFormat::Psd => psd::decode(&file),
        #[cfg(feature = "svg")]
        SourceFormat::Svg => svg::decode(&file),
        #[cfg(feature = "pdf")]
        SourceFormat::Pdf => pdf::decode(&file),
        SourceFormat::Jxl => jxl::decode(&file),
        #[cfg(feature = "avif")]
        SourceFormat::Avif => avif::decode(&file),
        #[cfg(not(feature = "avif"))]
        SourceFormat::Avif => Err(file.unsupported(LEFT_OUT)),
        #[cfg(feature = "heic")]
        SourceFormat::Heic => heic::decode(&file),
        #[cfg(not(feature = "heic"))]
        SourceFormat::Heic => Err(file.unsupported(LEFT_OUT)),
    }
}

/// Luma and chroma of a picture, as JFIF has them.
pub(super) struct Planar {
    /// Width and height as stored, in pixels.
    pub(super) stored: Size,
    pub(super) planes: Planes,
    /// What must be done to show it upright.
    pub(super) orientation: Orientation,
}

/// Decodes a picture to luma and chroma where it is stored so and no more is needed of it; `None`
/// where [`decode`] is to do it.
pub(super) fn planes(
    source: &[u8],
    format: SourceFormat,
    limits: Limits,
    target: &Target<'_>,
) -> Result<Option<Planar>, ThumbnailError> {
    let file = File { source, format, limits };
    match format {
        _ if !target.is_planar(format) => Ok(None),
        SourceFormat::Jpeg => jpeg::planes(&file, target),
        SourceFormat::WebP => webp::planes(&file, target),
        _ => Ok(None),
    }
}

/// Colour profile and orientation, when they were read without the decoder's help.
struct Metadata<'a> {
    profile: Option<&'a [u8]>,
    orientation: Orientation,
}

/// A file being decoded, and what it may cost.
struct File<'a> {
    source: &'a [u8],
    format: SourceFormat,
    limits: Limits,
}

impl File<'_> {
    /// Refuses a picture of more pixels than the limit. Comes before anything is allocated for it.
    fn check_pixels(&self, width: u32, height: u32) -> Result<(), ThumbnailError> {
        if width == 0 || height == 0 {
            let source = "it has no pixels".into();
            return Err(ThumbnailError::Undecodable { format: self.format, source });
        }
        // Of an animation or a many-paged file, the first picture is all that is decoded.
        let frames = 1;
        let pixels = u64::from(width) * u64::from(height) * u64::from(frames);
        let limit = self.limits.max_pixels;
        if pixels > limit {
            return Err(ThumbnailError::TooManyPixels { width, height, frames, pixels, limit });
        }
        self.check_parts("pixels on a side", u64::from(width.max(height)), MAX_SIDE)
    }

    /// Refuses a file in more pieces than `limit`.
    fn check_parts(
        &self,
        parts: &'static str,
        count: u64,
        limit: u64,
    ) -> Result<(), ThumbnailError> {
        if count > limit {
            return Err(ThumbnailError::TooManyParts { format: self.format, parts, count, limit });
        }
        Ok(())
    }

    /// Runs one of the `image` crate's decoders.
    fn read(
        &self,
        decoder: ImageResult<impl ImageDecoder>,
        demand: &Demand,
        metadata: Option<Metadata<'_>>,
    ) -> Result<Picture, ThumbnailError> {
        let mut decoder = decoder.map_err(|error| self.refuse(error, demand.working_bytes))?;
        let (width, height) = decoder.dimensions();
        self.check_pixels(width, height)?;

        // TIFF counts parts of the file against it too.
        let max_alloc = [demand.working_bytes, self.source.len() as u64]
            .into_iter()
            .fold(demand.pixel_bytes(), u64::saturating_add);
        let mut room = image::Limits::no_limits();
        room.max_alloc = Some(max_alloc);
        decoder.set_limits(room).map_err(|error| self.refuse(error, max_alloc))?;

        let color_type = decoder.color_type();
        let (profile, orientation) = match metadata {
            Some(known) => {
                (known.profile.and_then(|icc| Profile::parse(icc, color_type)), known.orientation)
            }
            // A picture shows without them, so that what is broken about them does not matter.
            None => (
                decoder
                    .icc_profile()
                    .ok()
                    .flatten()
                    .and_then(|icc| Profile::parse(&icc, color_type)),
                exif::orientation(decoder.exif_metadata().ok().flatten().as_deref()),
            ),
        };
        let pixels =
            DynamicImage::from_decoder(decoder).map_err(|error| self.refuse(error, max_alloc))?;
        Ok(Picture { profile, orientation, ..Picture::of(pixels) })
    }

    /// Says whose fault a decoder's error is.
    fn refuse(&self, error: ImageError, limit: u64) -> ThumbnailError {
        let format = self.format;
        if ends_too_early(&error) {
            return self.truncated(Some(error.into()));
        }
        match error {
            ImageError::Unsupported(_) => {
                ThumbnailError::Unsupported { format, source: error.into() }
            }
            ImageError::Limits(_) => {
                ThumbnailError::TooMuchMemory { format, limit, source: error.into() }
            }
            _ => ThumbnailError::Undecodable { format, source: error.into() },
        }
    }

    fn corrupt(&self, source: impl Into<Cause>) -> ThumbnailError {
        ThumbnailError::Undecodable { format: self.format, source: source.into() }
    }

    fn unsupported(&self, source: impl Into<Cause>) -> ThumbnailError {
        ThumbnailError::Unsupported { format: self.format, source: source.into() }
    }

    fn truncated(&self, source: Option<Cause>) -> ThumbnailError {
        ThumbnailError::Truncated { format: self.format, length: self.source.len(), source }
    }
}

/// A picture of samples of 8 bits, 1 to 4 a pixel.
pub(super) fn image_of(
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

/// Whether the end of the file is at the bottom of `error`.
fn ends_too_early(error: &(dyn Error + 'static)) -> bool {
    let mut cause = Some(error);
    while let Some(error) = cause {
        // An `io::Error` that wraps another hides itself from `source`, and `ImageError` does the
        // same with the one in its `IoError`.
        let io_error = match error.downcast_ref::<ImageError>() {
            Some(ImageError::IoError(io_error)) => Some(io_error),
            _ => error.downcast_ref::<io::Error>(),
        };
        if io_error.is_some_and(|error| error.kind() == io::ErrorKind::UnexpectedEof) {
            return true;
        }
        cause = error.source();
    }
    false
}

fn is_transparent(pixels: &DynamicImage) -> bool {
    match pixels {
        DynamicImage::ImageLumaA8(image) => image.pixels().any(|pixel| pixel.0[1] != u8::MAX),
        DynamicImage::ImageRgba8(image) => image.pixels().any(|pixel| pixel.0[3] != u8::MAX),
        DynamicImage::ImageLumaA16(image) => image.pixels().any(|pixel| pixel.0[1] != u16::MAX),
        DynamicImage::ImageRgba16(image) => image.pixels().any(|pixel| pixel.0[3] != u16::MAX),
        DynamicImage::ImageRgba32F(image) => image.pixels().any(|pixel| pixel.0[3] < 1.0),
        _ => pixels.color().has_alpha(),
    }
}

#[cfg(all(test, feature = "avif", feature = "heic"))]
mod tests;
