//! The rows of a PNG, through the crate `png`.

use image::error::{DecodingError, ImageFormatHint, LimitError, LimitErrorKind};
use image::{ColorType, ImageDecoder, ImageError, ImageFormat, ImageResult};

use super::apple;
use super::outline::Outline;
use crate::decode::pieces::Pieces;

/// A picture whose header was read. As an [`ImageDecoder`], it decodes all rows at once.
pub(super) struct Rows<'a> {
    reader: png::Reader<Pieces<'a>>,
    color_type: ColorType,
    is_apples: bool,
}

impl<'a> Rows<'a> {
    /// Reads the header. The decoder may hold `room` bytes beside its buffers.
    pub(super) fn new(outline: &Outline<'a>, room: u64) -> ImageResult<Self> {
        let limits = png::Limits { bytes: usize::try_from(room).unwrap_or(usize::MAX) };
        let mut decoder = png::Decoder::new_with_limits(outline.pieces(), limits);
        decoder.set_transformations(png::Transformations::EXPAND);
        let reader = decoder.read_info().map_err(image_error)?;
        let (color_type, depth) = reader.output_color_type();
        let color_type = match (color_type, depth == png::BitDepth::Sixteen) {
            (png::ColorType::Grayscale, false) => ColorType::L8,
            (png::ColorType::GrayscaleAlpha, false) => ColorType::La8,
            (png::ColorType::Rgba, false) => ColorType::Rgba8,
            (_, false) => ColorType::Rgb8,
            (png::ColorType::Grayscale, true) => ColorType::L16,
            (png::ColorType::GrayscaleAlpha, true) => ColorType::La16,
            (png::ColorType::Rgba, true) => ColorType::Rgba16,
            (_, true) => ColorType::Rgb16,
        };
        Ok(Self { reader, color_type, is_apples: outline.is_apples })
    }

    /// Reads the next row; `false` after the last one. Only for pictures whose rows come in order.
    pub(super) fn read(&mut self, row: &mut [u8]) -> ImageResult<bool> {
        let is_row = self.reader.read_row(row).map_err(image_error)?.is_some();
        if is_row && self.is_apples {
            apple::to_rgb(row, self.color_type);
        }
        Ok(is_row)
    }
}

impl ImageDecoder for Rows<'_> {
    fn dimensions(&self) -> (u32, u32) {
        self.reader.info().size()
    }

    fn color_type(&self) -> ColorType {
        self.color_type
    }

    fn read_image(mut self, samples: &mut [u8]) -> ImageResult<()> {
        self.reader.next_frame(samples).map_err(image_error)?;
        if self.color_type.bytes_per_pixel() > self.color_type.channel_count() {
            for sample in samples.as_chunks_mut::<2>().0 {
                *sample = u16::from_be_bytes(*sample).to_ne_bytes();
            }
        } else if self.is_apples {
            apple::to_rgb(samples, self.color_type);
        }
        Ok(())
    }

    fn read_image_boxed(self: Box<Self>, samples: &mut [u8]) -> ImageResult<()> {
        (*self).read_image(samples)
    }
}

/// Converts the decoder's error to the `image` crate's.
pub(super) fn image_error(error: png::DecodingError) -> ImageError {
    match error {
        png::DecodingError::IoError(error) => ImageError::IoError(error),
        png::DecodingError::LimitsExceeded => {
            ImageError::Limits(LimitError::from_kind(LimitErrorKind::InsufficientMemory))
        }
        error => ImageError::Decoding(DecodingError::new(
            ImageFormatHint::Exact(ImageFormat::Png),
            error,
        )),
    }
}
