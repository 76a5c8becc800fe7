//! Shrinks a large picture row by row, while it is decoded, so that it never exists at full size.
//! This module knows nothing of formats, and only one thing of colours: which sample is alpha.
//!
//! The shrunk colours are premultiplied by alpha.

use image::metadata::Orientation;
use thumbnail_resample::{
    FilterType, Image, PixelType, Resampler, ResizeAlg, ResizeOptions, multiply_alpha,
};

use super::error::{Cause, ThumbnailError};
use super::geometry::Size;
use super::target::Target;

/// How a picture is shrunk.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) struct Shrink {
    from: Size,
    /// The same size, with the last pixels repeated until boxes fill it.
    padded: Size,
    to: Size,
    filter: FilterType,
    /// How far the filter reaches to either side, in pixels of the result.
    reach: f64,
}

impl Shrink {
    /// How to shrink a picture of `from` pixels while it is decoded; `None` if that does not pay.
    ///
    /// A box filter is the fastest, but worse than Lanczos3. So it leaves twice the thumbnail's
    /// resolution, and Lanczos3 does the rest. If the picture is too small for that, only its
    /// height is reduced, by Lanczos3.
    pub(super) fn of(target: &Target<'_>, from: Size, orientation: Orientation) -> Option<Self> {
        // Frames are decoded at full size.
        if target.is_animated() {
            return None;
        }
        let boxes = Self::by_boxes(from, target.magnification(from, orientation));
        if boxes.is_some() {
            return boxes;
        }
        let height = target.columns(from, orientation).filter(|&height| height < from.1)?;
        let to = (from.0, height);
        Some(Self { from, padded: from, to, filter: FilterType::Lanczos3, reach: 3.0 })
    }

    /// How to shrink a picture by a box filter alone. `magnification` is the size of the largest
    /// thumbnail's sides relative to the picture's. `None` if no box leaves twice the thumbnail's
    /// resolution.
    pub(super) fn by_boxes(from: Size, magnification: f64) -> Option<Self> {
        #[expect(
            clippy::cast_possible_truncation,
            clippy::cast_sign_loss,
            reason = "a small number; more than fits is the most there is"
        )]
        let side = (0.5 / magnification) as u32;
        let to = (from.0.div_ceil(side.max(1)), from.1.div_ceil(side.max(1)));
        let padded = (to.0 * side, to.1 * side);
        (side > 1).then_some(Self { from, padded, to, filter: FilterType::Box, reach: 0.5 })
    }

    /// Width and height of the result, in pixels.
    pub(super) fn size(self) -> Size {
        self.to
    }

    /// The most memory that is held beside the result, in bytes; a pixel has `pixel` bytes.
    pub(super) fn working_bytes(self, pixel: u64) -> u64 {
        let row = u64::from(self.padded.0) * pixel;
        let rows = u64::from(self.rows_held(pixel)) + u64::from(self.rows_at_once(pixel)) + 1;
        row * rows
    }

    /// Rows of the picture for each row of the result.
    fn scale(self) -> f64 {
        f64::from(self.padded.1) / f64::from(self.to.1)
    }

    /// How many rows of the result are made at a time. The rows that they are made from fit into
    /// the processor's cache.
    fn rows_at_once(self, pixel: u64) -> u32 {
        let row = (u64::from(self.padded.0) * pixel).max(1);
        let rows = f64::from(u32::try_from(CACHE_BYTES / row).unwrap_or(u32::MAX)) / self.scale();
        #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "rows")]
        let rows = rows as u32;
        rows.clamp(1, self.to.1)
    }

    /// The most rows of the picture that are held at a time.
    fn rows_held(self, pixel: u64) -> u32 {
        let span = (f64::from(self.rows_at_once(pixel)) + 2.0 * self.reach) * self.scale();
        #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "rows")]
        let rows = span as u32 + 4;
        rows.min(self.padded.1)
    }

    /// The first row that is needed for the rows of the result from `start` to `end`, and the row
    /// after the last one.
    fn rows_for(self, start: u32, end: u32) -> (u32, u32) {
        let first = (f64::from(start) - self.reach) * self.scale() - 1.0;
        let last = (f64::from(end) + self.reach) * self.scale() + 1.0;
        #[expect(
            clippy::cast_possible_truncation,
            clippy::cast_sign_loss,
            reason = "rows of the picture; those above it are none"
        )]
        let rows = (first.max(0.0) as u32, last.min(f64::from(self.padded.1)) as u32);
        rows
    }
}

/// Bytes of the picture that are held at a time, unless its rows are too long for that.
const CACHE_BYTES: u64 = 1 << 19;

/// Takes the rows of a picture, top to bottom.
pub(super) struct Shrinker {
    shrink: Shrink,
    pixel_type: PixelType,
    is_transparent: bool,
    /// Rows taken so far.
    taken: u32,
    /// The last rows, from which the next rows of the result are made.
    band: Vec<u8>,
    /// Rows that `band` no longer holds.
    dropped: u32,
    /// How many rows of the result are made, and how many there will be after the next step.
    made: u32,
    next: u32,
    samples: Vec<u8>,
    resampler: Resampler,
    /// Why a row could not be taken. Later rows are ignored.
    failed: Option<Cause>,
}

/// A shrunk picture.
pub(super) struct Shrunk {
    pub(super) size: Size,
    pub(super) samples: Vec<u8>,
    /// Whether any pixel was not opaque.
    pub(super) is_transparent: bool,
    /// Pixels of the result for each pixel of the picture, across and down.
    pub(super) scale: (f64, f64),
}

impl Shrinker {
    /// For a picture with 1 to 4 samples of 8 bits a pixel. If their number is even, the last one
    /// is alpha.
    pub(super) fn new(shrink: Shrink, samples: usize) -> Self {
        let pixel_type = match samples {
            1 => PixelType::U8,
            2 => PixelType::U8x2,
            3 => PixelType::U8x3,
            _ => PixelType::U8x4,
        };
        let pixel = pixel_type.size();
        let held = shrink.rows_held(pixel as u64) as usize * shrink.padded.0 as usize;
        let (width, height) = shrink.to;
        Self {
            shrink,
            pixel_type,
            is_transparent: false,
            taken: 0,
            // The full capacity at once: a vector that grows is there twice.
            band: Vec::with_capacity(held * pixel),
            dropped: 0,
            made: 0,
            next: shrink.rows_at_once(pixel as u64),
            samples: vec![0; width as usize * height as usize * pixel],
            resampler: Resampler::default(),
            failed: None,
        }
    }

    /// Takes the next row, and premultiplies its colours in place.
    pub(super) fn push(&mut self, row: &mut [u8]) {
        match self.weight(row) {
            Ok(()) => self.push_opaque(row),
            Err(cause) => {
                self.failed.get_or_insert(cause);
            }
        }
    }

    /// Takes the next row, which has no alpha.
    pub(super) fn push_opaque(&mut self, row: &[u8]) {
        if self.failed.is_none() {
            self.failed = self.take(row).err();
        }
    }

    fn weight(&mut self, row: &mut [u8]) -> Result<(), Cause> {
        let pixel = self.pixel_type.size();
        if pixel.is_multiple_of(2) {
            self.is_transparent = self.is_transparent
                || row.chunks_exact(pixel).any(|pixel| pixel.last() != Some(&u8::MAX));
            if self.is_transparent {
                let width = self.shrink.from.0;
                let mut row = Image::from_slice_u8(width, 1, row, self.pixel_type)?;
                multiply_alpha(&mut row)?;
            }
        }
        Ok(())
    }

    fn take(&mut self, row: &[u8]) -> Result<(), Cause> {
        let pixel = self.pixel_type.size();
        let Shrink { from, padded, .. } = self.shrink;
        let last = row.get(row.len() - pixel..).unwrap_or_default();
        let missing = (padded.0 - from.0) as usize;
        let times = if self.taken + 1 == from.1 { padded.1 - self.taken } else { 1 };
        for _ in 0..times {
            self.band.extend_from_slice(row);
            self.band.extend(last.iter().cycle().take(missing * pixel));
            self.taken += 1;
            self.write_ready()?;
        }
        Ok(())
    }

    /// Makes the next rows of the result, as soon as all rows that they need are there.
    fn write_ready(&mut self) -> Result<(), Cause> {
        while self.made < self.next && self.taken >= self.shrink.rows_for(self.made, self.next).1 {
            self.write()?;
        }
        Ok(())
    }

    /// Makes the next rows of the result.
    fn write(&mut self) -> Result<(), Cause> {
        let Shrink { padded, to, filter, .. } = self.shrink;
        let rows = self.next - self.made;
        let pixel = self.pixel_type.size();
        let row = to.0 as usize * pixel;
        let held = self.taken - self.dropped;
        let mut band = Image::from_slice_u8(padded.0, held, &mut self.band, self.pixel_type)?;
        let place = self.made as usize * row..self.next as usize * row;
        let target = self.samples.get_mut(place).unwrap_or_default();
        let mut target = Image::from_slice_u8(to.0, rows, target, self.pixel_type)?;
        let scale = self.shrink.scale();
        let top = f64::from(self.made) * scale - f64::from(self.dropped);
        // Rounding must not reach below the last row.
        let tall = (f64::from(rows) * scale).min(f64::from(held) - top);
        let options = ResizeOptions::new()
            .resize_alg(ResizeAlg::Convolution(filter))
            .crop(0.0, top, f64::from(padded.0), tall)
            .use_alpha(false);
        self.resampler.resize(&mut band, &mut target, &options)?;

        (self.made, self.next) = (self.next, (self.next + rows).min(to.1));
        let needed = self.shrink.rows_for(self.made, self.next).0.min(self.taken);
        let idle = (needed - self.dropped) as usize * padded.0 as usize * pixel;
        self.band.drain(..idle);
        self.dropped = needed;
        Ok(())
    }

    /// The smaller picture, once all rows were pushed.
    pub(super) fn finish(self) -> Result<Shrunk, ThumbnailError> {
        let Shrink { from, padded, to, .. } = self.shrink;
        if let Some(source) = self.failed {
            return Err(ThumbnailError::Resizing {
                from_width: from.0,
                from_height: from.1,
                to_width: to.0,
                to_height: to.1,
                source,
            });
        }
        debug_assert_eq!((self.taken, self.made), (padded.1, to.1), "all rows were taken and made");
        let across = f64::from(to.0) / f64::from(padded.0);
        let down = f64::from(to.1) / f64::from(padded.1);
        Ok(Shrunk {
            size: to,
            samples: self.samples,
            is_transparent: self.is_transparent,
            scale: (across, down),
        })
    }
}
