//! The rows of a PNG, through the crate `png`.

use image::error::{DecodingError, ImageFormatHint, LimitError, LimitErrorKind};
use image::{ColorType, ImageDecoder, ImageError, ImageFormat, ImageResult};

use super::apple;
use super::damage::{self, Damage, missing};
use super::outline::Outline;
use crate::decode::pieces::Pieces;

/// A picture whose header was read. As an [`ImageDecoder`], it decodes all rows at once.
pub(super) struct Rows<'a> {
    reader: png::Reader<Pieces<'a>>,
    color_type: ColorType,
    is_apples: bool,
    /// If as many rows as there are of a damaged file are read.
    damage: Option<Damage>,
}

impl<'a> Rows<'a> {
    /// Reads the header. The decoder may hold `room` bytes beside its buffers.
    pub(super) fn new(outline: &Outline<'a>, room: u64, is_damaged: bool) -> ImageResult<Self> {
        let limits = png::Limits { bytes: usize::try_from(room).unwrap_or(usize::MAX) };
        let pieces = if is_damaged { damage::pieces(outline) } else { outline.pieces() };
        let mut decoder = png::Decoder::new_with_limits(pieces, limits);
        decoder.set_transformations(png::Transformations::EXPAND);
        if is_damaged {
            decoder.ignore_checksums(true);
        }
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
        let damage = is_damaged.then(|| Damage::of(outline.height));
        Ok(Self { reader, color_type, is_apples: outline.is_apples, damage })
    }

    /// Reads the next row; `false` after the last one. Only for pictures whose rows come in order.
    pub(super) fn read(&mut self, row: &mut [u8]) -> ImageResult<bool> {
        let is_row = match &mut self.damage {
            None => self.reader.read_row(row).map_err(image_error)?.is_some(),
            Some(damage) => {
                let read = |row: &mut [u8]| Ok(self.reader.read_row(row)?.is_some());
                damage.next(row, missing(self.color_type), read).map_err(image_error)?
            }
        };
        if is_row && self.is_apples {
            apple::to_rgb(row, self.color_type);
        }
        Ok(is_row)
    }

    /// Reads as many rows as there are. Those of the passes of an interlaced picture, which come in
    /// finer and finer grids, fill their cells of the grid.
    fn read_damaged(&mut self, samples: &mut [u8]) -> ImageResult<()> {
        let Self { reader, color_type, .. } = self;
        let (width, _) = reader.info().size();
        let row = width as usize * usize::from(color_type.bytes_per_pixel());
        if !reader.info().interlaced {
            return samples.chunks_exact_mut(row).try_for_each(|row| self.read(row).map(drop));
        }
        samples.fill(missing(*color_type));
        let bits = u8::try_from(color_type.bits_per_pixel()).unwrap_or(u8::MAX);
        let mut has_row = false;
        loop {
            match reader.next_interlaced_row() {
                Ok(Some(part)) => {
                    if let png::InterlaceInfo::Adam7(place) = part.interlace() {
                        png::splat_interlaced_row(samples, row, part.data(), place, bits);
                    }
                }
                Err(error) if !has_row => return Err(image_error(error)),
                Ok(None) | Err(_) => return Ok(()),
            }
            has_row = true;
        }
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
        if self.damage.is_some() {
            self.read_damaged(samples)?;
        } else {
            self.reader.next_frame(samples).map_err(image_error)?;
        }
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
