//! Bytes of a file in, pixels out: picks the decoder, and keeps every allocation within the limits.
//! Colours, orientation and size stay as stored; nothing is converted here.

mod jpeg;
mod webp;

use std::error::Error;
use std::io::{self, Cursor};

use image::codecs::{bmp, gif, png, tiff};
use image::error::ImageError;
use image::metadata::Orientation;
use image::{DynamicImage, ImageDecoder, ImageResult};

use super::color::{Inks, Profile};
use super::error::ThumbnailError;
use super::format::SourceFormat;
use super::spec::Limits;

/// Memory a decoder may use beside the pixels of the picture, in bytes: room for what real files
/// carry in profiles, palettes and other chunks, and too little for the ones made to explode.
const SCRATCH_BYTES: u64 = 64 << 20;

/// A decoded picture at full size.
pub(super) struct Picture {
    /// The pixels as stored. Those of a CMYK picture stand in an RGBA image.
    pub(super) pixels: DynamicImage,
    /// The inks that the four channels are, when the picture is no RGB or grey one.
    pub(super) inks: Option<Inks>,
    /// Whether any pixel is not opaque.
    pub(super) is_transparent: bool,
    /// The colour profile, if it is sound and of the picture's kind.
    pub(super) profile: Option<Profile>,
    /// What must be done to show the picture upright.
    pub(super) orientation: Orientation,
}

impl Picture {
    /// Width as stored, in pixels.
    pub(super) fn width(&self) -> u32 {
        self.pixels.width()
    }

    /// Height as stored, in pixels.
    pub(super) fn height(&self) -> u32 {
        self.pixels.height()
    }
}

/// Decodes the first picture in `source`, a file of the given format.
pub(super) fn decode(
    source: &[u8],
    format: SourceFormat,
    limits: Limits,
) -> Result<Picture, ThumbnailError> {
    let file = File { source, format, limits };
    let reader = Cursor::new(source);
    match format {
        SourceFormat::Jpeg => jpeg::decode(&file),
        SourceFormat::Png => {
            // The decoder holds a row of the declared width before it tells the width.
            let row_bytes = match png_size(source) {
                Some((width, height)) => {
                    file.check_pixels(width, height)?;
                    u64::from(width) * 8
                }
                None => 0,
            };
            let mut room = image::Limits::no_limits();
            room.max_alloc = Some(SCRATCH_BYTES + row_bytes);
            file.read(png::PngDecoder::with_limits(reader, room), None)
        }
        SourceFormat::Gif => file.read(gif::GifDecoder::new(reader), None),
        SourceFormat::WebP => webp::decode(&file),
        SourceFormat::Tiff => file.read(tiff::TiffDecoder::new(reader), None),
        SourceFormat::Bmp => file.read(bmp::BmpDecoder::new(reader), None),
    }
}

/// Width and height in a PNG's header, which always comes first (PNG, third edition, 11.2.1).
fn png_size(source: &[u8]) -> Option<(u32, u32)> {
    let width = source.get(16..20)?.try_into().ok()?;
    let height = source.get(20..24)?.try_into().ok()?;
    Some((u32::from_be_bytes(width), u32::from_be_bytes(height)))
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
        // Of an animation or a many-paged file, the first picture is all that is decoded.
        let frames = 1;
        let pixels = u64::from(width) * u64::from(height) * u64::from(frames);
        let limit = self.limits.max_pixels;
        if pixels > limit {
            return Err(ThumbnailError::TooManyPixels { width, height, frames, pixels, limit });
        }
        Ok(())
    }

    /// Runs one of the `image` crate's decoders.
    fn read(
        &self,
        decoder: ImageResult<impl ImageDecoder>,
        metadata: Option<Metadata<'_>>,
    ) -> Result<Picture, ThumbnailError> {
        let mut decoder = decoder.map_err(|error| self.refuse(error, SCRATCH_BYTES))?;
        let (width, height) = decoder.dimensions();
        self.check_pixels(width, height)?;

        // `total_bytes` is bounded by the check above: at most 16 bytes a pixel.
        let max_alloc = decoder.total_bytes().saturating_mul(2).saturating_add(SCRATCH_BYTES);
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
                decoder.orientation().unwrap_or(Orientation::NoTransforms),
            ),
        };
        let pixels =
            DynamicImage::from_decoder(decoder).map_err(|error| self.refuse(error, max_alloc))?;
        let is_transparent = is_transparent(&pixels);
        Ok(Picture { pixels, inks: None, is_transparent, profile, orientation })
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

    fn truncated(&self, source: Option<super::error::Cause>) -> ThumbnailError {
        ThumbnailError::Truncated { format: self.format, length: self.source.len(), source }
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
